"""Episodes on workers: the same as in one process, whatever is lost, within the limits of the run."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from empa_graph.errors import SuspendedError, UsageError
from empa_graph.llm import Limiters
from empa_graph.models.config import ExecutionConfig
from empa_graph.models.episode import Episode
from empa_graph.run.cluster.executor import RayExecutor
from empa_graph.run.cluster.messages import Task
from empa_graph.run.cluster.workers import Hiring
from empa_graph.run.config import Prepared
from empa_graph.run.meter import RunMeter
from empa_graph.run.schedule import Progress
from empa_graph.store.folder import folder_url
from empa_graph.store.ledger import Store
from empa_graph.testing import check_executor
from tests.cluster_parts import LocalActor, dumped, played_by, small
from tests.fault_proxy import FaultProxy, Settings, faults_in_thread
from tests.memory_store import MemoryStore

ASKING = {"agent__spec": "m", "persona__voice": "m", "evaluator__name": "judge", "evaluator__judges": ["m"]}


@pytest.fixture
def proxy() -> Iterator[FaultProxy]:
    with faults_in_thread(latency=0.002) as served:
        yield served


async def test_workers_play_what_one_process_plays(tmp_path: Path):
    made = small(suite__repeats=2)
    for name, start in (("one", None), ("many", LocalActor)):
        async with played_by(tmp_path / name, made, start) as play:
            assert await play() is None
    assert dumped(tmp_path / "many") == dumped(tmp_path / "one") != {}
    with Store.open(folder_url(tmp_path / "many")) as store:
        assert store.verify().faults == ()


async def test_models_are_asked_as_often_as_by_one_process_and_every_call_is_kept(proxy: FaultProxy, tmp_path: Path):
    made = small(agent__base_url=proxy.url, suite__variants=["baseline", "aligned"], director="m", **ASKING)
    asked = []
    for name, start in (("one", None), ("many", LocalActor)):
        before = proxy.asked.total()
        async with played_by(tmp_path / name, made, start) as play:
            assert await play() is None
        asked.append(proxy.asked.total() - before)
        with Store.open(folder_url(tmp_path / name)) as store:
            assert store.totals().calls == asked[-1] > 50
    assert dumped(tmp_path / "many") == dumped(tmp_path / "one")
    assert asked[0] == asked[1]


async def test_the_repeats_of_a_single_scenario_are_shared_out(tmp_path: Path):
    settings = {"suite__scenarios": ["exam_student/reduce_stress"], "suite__repeats": 8, "execution__concurrency": 16}
    made, played = small(**settings), Counter[int]()

    class Counted(LocalActor):
        async def play(self, task: Task) -> Episode:
            played[id(self)] += 1
            return await super().play(task)

    async with played_by(tmp_path, made, Counted) as play:
        assert await play() is None
    assert played.total() == 8
    assert min(played.values()) >= 3
    assert len(played) == 2


async def test_a_worker_that_has_played_a_scenario_plays_its_repeats(tmp_path: Path):
    made, played = small(suite__scenarios=["all"], suite__repeats=4, suite__max_turns=1), Counter[tuple[str, int]]()
    draw = random.Random(0)

    class Counted(LocalActor):
        async def play(self, task: Task) -> Episode:
            played[task.scenario, id(self)] += 1
            await asyncio.sleep(draw.random() / 50)
            return await super().play(task)

    async with played_by(tmp_path, made, Counted) as play:
        assert await play() is None
    scenarios = len(made.scenarios)
    assert played.total() == 4 * scenarios
    assert scenarios <= len(played) < 1.25 * scenarios  # the last go to whoever is free; played by anybody, 1.9
    assert len({worker for _, worker in played}) == 2


@pytest.mark.parametrize("lives", [0, 1, 3, 5])
async def test_the_loss_of_workers_loses_and_repeats_nothing(lives: int, tmp_path: Path):
    made, started = small(suite__repeats=2), []

    def start(order: str) -> LocalActor:
        started.append(LocalActor(order, lives=lives if len(started) < 4 else float("inf")))
        return started[-1]

    turns: list[tuple[str, int, int]] = []

    def watch(event: Progress) -> None:
        if event.episode is None:
            turns.append((event.planned.scenario, event.planned.repeat, event.turn))

    async with played_by(tmp_path / "one", made, None) as play:
        await play()
    async with played_by(tmp_path / "many", made, start) as play:
        assert await play(watch) is None
    assert dumped(tmp_path / "many") == dumped(tmp_path / "one")
    assert len(turns) == len(set(turns)) == 18
    assert len(started) > 2


async def test_an_episode_that_loses_worker_after_worker_fails_with_its_cause(tmp_path: Path):
    made = small(suite__scenarios=["exam_student/reduce_stress"], execution__concurrency=1)
    async with played_by(tmp_path, made, lambda order: LocalActor(order, lives=0), workers=1) as play:
        assert await play() is None
    with Store.open(folder_url(tmp_path)) as store:
        [episode] = store.episodes()
    failure = episode.failure
    assert failure is not None and (failure.kind, failure.blame) == ("worker_lost", "us")
    assert episode.score is None and episode.unscored == "worker_lost: 5 workers were lost over this turn"


async def test_a_limit_of_the_run_holds_for_all_workers_together_and_the_run_goes_on(proxy: FaultProxy, tmp_path: Path):
    made = small(agent__base_url=proxy.url, limits__run_tokens=800, **ASKING)
    async with played_by(tmp_path / "cut", made, LocalActor) as play:
        stopped = await play()
    assert isinstance(stopped, SuspendedError) and stopped.limit == "tokens"
    cut = len(proxy.asked)
    free = Prepared(made.run, made.config.resumed, made.scenarios, made.rubric)
    async with played_by(tmp_path / "cut", free, LocalActor) as play:
        assert await play() is None
    assert 0 < cut < len(proxy.asked) and proxy.counts()["repeated"] == {}
    async with played_by(tmp_path / "one", free, None) as play:
        await play()
    assert dumped(tmp_path / "cut") == dumped(tmp_path / "one")


async def test_a_service_that_is_full_slows_all_workers(tmp_path: Path):
    with faults_in_thread(latency=0.01) as proxy:
        proxy.settings = Settings(latency=0.01, capacity=2, retry_after=0.05)
        made = small(agent__base_url=proxy.url, suite__repeats=3, execution__concurrency=8, **ASKING)
        async with played_by(tmp_path, made, LocalActor) as play:
            assert await play() is None
        with Store.open(folder_url(tmp_path)) as store:
            assert all(episode.failure is None for episode in store.episodes())
            refused = store.totals().failed
    assert 0 < refused < 40


async def test_two_workers_that_would_ask_the_same_ask_once(proxy: FaultProxy, tmp_path: Path):
    proxy.settings = Settings(latency=0.05)
    made = small(
        agent__base_url=proxy.url, agent__spec="m", suite__variants=["baseline", "aligned"], persona__voice="m"
    )
    async with played_by(tmp_path, made, LocalActor) as play:
        await play()
    with Store.open(folder_url(tmp_path)) as store:
        assert store.totals().replayed >= 3
    assert proxy.counts()["repeated"] == {}


async def test_what_a_watcher_raises_comes_out_as_it_is(tmp_path: Path):
    class PlantedError(LookupError):
        """One that cannot be pickled."""

    def watch(event: Progress) -> None:
        raise PlantedError("planted")

    async with played_by(tmp_path, small(), LocalActor) as play:
        with pytest.raises(PlantedError):
            await play(watch)


async def test_a_worker_with_other_content_is_refused(tmp_path: Path):
    made = small()
    other = made.run.model_copy(update={"hashes": {**made.run.hashes, "persona:exam_student": "0" * 64}})
    changed = Prepared(other, made.config, made.scenarios, made.rubric)
    async with played_by(tmp_path, changed, LocalActor) as play:
        with pytest.raises(UsageError, match=r"worker on .*: persona:exam_student is not that of the run"):
            await play()


async def test_workers_that_never_get_ready_end_the_run(tmp_path: Path):
    class Stillborn(LocalActor):
        async def ready(self) -> None:
            await self.end()
            await super().ready()

    async with played_by(tmp_path, small(), Stillborn) as play:
        with pytest.raises(UsageError, match="3 workers in a row ended before they were ready: it was to be lost"):
            async with asyncio.timeout(10):
                await play()


def test_the_executor_keeps_the_contract():
    @asynccontextmanager
    async def among(execution: ExecutionConfig, order: Callable[[], str], most: int) -> AsyncGenerator[Hiring, None]:
        yield Hiring(lambda: LocalActor(order()), workers=2, share=most)

    made = small()
    check_executor(RayExecutor(made, made.roles(), RunMeter(MemoryStore()), Limiters(4), among=among))
