from __future__ import annotations

from pathlib import Path

import pytest

from empa_graph.errors import UsageError
from empa_graph.viewer.asked import EpisodesAsked, Nothing, ReplayAsked, RunsAsked, Said, asked, posted
from tests.viewer_parts import client, folder, only_key, two_variants


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"scenrio": "x"}, "unknown parameter 'scenrio'; did you mean 'scenario'?"),
        ({"offset": "-1"}, "offset: Input should be greater than or equal to 0"),
        ({"offset": "x"}, "offset: "),
        ({"limit": "501"}, "limit: "),
        ({"order": "seq; drop table"}, "order: "),
        ({"low": "nan"}, "low: "),
        ({"falling": "perhaps"}, "falling: "),
        ({"text": "x" * 201}, "text: "),
    ],
)
def test_a_bad_parameter_is_one_line(given: dict[str, str], fault: str):
    with pytest.raises(UsageError) as told:
        asked(EpisodesAsked, given)
    assert str(told.value).startswith(fault) and "\n" not in str(told.value)


def test_an_empty_parameter_counts_as_absent():
    assert asked(EpisodesAsked, {"low": "", "order": "", "variant": ""}) == EpisodesAsked()


def test_filters_are_what_the_store_asks_for():
    wanted = asked(EpisodesAsked, {"scenario": "nurse", "low": "1.5", "text": "word"}).wanted
    assert wanted.model_dump(exclude_none=True) == {"scenario": "nurse", "low": 1.5}


@pytest.mark.parametrize("day", ["today", "2026-1-1", "2026-01-01T00:00", "20260101"])
def test_a_day_is_written_in_one_way(day: str):
    with pytest.raises(UsageError, match="since: "):
        asked(RunsAsked, {"since": day})


def test_a_request_that_takes_nothing_says_so():
    with pytest.raises(UsageError, match="none is taken"):
        asked(Nothing, {"x": "1"})


@pytest.mark.parametrize("side", ["", "x.1", "0123456789ab", "0123456789ab.-1", "../../etc.1"])
def test_an_episode_is_named_by_key_and_number(side: str):
    with pytest.raises(UsageError):
        asked(ReplayAsked, {"left": side, "right": "0123456789ab.1"})


@pytest.mark.parametrize(
    "body", [b"", b"no", b"[]", b"[" * 100_000, b'{"episode": 0}', b'{"episode": 0, "more": 1}', b'{"rating": NaN}']
)
def test_a_body_that_is_none_is_one_line(body: bytes):
    with pytest.raises(UsageError):
        posted(Said, body)


def test_what_is_wrong_is_a_400_with_one_line_on_pages_and_in_json(tmp_path: Path):
    folder(tmp_path / "run", two_variants())
    found = client(tmp_path)
    key = only_key(found)
    for path in ("/?offset=x", f"/runs/{key}?x=1", f"/runs/{key}/episodes?order=x", "/compare?left=x", "/replay"):
        page = found.get(path)
        assert page.status_code == 400 and 'role="alert"' in page.text
    answer = found.get(f"/api/runs/{key}/episodes?limit=0")
    assert answer.status_code == 400 and answer.json()["error"].startswith("limit: ")
    assert found.get(f"/api/runs/{key}/search").status_code == 400
    assert found.get(f"/api/runs/{key}/episodes?scenario=<script>").status_code == 200


def test_what_is_not_there_is_a_404(tmp_path: Path):
    folder(tmp_path / "run", two_variants())
    found = client(tmp_path)
    key = only_key(found)
    for path in (
        "/runs/000000000000",
        f"/runs/{key}/episodes/99",
        f"/api/runs/{key}/episodes/99",
        "/nowhere",
        "/api/x",
    ):
        assert found.get(path).status_code == 404
    missing = found.get("/api/runs/000000000000").json()["error"]
    assert missing.startswith("unknown run '000000000000'. Known: ") and "none" not in missing
    assert found.delete("/api/runs", headers={"Origin": "http://127.0.0.1:4711"}).status_code == 405
