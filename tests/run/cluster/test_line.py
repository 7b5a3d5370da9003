"""A worker's line and who answers it: what is held, what is asked, what is logged."""

from __future__ import annotations

import asyncio
import logging

import pytest

from empa_graph.errors import RunError, SuspendedError, TransientError
from empa_graph.llm import LOCATION, Limiters, Location
from empa_graph.llm.alone import Alone
from empa_graph.models.config import Limits
from empa_graph.models.dialogue import Usage
from empa_graph.models.turn_record import ModelCall, Totals
from empa_graph.run.cluster.answering import Answering, Shared
from empa_graph.run.cluster.line import Line, RemoteMeter, RemoteSlots
from empa_graph.run.meter import RunMeter
from tests.cluster_parts import passed

CALL = ModelCall(
    episode=0,
    turn=1,
    role="judge",
    model="m",
    endpoint="e",
    answered_by=None,
    parameters={},
    prompt_hash="",
    prompt_characters=0,
    usage=None,
    latency=0.0,
    attempt=1,
    cost=None,
    finish_reason=None,
    failure=None,
    replayed=False,
)


class Kept:
    """Keeps calls and answers in memory, after ``wait``."""

    def __init__(self) -> None:
        self.calls: list[ModelCall] = []
        self.answers: dict[str, str] = {}
        self.wait = asyncio.Event()
        self.wait.set()

    def answer(self, key: str) -> str | None:
        return self.answers.get(key)

    async def keep_call(self, call: ModelCall, *, key: str | None, answer: str | None) -> None:
        await self.wait.wait()
        self.calls.append(call)
        self.answers |= {key: answer} if key and answer else {}


class Driver:
    """A driver with lines to workers in this loop."""

    def __init__(self, limits: Limits | None = None, totals: Totals | None = None) -> None:
        self.kept = Kept()
        self.meter = RunMeter(self.kept, limits=limits, totals=totals)
        self.limiters = Limiters(2)
        self.shared = Shared(self.meter, self.limiters, Alone())
        self.lines: list[tuple[Answering, asyncio.Task[None]]] = []

    def line(self) -> Line:
        line = Line()
        answering = Answering(self.shared, lambda replies: line.take(passed(replies)))

        async def serve() -> None:
            while True:
                answering.take(passed(await line.requests()))

        self.lines.append((answering, asyncio.create_task(serve())))
        return line

    async def lose(self, which: int) -> None:
        answering, serving = self.lines[which]
        serving.cancel()
        await answering.close()


async def test_what_is_kept_counts_and_is_answered_to_all_workers():
    driver = Driver()
    one, two = (RemoteMeter(driver.line(), limits=Limits(), elapsed=0.0) for _ in range(2))
    assert await one.answered("k") is None
    await one.keep(CALL, key="k", answer="yes")
    assert await two.answered("k") == "yes"
    assert driver.meter.totals.calls == 1 and driver.kept.calls == [CALL]


async def test_slots_are_those_of_the_run_and_a_refusal_halves_them_for_all():
    driver = Driver()
    one, two = (RemoteSlots(driver.line(), "e") for _ in range(2))
    with pytest.raises(TransientError):
        async with one.slot():
            raise TransientError("full", kind="rate_limited")
    async with two.slot():
        load = driver.limiters.of("e").load()
    assert (load.limit, load.limited, load.active) == (1, 1, 1)


async def test_a_limit_of_the_run_is_raised_where_the_slot_is_asked_for():
    driver = Driver(Limits(run_tokens=1), Totals(tokens_in=5))
    with pytest.raises(SuspendedError, match="limit reached: 5 of 1 tokens"):
        async with RemoteSlots(driver.line(), "e").slot():
            raise AssertionError
    assert driver.limiters.of("e").load().active == 0


async def test_a_limit_of_an_episode_is_that_of_where_the_worker_asks_from():
    driver = Driver(Limits(episode_tokens=1))
    driver.meter.begin(0, calls=[CALL.model_copy(update={"usage": Usage(tokens_in=3)})])
    line = driver.line()
    LOCATION.set(Location(1, 0, 1))
    async with RemoteSlots(line, "e").slot():
        pass
    LOCATION.set(Location(0, 0, 1))
    with pytest.raises(RunError, match="episode limit reached: 3 of 1 tokens"):
        async with RemoteSlots(line, "e").slot():
            raise AssertionError


async def test_a_lost_worker_frees_what_it_held_when_what_it_handed_over_is_kept():
    driver = Driver()
    first, second = driver.line(), driver.line()
    order: list[str] = []
    driver.kept.wait.clear()

    async def holds() -> None:
        async with first.hold("key", "k"):
            await RemoteMeter(first, limits=Limits(), elapsed=0.0).keep(CALL, key="k", answer="yes")

    async def waits() -> None:
        async with second.hold("key", "k"):
            order.append(f"in, with {driver.kept.answer('k')}")

    tasks = [asyncio.create_task(holds()), asyncio.create_task(waits())]
    await asyncio.sleep(0.01)
    losing = asyncio.create_task(driver.lose(0))
    await asyncio.sleep(0.01)
    assert order == [] and not losing.done()
    driver.kept.wait.set()
    await losing
    await tasks[1]
    assert order == ["in, with yes"]
    tasks[0].cancel()


async def test_one_that_is_cancelled_while_it_waits_holds_nothing_later():
    driver = Driver()
    one, two = driver.line(), driver.line()
    async with one.hold("key", "k"):
        waiting = asyncio.create_task(_held(two))
        await asyncio.sleep(0.01)
        waiting.cancel()
    async with asyncio.timeout(1):
        await _held(one)


async def _held(line: Line) -> None:
    async with line.hold("key", "k"):
        pass


async def test_what_a_worker_logs_is_logged_by_the_driver(caplog: pytest.LogCaptureFixture):
    line = Driver().line()
    fields = {"time": "x", "level": "WARNING", "event": "role crashed", "logger": "empa_graph.graph", "seat": "persona"}
    line.tell("log", fields)
    await asyncio.sleep(0.01)
    [record] = caplog.records
    said = (record.name, record.levelno, record.getMessage(), record.__dict__["seat"])
    assert said == ("empa_graph.graph", logging.WARNING, "role crashed", "persona")
