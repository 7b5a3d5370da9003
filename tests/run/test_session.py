from __future__ import annotations

import gc
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from empa_graph.content.library import find_scenarios, load_rubric
from empa_graph.errors import UsageError
from empa_graph.models.rubric import with_max_turns
from empa_graph.models.run import planned
from empa_graph.run.config import Prepared
from empa_graph.run.schedule import THRESHOLDS, Progress
from empa_graph.run.session import Resources, RunSession, check_resources
from empa_graph.store.folder import folder_url
from empa_graph.store.ledger import Store
from tests.fault_proxy import FaultProxy, faults_in_thread
from tests.records import config, run

SCENARIOS = find_scenarios(["exam_student"])
RUBRIC = with_max_turns(load_rubric(), 2)
PLAN = planned(SCENARIOS, ("baseline",), repeats=1, seed=0)
RUN = run(plan=PLAN, agent="m", concurrency=3, max_turns=2)
PLAYED = Prepared(RUN, RUN.config, SCENARIOS, RUBRIC)


@pytest.fixture
def proxy() -> Iterator[FaultProxy]:
    with faults_in_thread() as served:
        yield served


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.create(folder_url(tmp_path), PLAYED.run) as made:
        yield made


def asking(proxy: FaultProxy, **settings: Any) -> Prepared:
    changes = {f"{part}.{name}": value for part, held in settings.items() for name, value in held.items()}
    return replace(PLAYED, config=PLAYED.config.changed({"agent.base_url": proxy.url, **changes}))


def session(proxy: FaultProxy, store: Store, cache: Store | None = None, **settings: Any) -> RunSession:
    return RunSession(asking(proxy, **settings), store, Resources(cache=cache))


async def test_a_sitting_plays_the_plan_and_its_time_is_kept(proxy: FaultProxy, store: Store):
    found = session(proxy, store)
    assert found.left == 3
    assert await found.play() is None
    assert store.ended() == {0, 1, 2}
    assert proxy.asked.total() == store.totals().calls == found.meter.totals.calls == 6
    assert store.totals().seconds > 0


async def test_garbage_is_collected_seldom_while_playing_and_as_before_afterwards(proxy: FaultProxy, store: Store):
    before, during = gc.get_threshold(), set()
    await session(proxy, store).play(lambda event: during.add(gc.get_threshold()))
    assert during == {THRESHOLDS}
    assert gc.get_threshold() == before


async def test_calls_know_their_episode_turn_and_role(proxy: FaultProxy, store: Store):
    await session(proxy, store).play()
    places = sorted((call.episode, call.turn) for call in store.calls())
    assert places == [(episode, turn) for episode in range(3) for turn in (1, 2)]
    assert {call.role for call in store.calls()} == {"empathic"}


async def test_a_sitting_at_a_finished_run_asks_nothing(proxy: FaultProxy, store: Store):
    await session(proxy, store).play()
    again = session(proxy, store)
    assert again.left == 0 and await again.play() is None
    assert proxy.asked.total() == 6


async def test_the_next_sitting_goes_on_counting(proxy: FaultProxy, store: Store):
    stopped = await session(proxy, store, limits={"run_tokens": 1}).play()
    assert stopped is not None and stopped.limit == "tokens"
    used = store.totals()
    after = session(proxy, store)
    assert after.meter.totals == used and 0 < used.calls < 6
    assert await after.play() is None
    assert store.totals().calls == after.meter.totals.calls == 6
    assert proxy.counts()["repeated"] == {}


async def test_offline_and_without_a_cache_every_episode_fails_with_its_cause(proxy: FaultProxy, store: Store):
    assert await session(proxy, store, execution={"offline": True}).play() is None
    assert {episode.failure and episode.failure.kind for episode in store.episodes()} == {"not_cached"}
    assert proxy.asked.total() == 0


async def test_answers_come_from_another_run_where_it_has_them(proxy: FaultProxy, store: Store, tmp_path: Path):
    await session(proxy, store).play()
    with Store.create(folder_url(tmp_path / "again"), PLAYED.run) as other:
        await session(proxy, other, store, execution={"offline": True}).play()
        assert list(other.episodes()) == list(store.episodes())
        assert (other.totals().calls, other.totals().replayed) == (0, 6)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_stops_the_run_with_care_and_is_told_of(number: signal.Signals, proxy: FaultProxy, store: Store):
    told: list[str] = []
    events: list[Progress] = []
    before = signal.getsignal(number)

    def watch(event: Progress) -> None:
        events.append(event)
        if len(events) == 1:
            os.kill(os.getpid(), number)

    proxy.settings = replace(proxy.settings, latency=0.05)
    stopped = await session(proxy, store).play(watch, on_stop=told.append)
    assert stopped is not None and str(stopped) == f"stopped by {number.name}"
    assert told == [number.name] and signal.getsignal(number) == before
    assert len(store.ended()) < 3 and store.totals().calls == proxy.asked.total()


def test_a_limit_of_cost_is_refused_where_a_price_is_unknown(proxy: FaultProxy):
    roles = asking(proxy).roles()
    with pytest.raises(UsageError, match="the price of 'm' is unknown"):
        check_resources(roles, config(max_cost=1.0), Resources())
    check_resources(roles, config(max_cost=1.0, offline=True), Resources())
    check_resources(roles, config(max_run_tokens=1), Resources())
