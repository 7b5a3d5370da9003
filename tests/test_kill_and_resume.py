"""Runs killed with SIGKILL at random moments and resumed until they are done, on both kinds of store."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from empa_graph.models.turn_record import ModelCall
from empa_graph.run.home import opened
from tests import postgres
from tests.command import empa
from tests.fault_proxy import FaultProxy, faults_in_thread
from tests.forked import Running, empa_started

pytestmark = pytest.mark.slow
KILLS = 20
IN_FLIGHT = 4
LATENCY = 0.004
LONGEST = 60.0
"""Seconds that a killed or resumed run may take to get anywhere."""
PLAY = ["exam_student", "--variant", "baseline", "--variant", "aligned", "--max-turns", "4"]
PLAY += ["--empathic", "m", "--persona-voice", "m", "--evaluator", "judge", "--judge", "m", "--director", "m"]
PLAY += ["--concurrency", str(IN_FLIGHT)]


class Standing(NamedTuple):
    """How far a run is: requests that the service got, and answers of it that are in the store."""

    asked: int
    kept: int


class Undisturbed(NamedTuple):
    episodes: dict[int, str]
    asked: int


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    folder = tmp_path_factory.mktemp("undisturbed") / "run"
    with faults_in_thread(latency=LATENCY) as proxy:
        assert empa("run", *PLAY, "--base-url", proxy.url, "--out", folder).code == 0
        return Undisturbed(dumped(folder), proxy.asked.total())


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest) -> Iterator[list[str]]:
    if request.param == "sqlite":
        yield []
        return
    with postgres.server() as url:
        yield ["--store", url]


def dumped(folder: Path) -> dict[int, str]:
    with opened(folder) as store:
        return {number: episode.model_dump_json() for number, episode in store.numbered()}


def answered(folder: Path) -> list[ModelCall]:
    with opened(folder) as store:
        return [call for call in store.calls() if call.failure is None and not call.replayed]


def until_idle(proxy: FaultProxy) -> None:
    """Wait until the service has noticed that its client is gone."""
    patience = time.monotonic() + LONGEST
    while proxy.active:
        assert time.monotonic() < patience
        time.sleep(0.001)


def killed(child: Running, proxy: FaultProxy, *, at: int, late: float) -> None:
    """Kill ``child`` ``late`` seconds after the service has answered ``at`` different requests."""
    child.until(lambda: len(proxy.answered) >= at)
    time.sleep(late)
    child.process.kill()
    assert child.ended().code == -signal.SIGKILL, "the run was over before it was killed"
    until_idle(proxy)


def moments(undisturbed: Undisturbed) -> list[tuple[int, float]]:
    """Draw when to kill: behind which answer, and how much later; the second kill behind one answer meets a start."""
    draw = random.Random(20)
    answers = sorted(draw.choices(range(1, undisturbed.asked - 5 * IN_FLIGHT), k=KILLS))
    return [(answer, draw.uniform(0.0, 3 * LATENCY)) for answer in answers]


def standing(folder: Path, proxy: FaultProxy) -> Standing:
    return Standing(proxy.asked.total(), len(answered(folder)))


def test_a_killed_run_loses_only_what_was_in_flight(where: list[str], undisturbed: Undisturbed, tmp_path: Path):
    folder = tmp_path / "run"
    with faults_in_thread(latency=LATENCY) as proxy:
        words: list[object] = ["run", *PLAY, "--base-url", proxy.url, "--out", folder, *where]
        before, lost = Standing(0, 0), 0
        for answer, late in moments(undisturbed):
            killed(empa_started(*words), proxy, at=answer, late=late)
            words = ["resume", folder]
            now = standing(folder, proxy)
            unkept = (now.asked - before.asked) - (now.kept - before.kept)
            assert 0 <= unkept <= IN_FLIGHT
            before, lost = now, lost + unkept
        assert empa_started("resume", folder).ended().code == 0
        assert standing(folder, proxy) == (undisturbed.asked + lost, undisturbed.asked)
        assert len(proxy.answered) == undisturbed.asked
    assert dumped(folder) == undisturbed.episodes and len(undisturbed.episodes) == 6
    assert empa("verify", folder).code == 0
