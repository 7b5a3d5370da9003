from __future__ import annotations

import json
import os
import re
import signal
from pathlib import Path
from typing import Any

import pytest

from empa_graph.models.behaviour import AXES
from empa_graph.study.correlate.scoring import CONTROLS
from tests.command import empa
from tests.forked import empa_started
from tests.rated_parts import rated, ratings_file, written
from tests.roles.judging import coding
from tests.stub_server import slow, stub_in_thread

VERDICT = coding()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ratings_file(tmp_path_factory.mktemp("rated") / "ratings.jsonl")


def found(*words: object) -> dict[str, Any]:
    done = empa("correlate", *words, "--json")
    assert done.code in (0, 1), done.err
    shown: dict[str, Any] = json.loads(done.out)
    return shown


def by_metric(shown: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["metric"]: one for one in shown["agreement"]}


def test_rows_that_nobody_rated_are_not_called_rated(tmp_path: Path):
    rows = [rated(n, n % 5, ratings={"warm": [5 - n % 5], "felt": [None]} if n else {"warm": [None]}) for n in range(6)]
    told = " ".join(empa("correlate", written(tmp_path / "r.jsonl", *rows), "--gaming", 0).out.split())
    assert "cues, rubric sdt: 6 of 6 rows scored, 1 without a rating" in told
    assert "raters: one rating a row" in told and "raters: nobody rated" in told


def test_huge_ratings_are_passed_over_by_line(tmp_path: Path):
    rows = [rated(n, n % 5, **({"ratings": {"warm": [1e308, -1e308]}} if n == 2 else {})) for n in range(6)]
    done = empa("correlate", written(tmp_path / "r.jsonl", *rows), "--gaming", 0)
    why = "r.jsonl:3: skipped: ratings.warm: allowed are a list of finite numbers from -1e+09 to 1e+09"
    assert done.code in (0, 1) and why in done.err and "5 of 5 rated rows scored" in done.out


def test_every_metric_is_held_against_the_ratings_with_interval_and_length(file: Path):
    shown = found(file, "--gaming", 0)
    assert (shown["evaluator"], shown["rubric"], shown["rows"], shown["scored"]) == ("cues", "sdt", 20, 20)
    metrics = by_metric(shown)
    assert {"composite", "alignment", "impact", "stability", "movement", "regress_level", "length"} <= set(metrics)
    composite = metrics["composite"]
    assert (composite["n"], composite["groups"], composite["left_out"]) == (20, 20, {})
    assert composite["pearson"]["low"] < composite["pearson"]["value"] < composite["pearson"]["high"]
    assert composite["spearman"]["value"] > 0.5 and metrics["regress_level"]["spearman"]["value"] < 0.0
    assert composite["partial"] and metrics["length"]["partial"] is None
    assert "turns" in shown["constant"]
    assert shown["raters"]["warm"]["pearson"]["value"] > 0.85 and shown["raters"]["warm"]["alpha"] > 0.85


def test_tables_for_people_hold_it_all_and_no_number_is_cut(file: Path):
    done = empa("correlate", file)
    told = " ".join(done.out.split())
    assert (done.code, done.err) == (0, "")
    assert "cues, rubric sdt: 20 of 20 rated rows scored" in told and "…" not in told
    assert "one against the mean of the others Pearson 0.90 [" in told and "Krippendorff's alpha 0.9" in told
    assert re.search(r"support in \d parts beside warm", told) and "the same number in every row: " in told
    assert all(control in told for control in CONTROLS)


def test_the_controls_answer_the_same_people(file: Path):
    shown = found(file, "--gaming", 4, "--metric", "composite")
    assert {one["control"] for one in shown["gaming"]} == set(CONTROLS)
    assert {one["n"] for one in shown["gaming"]} == {4}
    dismissive = next(one for one in shown["gaming"] if one["control"] == "dismissive")
    assert dismissive["beats"]["value"] == 0.0 and dismissive["ties"] > 0.0


def test_metrics_ratings_and_lines_are_chosen(file: Path):
    shown = found(file, "--metric", "composite,code.val*", "--limit", 10, "--gaming", 0, "--rating", "warm")
    assert set(by_metric(shown)) | set(shown["constant"]) == {"composite", "code.validating"} and shown["rows"] == 10


def test_single_replies_are_rated_by_their_index(tmp_path: Path):
    rows = [rated(place, place % 5, id=f"c{place // 2}", turn=(1, 5)[place % 2]) for place in range(20)]
    metrics = by_metric(found(written(tmp_path / "r.jsonl", *rows), "--gaming", 0))
    assert (metrics["movement"]["n"], metrics["movement"]["groups"]) == (20, 10)
    assert metrics["movement"]["pearson"]["method"] == "fisher"


def test_the_fields_of_the_trio_are_told_where_they_stand_twice(tmp_path: Path):
    file = written(tmp_path / "r.jsonl", rated(0, 0), rated(1, 3))
    told = "less is steadier"
    assert told in " ".join(empa("correlate", file, "--gaming", 0).out.split())
    assert told not in " ".join(empa("correlate", file, "--gaming", 0, "--metric", "length").out.split())


def test_a_line_without_ratings_is_scored_all_the_same(tmp_path: Path):
    file = written(tmp_path / "r.jsonl", *[rated(n, n % 5) for n in range(6)], rated(6, 0, ratings={}))
    shown = found(file, "--gaming", 0)
    assert (shown["rows"], shown["scored"], shown["skipped"]) == (7, 7, [])
    composite = by_metric(shown)["composite"]
    assert (composite["n"], composite["left_out"]) == (6, {"not rated": 1})


def test_one_conversation_says_that_it_is_too_few(tmp_path: Path):
    done = empa("correlate", written(tmp_path / "r.jsonl", rated(0, 0)), "--gaming", 0)
    told = " ".join(done.out.split())
    assert done.code == 0 and "the same number in every row: " in told and "composite" in told
    two = found(written(tmp_path / "two.jsonl", rated(0, 0), rated(1, 3)), "--gaming", 0)
    assert by_metric(two)["composite"]["reason"] == "2 groups, at least 4 are needed"
    assert by_metric(two)["composite"]["pearson"] is None


def test_what_is_not_rated_or_not_read_is_counted_and_shown(tmp_path: Path):
    chinese = [{"role": "user", "content": "\u6211\u4eca\u5929\u5f88\u96be\u53d7"}]
    chinese.append({"role": "assistant", "content": "\u53d1\u751f\u4e86\u4ec0\u4e48"})
    rows = [rated(n, n % 5) for n in range(6)] + [rated(6, 0, messages=chinese), rated(7, 0, ratings={"warm": []})]
    file = written(tmp_path / "r.jsonl", *rows, {"id": "bad"})
    shown = found(file, "--gaming", 0)
    composite = by_metric(shown)["composite"]
    assert (composite["n"], composite["left_out"]) == (6, {"language_not_read": 1, "not rated": 1})
    assert shown["unscored"] == {"language_not_read": 1} and shown["skipped"][0]["line"] == 9
    done = empa("correlate", file, "--gaming", 0)
    assert done.code == 1 and "1 without a score: language_not_read" in done.out
    assert f"{file}:9: skipped: no openai conversation (no 'messages') among 'id'" in done.err
    assert empa("correlate", file, "--gaming", 0, "--max-failed", 0.5).code == 0


def test_hostile_names_reach_neither_terminal_nor_markup(tmp_path: Path):
    name = "[red]\x1b[2J warm\n\u202e<b>"
    rows = [rated(n, n % 5, ratings={name: [5 - n % 5]}, id=f"\x1b[2J{n}") for n in range(6)]
    done = empa("correlate", written(tmp_path / "r.jsonl", *rows), "--gaming", 0)
    assert done.code == 0 and "[red][2J warm <b>" in done.out
    assert "\x1b" not in done.out + done.err and "\u202e" not in done.out


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("--metric", "composit"), "--metric: unknown metric 'composit'. Did you mean 'composite'?"),
        (("--rating", "warmth"), "--rating: unknown rating 'warmth'. Did you mean 'warm'?"),
        (("--out", "x.jpg"), "--out: 'x.jpg' is no .svg or .png file"),
        (("--out-rows", "/no/such/x"), "/no/such/x: cannot be written (no such file or directory)"),
        (("--evaluator", "judge"), "--evaluator judge needs --judge MODEL"),
        (("--profile", "balancd"), "Did you mean 'balanced'?"),
    ],
)
def test_a_wrong_word_is_one_line(file: Path, words: tuple[str, ...], line: str):
    done = empa("correlate", file, *words, "--gaming", 0)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert line in done.err


def test_the_ratings_are_never_written_over(file: Path):
    before = file.read_bytes()
    done = empa("correlate", file, "--out-rows", file)
    assert (done.code, done.err) == (2, f"empa: {file}:1: no row of scores; choose another --out-rows\n")
    assert file.read_bytes() == before


def test_a_picture_is_drawn(file: Path, tmp_path: Path):
    pytest.importorskip("matplotlib")
    out = tmp_path / "agreement.svg"
    assert empa("correlate", file, "--gaming", 0, "--out", out).code == 0
    assert b"composite" in out.read_bytes() and b"<svg" in out.read_bytes()


def test_what_was_scored_is_not_scored_again_and_says_the_same(file: Path, tmp_path: Path):
    rows = tmp_path / "rows.jsonl"
    first = found(file, "--limit", 5, "--gaming", 2, "--out-rows", rows)
    lines = rows.read_text().splitlines()
    assert first["scored_before"] == 0 and len(lines) == 5 + 2 * len(CONTROLS)
    again = found(file, "--limit", 5, "--gaming", 2, "--out-rows", rows)
    assert again == first | {"scored_before": len(lines)} and rows.read_text().splitlines() == lines
    more = found(file, "--limit", 7, "--gaming", 2, "--out-rows", rows)
    assert (more["scored_before"], len(rows.read_text().splitlines())) == (len(lines), len(lines) + 2)
    assert (
        found(file, "--limit", 5, "--gaming", 0, "--profile", "deep_rapport", "--out-rows", rows)["scored_before"] == 0
    )


def judged(url: str) -> tuple[str, ...]:
    return ("--evaluator", "judge", "--judge", "stub-model", "--base-url", url, "--concurrency", "1")


def test_a_judge_is_paid_once_also_after_a_kill(file: Path, tmp_path: Path):
    rows = tmp_path / "rows.jsonl"
    with stub_in_thread(*[VERDICT] * 7, slow(60)) as stub:
        running = empa_started("correlate", file, "--limit", 4, "--out-rows", rows, *judged(stub.url))
        running.until(lambda: stub.count == 8)
        os.kill(running.pid, signal.SIGKILL)
        running.ended()
    assert len(rows.read_bytes().splitlines()) == 2
    with rows.open("ab") as begun:
        begun.write(b'{"schema_version":1,"key":"ab')
    with stub_in_thread(VERDICT) as stub:
        shown = found(file, "--limit", 4, "--out-rows", rows, *judged(stub.url))
        assert stub.count == 6
    assert (shown["scored_before"], shown["scored"], shown["evaluator"]) == (2, 4, "judge")
    assert shown["gaming"] == [] and "judges" in shown["stands_on"]


def test_ctrl_c_says_how_to_go_on(file: Path, tmp_path: Path):
    rows = tmp_path / "rows.jsonl"
    with stub_in_thread(*[VERDICT] * 4, slow(60)) as stub:
        running = empa_started("correlate", file, "--limit", 4, "--out-rows", rows, *judged(stub.url))
        running.until(lambda: stub.count == 5)
        os.kill(running.pid, signal.SIGINT)
        code, out, err = running.ended()
    told = f"empa: stopped; 1 of 4 rows are scored; the same command goes on behind what {rows} holds\n"
    assert (code, out, err) == (3, "", told)


def test_an_outage_is_not_kept_as_a_row(file: Path, tmp_path: Path):
    rows = tmp_path / "rows.jsonl"
    words = (file, "--limit", 4, "--out-rows", rows, "--retries", 0)
    gone = found(*words, *judged("http://127.0.0.1:9/v1"))
    assert gone["scored"] == 0 and rows.read_bytes() == b""
    with stub_in_thread(VERDICT) as stub:
        assert found(*words, *judged(stub.url))["scored"] == 4


def test_a_model_codes_support_beside_and_what_it_could_not_code_is_asked_again(file: Path, tmp_path: Path):
    code = {axis: {"evidence": "", "strength": 0} for axis in AXES}
    words = ("--limit", 4, "--metric", "support_judged,composite", "--out-rows", tmp_path / "rows.jsonl")
    with stub_in_thread(json.dumps(code), *["no JSON"] * 2, json.dumps(code)) as stub:
        judged = (*words, "--support-judge", "stub", "--base-url", stub.url, "--concurrency", 1)
        first = found(file, *judged)
        again = found(file, *judged)
    assert (first["scored"], first["gaming"], first["scored_before"], again["scored_before"]) == (4, [], 0, 3)
    assert by_metric(first)["composite"]["n"] == 4 and first["constant"] == again["constant"] == ["support_judged"]
    assert stub.count == 6
    assert found(file, *words)["scored_before"] == 0
