"""Runs on workers of a real Ray of this machine, over PostgreSQL: stopped, killed and gone on with."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from empa_graph.cli import main
from empa_graph.models.turn_record import ModelCall
from empa_graph.run.home import opened
from tests import postgres
from tests.command import empa
from tests.fault_proxy import FaultProxy, faults_in_thread
from tests.forked import empa_started, started
from tests.ray_parts import WITHOUT_RAY, below, kill, until_gone, workers

pytestmark = [pytest.mark.slow, WITHOUT_RAY]
IN_FLIGHT = 4
PLAY = ["exam_student", "--variant", "baseline", "--variant", "aligned", "--repeats", "2", "--max-turns", "4"]
PLAY += ["--empathic", "m", "--persona-voice", "m", "--evaluator", "judge", "--judge", "m"]
PLAY += ["--concurrency", str(IN_FLIGHT)]
KEY = "planted-7d21"
RAY = ["--executor", "ray", "--workers", "2"]


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    with postgres.server() as url:
        yield url


@pytest.fixture
def proxy() -> Iterator[FaultProxy]:
    with faults_in_thread(latency=0.03) as served:
        yield served


def folders() -> list[Path]:
    """Return the folders that Ray has for runs."""
    return list(Path("/tmp").glob("empa-ray-*"))


def dumped(folder: Path) -> dict[int, str]:
    with opened(folder) as store:
        assert store.verify().faults == ()
        return {number: episode.model_dump_json() for number, episode in store.numbered()}


def answered(folder: Path) -> list[ModelCall]:
    with opened(folder) as store:
        return [call for call in store.calls() if call.failure is None and not call.replayed]


def test_killed_workers_and_a_killed_driver_lose_and_repeat_nothing(database: str, proxy: FaultProxy, tmp_path: Path):
    kept = [*PLAY, "--base-url", proxy.url, "--store", database]
    assert empa("run", *kept, "--out", tmp_path / "one").code == 0
    undisturbed, before = proxy.asked.total(), proxy.asked.copy()
    before_it = set(folders())
    run = empa_started("run", *kept, *RAY, "--out", tmp_path / "many")
    for part in (6, 3):
        run.until(lambda part=part: proxy.asked.total() > undisturbed + undisturbed // part)
        kill(workers(run.pid)[0])
    run.until(lambda: proxy.asked.total() > undisturbed + undisturbed // 2)
    left = set(workers(run.pid))
    run.process.kill()
    assert run.ended().code == -signal.SIGKILL
    assert left and until_gone(left) < 20
    for folder in set(folders()) - before_it:
        shutil.rmtree(folder)  # as nobody else can
    assert empa_started("resume", tmp_path / "many", *RAY).ended().code == 0
    assert dumped(tmp_path / "many") == dumped(tmp_path / "one")
    lost = (proxy.asked - before).total() - undisturbed
    assert 0 <= lost <= 3 * IN_FLIGHT
    assert len(answered(tmp_path / "many")) == len(answered(tmp_path / "one")) == undisturbed
    log = (tmp_path / "many" / "run.log").read_text()
    assert log.count('"worker lost"') == 2 and "_ray_" not in log


def test_ctrl_c_suspends_a_run_that_one_process_goes_on_with_and_nothing_is_open_or_left(
    database: str, proxy: FaultProxy, tmp_path: Path
):
    kept = [*PLAY, "--base-url", proxy.url, "--store", database]
    words = [str(word) for word in ("run", *kept, *RAY, "--out", tmp_path / "cut")]
    run = started(main, words, cwd=tmp_path, EMPA_API_KEY=KEY)
    run.until(lambda: proxy.asked.total() > 30)
    written = [file for folder in folders() for file in folder.rglob("*") if file.is_file()]
    assert len(written) > 5 and not any(KEY.encode() in file.read_bytes() for file in written)
    running = below(run.pid)
    listening = subprocess.run(["ss", "-Htlnp"], capture_output=True, text=True, check=True).stdout.splitlines()
    ours = [line.split()[3] for line in listening if any(f"pid={pid}," in line for pid in running)]
    assert len(ours) > 3 and all("127.0.0.1" in place for place in ours)
    os.kill(run.pid, signal.SIGINT)
    done = run.ended()
    assert done.code == 3 and "suspended: stopped by SIGINT" in done.out
    until_gone(set(running))
    assert KEY not in (tmp_path / "cut" / "run.log").read_text()
    asked = proxy.asked.total()
    assert empa("resume", tmp_path / "cut").code == 0
    assert proxy.counts()["repeated"] == {} and proxy.asked.total() > asked
    assert empa("run", *kept, "--out", tmp_path / "one").code == 0
    assert dumped(tmp_path / "cut") == dumped(tmp_path / "one")
