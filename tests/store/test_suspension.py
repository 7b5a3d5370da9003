from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from empa_graph.store.ledger import Store
from empa_graph.store.suspension import suspension
from tests.records import episode, run


def held(url: str, played: int, **changes: Any) -> None:
    """Store a run of three episodes of which so many are ``played``."""
    with Store.create(url, run(episodes=3, **changes)) as store:
        for number in range(played):
            store.add_episode(number, episode(scenario=f"someone/goal{number}"))


def said(url: str, place: str = "runs/a") -> str:
    with Store.open(url) as store:
        return suspension(store, place)


def test_a_run_with_episodes_left_says_how_to_go_on_and_a_whole_one_nothing(tmp_path: Path):
    for played, told in ((1, "suspended: 2 of 3 episodes are left to play; go on with: empa resume runs/a"), (3, "")):
        url = f"sqlite:///{tmp_path}/{played}.db"
        held(url, played)
        assert said(url) == told


@pytest.mark.parametrize("place", ["", "postgresql://user:secret@host/db#run"])
def test_a_run_of_a_database_is_gone_on_with_by_its_folder(tmp_path: Path, place: str):
    url = f"sqlite:///{tmp_path}/run.db"
    held(url, 1)
    assert said(url, place).endswith("go on with: empa resume and its folder")


def test_a_run_of_python_objects_is_gone_on_with_by_evaluate(tmp_path: Path):
    url = f"sqlite:///{tmp_path}/run.db"
    held(url, 1, handed={"agent": "0" * 64})
    assert said(url).endswith("go on with: evaluate() and the same configuration")


def test_a_run_that_a_process_writes_is_not_suspended(tmp_path: Path):
    with Store.create(f"sqlite:///{tmp_path}/run.db", run(episodes=3)) as store:
        if store.being_written() is None:
            pytest.skip("the system does not tell who holds a lock")
        assert suspension(store, "runs/a") == "still being played: 3 of 3 episodes are left to play"


def test_a_run_that_was_recorded_elsewhere_has_nothing_left_to_play(tmp_path: Path):
    url = f"sqlite:///{tmp_path}/run.db"
    held(url, 1, recorded="chats.jsonl")
    assert said(url) == ""
