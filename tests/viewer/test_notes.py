from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from httpx import Response
from starlette.testclient import TestClient

from empa_graph.store.access import open_store
from empa_graph.store.annotations import Annotations
from empa_graph.study.correlate.rated import rated_lines
from empa_graph.viewer.asked import LARGEST_BODY
from empa_graph.viewer.scales import Scale
from tests.viewer_parts import HOST, client, folder, only_key, said, two_variants

SAID: dict[str, Any] = {"episode": 0, "turn": 1, "annotator": "Nadia"}


@pytest.fixture
def found(tmp_path: Path) -> TestClient:
    one, *others = two_variants()
    talk = said(("Hello.", "Hi."), ("I am tired.", "Rest, then."))
    folder(tmp_path / "run", [one.model_copy(update={"messages": talk}), *others], id="demo")
    return client(tmp_path, scales=(Scale("support"), Scale("warmth", 0, 10)))


def post(found: TestClient, **what: Any) -> Response:
    return found.post(f"/api/runs/{only_key(found)}/annotations", json={**SAID, **what}, headers={"Origin": HOST})


def test_a_rating_and_a_note_are_kept_with_who_and_when(found: TestClient, tmp_path: Path):
    answer = post(found, name="support", rating=4)
    assert answer.status_code == 201 and answer.json()["at"].endswith("+00:00")
    post(found, name="note", text="He listens.")
    post(found, name="support", rating=2)
    shown = found.get(f"/api/runs/{only_key(found)}/annotations?episode=0").json()
    assert [(one["name"], one["rating"], one["text"]) for one in shown["standing"]] == [
        ("support", 2, ""),
        ("note", None, "He listens."),
    ]
    assert len(shown["history"]) == 3
    assert shown["scales"][1] == {"name": "warmth", "low": 0, "high": 10, "label": "warmth"}
    kept = Annotations.beside(tmp_path / "run", "demo")
    assert len(kept.history()) == 3
    with open_store(tmp_path / "run") as store:
        assert store.verify().faults == () and store.verify().sealed


@pytest.mark.parametrize(
    ("what", "fault"),
    [
        ({"name": "support", "rating": 6}, "rating: 6, allowed are whole numbers from 1 to 5"),
        ({"name": "support", "rating": 2.5}, "rating: 2.5"),
        ({"name": "warmht", "rating": 2}, "unknown rating 'warmht'. Did you mean 'warmth'?"),
        ({"name": "support", "rating": 2, "turn": 3}, "turn: 3, the episode has 1 to 2"),
        ({"name": "support", "rating": 2, "episode": 99}, "unknown ended episode"),
        ({"name": "note", "text": "x" * 4_001}, "text: "),
        ({"name": "note", "text": "x", "annotator": "  "}, "annotator: "),
        ({"name": "note", "text": "x", "at": "2000-01-01"}, "at: "),
        ({"name": "note", "text": "x", "rating": 1}, "the body: a note carries"),
    ],
)
def test_what_does_not_fit_is_one_line_and_not_kept(found: TestClient, what: dict[str, Any], fault: str):
    answer = post(found, **what)
    assert answer.status_code in (400, 404) and fault in answer.json()["error"].replace("at: Extra", "at: ")
    assert found.get(f"/api/runs/{only_key(found)}/annotations").json()["history"] == []


def test_a_body_is_json_and_of_limited_size(found: TestClient):
    address, headers = f"/api/runs/{only_key(found)}/annotations", {"Origin": HOST}
    assert found.post(address, content=b"{}", headers=headers).status_code == 415
    large = json.dumps({**SAID, "name": "note", "text": "x" * LARGEST_BODY}).encode()
    headers["Content-Type"] = "application/json"
    assert found.post(address, content=large, headers=headers).status_code == 413
    assert found.post(address, content=b"{", headers=headers).status_code == 400


def test_ratings_come_as_lines_that_correlate_reads(found: TestClient):
    post(found, name="support", rating=4)
    post(found, name="support", rating=5, annotator="Tom")
    post(found, name="warmth", rating=9, annotator="Tom")
    post(found, name="support", rating=3, turn=2)
    post(found, name="support", rating=1, turn=2)
    post(found, name="support", rating=2, turn=None, episode=1)
    post(found, name="note", text="no rating", episode=2)
    lines = found.get(f"/runs/{only_key(found)}/ratings.jsonl").text.splitlines()
    read = rated_lines(line.encode() for line in lines)
    assert read.unusable == []
    first, second, whole = read.rows
    assert (first.turn, first.ratings) == (1, {"support": (4.0, 5.0), "warmth": (None, 9.0)})
    assert (second.turn, second.ratings, second.group) == (3, {"support": (1.0, None)}, "nurse")
    assert (whole.turn, whole.ratings, whole.transcript.id) == (None, {"support": (2.0, None)}, "demo/1")
    assert [message.content for message in second.transcript.messages] == [
        "Hello.",
        "Hi.",
        "I am tired.",
        "Rest, then.",
    ]
