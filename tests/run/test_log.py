from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from empa_graph.errors import UsageError
from empa_graph.run.log import LONGEST_LINE, LONGEST_VALUE, LineFormatter, run_log

LOGGER = logging.getLogger("empa_graph.run.somewhere")
KEY = "a-very/secret+key"


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def formatted(event: str, *secrets: str, **fields: object) -> str:
    return LineFormatter(secrets).format(logging.makeLogRecord({"msg": event, **fields}))


def test_each_event_is_a_line_with_time_level_name_and_fields(tmp_path: Path):
    with run_log(tmp_path) as path:
        LOGGER.info("episode ended", extra={"episode": 3, "ending": "converged", "seconds": 1.5, "score": None})
        LOGGER.warning("request failed", extra={"kinds": ("timeout", "dropped")})
    first, second = lines(path)
    assert first.pop("time").endswith("+00:00")
    fields = {"episode": 3, "ending": "converged", "seconds": 1.5, "score": None}
    assert first == {"level": "INFO", "event": "episode ended", "logger": LOGGER.name, **fields}
    assert (second["level"], second["kinds"]) == ("WARNING", ["timeout", "dropped"])


def test_a_second_sitting_adds_to_the_log(tmp_path: Path):
    for event in ("began", "went on"):
        with run_log(tmp_path) as path:
            LOGGER.info(event)
    assert [line["event"] for line in lines(path)] == ["began", "went on"]


def test_what_is_logged_outside_or_below_the_level_is_left_out(tmp_path: Path):
    LOGGER.warning("before")
    with run_log(tmp_path, level=logging.WARNING) as path:
        LOGGER.info("quiet")
        logging.getLogger("another").error("not ours")
        LOGGER.warning("inside")
    LOGGER.warning("after")
    assert [line["event"] for line in lines(path)] == ["inside"]


def test_the_logger_is_left_as_it_was(tmp_path: Path):
    logger = logging.getLogger("empa_graph")
    before = (logger.level, list(logger.handlers))
    with pytest.raises(ZeroDivisionError), run_log(tmp_path):
        raise ZeroDivisionError
    assert (logger.level, list(logger.handlers)) == before


def test_a_logger_that_says_more_keeps_saying_it(tmp_path: Path):
    logger = logging.getLogger("empa_graph")
    logger.setLevel(logging.DEBUG)
    try:
        with run_log(tmp_path) as path:
            assert LOGGER.isEnabledFor(logging.DEBUG)
            LOGGER.debug("detail")
        assert lines(path) == []
    finally:
        logger.setLevel(logging.NOTSET)


@pytest.mark.parametrize(
    "told",
    [
        KEY,
        "a-very%2Fsecret%2Bkey",
        "sk-proj-AbC_123456789",
        "Authorization: Bearer abc.def-ghi",
        '{"authorization": "bearer abc.def"}',
        "postgresql://someone:abc@host/runs",
    ],
)
def test_keys_never_reach_the_log(told: str):
    line = formatted(f"sent {told}", KEY, field=f"at {told}", several=[told], **{f"name {told}": 1})
    assert line.count("[key]") >= 4
    for word in ("secret", "AbC", "abc.def", "abc@"):
        assert word not in line


@given(st.text(min_size=1).filter(str.strip))
def test_no_key_survives_whole_whatever_it_is(key: str):
    *_, told = json.loads(formatted("x", key, field=f"a {key} b")).values()
    assert key not in told.replace("[key]", "")


def test_a_key_at_the_cut_is_not_left_in_half():
    assert "secret" not in formatted("x" * (LONGEST_VALUE - 10) + KEY, KEY)


def test_a_key_of_blanks_replaces_nothing():
    assert json.loads(formatted("one two", " ", ""))["event"] == "one two"


@given(
    st.dictionaries(st.text(min_size=1, max_size=400), st.text() | st.floats() | st.lists(st.integers()), max_size=40)
)
def test_a_line_is_one_line_of_json_of_bounded_length(fields: dict[str, object]):
    line = formatted("event\nwith\u2028breaks\U0001f600" * 100, **{f"f{name}": value for name, value in fields.items()})
    assert len(line) <= LONGEST_LINE
    assert line.isascii() and line.isprintable()
    assert json.loads(line)["level"]


def test_what_does_not_fit_is_left_out_and_said():
    told = json.loads(formatted("big", **{f"field{n}": "x" * 1_000 for n in range(30)}))
    assert told["cut"] is True
    assert len(told["field0"]) == LONGEST_VALUE
    assert "field29" not in told


def test_only_plain_values_are_written_and_fields_cannot_take_the_place_of_the_head():
    told = json.loads(formatted("x", thing=Path("/home/somebody"), level="fake", many=list(range(99))))
    assert told["thing"] == "<PosixPath>"
    assert told["level"] != "fake"
    assert told["many"] == list(range(20))


def test_of_an_exception_kind_and_place_are_kept_and_its_words_are_not(tmp_path: Path):
    with run_log(tmp_path) as path:
        try:
            raise ValueError("I told nobody about the corridor")
        except ValueError:
            LOGGER.exception("failed")
    (line,) = lines(path)
    assert line["error"] == "ValueError"
    assert line["at"][-1].startswith("test_log.py:")
    assert "corridor" not in path.read_text()
    assert str(tmp_path.parent) not in path.read_text()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path):
    with pytest.raises(UsageError, match=r"missing/run\.log: cannot be written \(no such file"):
        run_log(tmp_path / "missing").__enter__()
