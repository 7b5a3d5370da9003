from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from empa_graph.store.access import open_store
from empa_graph.store.folder import RunFolder
from empa_graph.viewer import live
from empa_graph.viewer.catalogue import Catalogue
from empa_graph.viewer.live import progress
from empa_graph.viewer.recent import Recent
from tests.records import episode, run
from tests.store_parts import played, turn
from tests.viewer_parts import client, folder, only_key, two_variants


def test_progress_follows_a_run_that_another_writes(tmp_path: Path):
    planned = run(episodes=2)
    recent = Recent(Catalogue([str(tmp_path)]))
    with RunFolder(tmp_path / "run", planned) as writing:
        (located,) = recent.catalogue.runs()
        assert progress(recent, located.key).model_dump(exclude={"latest"}) == {
            "status": "running", "suspended": "", "planned": 2, "episodes": 0, "scored": 0, "turns": 0, "calls": 0,
        }  # fmt: skip
        writing.store.append([turn(0, 1)])
        writing.add(
            episode(scenario="someone/goal1", seed=1, ending="failed", score=None, unscored="timeout"), number=1
        )
        found = progress(recent, located.key)
        assert (found.episodes, found.scored, found.turns) == (1, 0, 1)
        assert [(one.number, one.ending) for one in found.latest] == [(1, "failed")]
    assert progress(recent, located.key).status == "suspended"
    with open_store(tmp_path / "run", writing=True) as store:
        store.add_episode(0, played([turn(0, 1)], scenario="someone/goal0", seed=0))
    assert progress(recent, located.key).status == "complete"


def streamed(text: str) -> list[tuple[str, Any]]:
    blocks = [
        dict(line.split(": ", 1) for line in block.splitlines()) for block in text.split("\r\n\r\n") if block.strip()
    ]
    return [(block["event"], json.loads(block["data"])) for block in blocks if "event" in block]


def test_the_stream_of_a_complete_run_tells_it_once_and_ends(tmp_path: Path):
    folder(tmp_path / "run", two_variants())
    found = client(tmp_path)
    answer = found.get(f"/api/runs/{only_key(found)}/events")
    assert answer.headers["content-type"].startswith("text/event-stream")
    (first, told), (last, _) = streamed(answer.text)
    assert (first, told["status"], told["episodes"], last) == ("progress", "complete", 4, "end")


def test_a_run_that_vanishes_ends_the_stream_with_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(live, "PERIOD", 0.0)
    monkeypatch.setattr("empa_graph.viewer.catalogue.FRESH", -1.0)
    made = folder(tmp_path / "run", [None])
    found = client(tmp_path)
    key = only_key(found)
    kept, looks = live.progress, []

    def look(recent: Recent, asked: str) -> live.Progress:
        looks.append(asked)
        if len(looks) == 2:
            (made / "run.db").unlink()
            (made / "run.json").unlink()
        return kept(recent, asked)

    monkeypatch.setattr(live, "progress", look)
    told = streamed(found.get(f"/api/runs/{key}/events").text)
    assert [event for event, _ in told] == ["progress", "fault"]
    assert found.get("/api/runs/000000000000/events").status_code == 404
