"""The store of a run is removed while it is played: the run stops within a turn and says what is lost."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from empa_graph.errors import SuspendedError
from empa_graph.store.access import open_store
from empa_graph.store.ledger import Store
from tests.fault_proxy import faults_in_thread
from tests.forked import empa_started
from tests.records import run
from tests.store_parts import turn

PLAY = ["--empathic", "m", "--max-turns", "40", "--concurrency", "2", "--variant", "baseline", "--variant", "aligned"]


def file_removed(folder: Path) -> None:
    (folder / "run.db").unlink()


def log_removed(folder: Path) -> None:
    (folder / "run.db-wal").unlink()


def folder_removed(folder: Path) -> None:
    shutil.rmtree(folder)


def replaced(folder: Path) -> None:
    shutil.copy(folder / "run.db", folder / "copy")
    (folder / "copy").replace(folder / "run.db")


def moved(folder: Path) -> None:
    folder.rename(folder.with_name("elsewhere"))


@pytest.mark.parametrize("harm", [file_removed, log_removed, folder_removed, replaced, moved])
def test_a_run_whose_store_is_removed_stops_with_1_and_says_what_is_lost(tmp_path: Path, harm: Callable[[Path], None]):
    folder = tmp_path / "run"
    with faults_in_thread(latency=0.02) as proxy:
        child = empa_started("run", "exam_student", *PLAY, "--base-url", proxy.url, "--out", folder)
        child.until(lambda: len(proxy.answered) >= 6)
        harm(folder)
        done = child.ended()
        asked = proxy.asked.total()
    assert done.code == 1, done.err
    assert "was removed, moved or replaced while the run was written" in done.err
    assert (
        "is lost from here: 0 ended and 2 unfinished episodes" in done.err and "empa resume" not in done.err + done.out
    )
    assert asked < 20, "two episodes of 40 turns were to be played"


def test_reads_of_a_writer_do_not_make_the_file_anew(tmp_path: Path):
    with Store.create(f"sqlite:///{tmp_path}/run.db", run()) as store:
        store.append([turn(0, 1)])
        file_removed(tmp_path)
        for work in (store.totals, store.seal, lambda: store.append([turn(0, 2)])):
            with pytest.raises(
                SuspendedError, match=r"run\.db was removed, .* 0 ended and 1 unfinished episodes"
            ) as lost:
                work()
            assert lost.value.limit == "lost"
    assert not (tmp_path / "run.db").exists()


def test_a_writer_whose_working_folder_changes_has_lost_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    with Store.create("sqlite:///run.db", run()) as store:
        (tmp_path / "below").mkdir()
        monkeypatch.chdir(tmp_path / "below")
        store.append([turn(0, 1)])
    with open_store(f"sqlite:///{tmp_path}/run.db") as store:
        assert len(store.turns(0)) == 1
