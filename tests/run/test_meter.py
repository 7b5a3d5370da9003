from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given, strategies as st

from empa_graph.errors import RunError, SuspendedError
from empa_graph.llm.location import LOCATION, Location
from empa_graph.models.config import Limits
from empa_graph.models.dialogue import Usage
from empa_graph.models.turn_record import ModelCall, Totals
from empa_graph.run.meter import RunMeter, added
from tests.store_parts import call


class Kept:
    """Keeps calls in memory, or fails to."""

    def __init__(self, *, full: bool = False) -> None:
        self.answers: dict[str, str] = {}
        self.full = full

    def answer(self, key: str) -> str | None:
        return self.answers.get(key)

    async def keep_call(self, call: ModelCall, *, key: str | None, answer: str | None) -> None:
        if self.full:
            raise SuspendedError("the disk is full", limit="store")
        if key is not None and answer is not None:
            self.answers[key] = answer


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@contextmanager
def at(episode: int) -> Iterator[None]:
    token = LOCATION.set(Location(episode, repeat=0, turn=1))
    try:
        yield
    finally:
        LOCATION.reset(token)


def used(tokens_in: int, tokens_out: int = 0, cached: int | None = None) -> Usage:
    return Usage(tokens_in=tokens_in, tokens_cached=cached, tokens_out=tokens_out)


def test_sums_by_hand():
    totals = Totals()
    for each in (
        call(usage=used(10, 2, 4), cost=0.5),
        call(usage=used(7, 3), cost=None),
        call(failure="timeout", usage=None, cost=None),
        call(replayed=True, usage=used(100, 100), cost=0.0),
        call(usage=None, cost=None),
    ):
        totals = added(totals, each)
    assert totals == Totals(
        calls=4, failed=1, replayed=1, tokens_in=17, tokens_cached=4, tokens_out=5, cost=0.5, unpriced=2
    )


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.booleans(), st.booleans())))
def test_every_call_is_counted_once_as_sent_or_as_replayed(rows: list[tuple[int, int, bool, bool]]):
    totals = Totals()
    for tokens_in, tokens_out, replayed, failed in rows:
        failure = "timeout" if failed else None
        totals = added(totals, call(usage=used(tokens_in, tokens_out), replayed=replayed, failure=failure))
    assert totals.calls + totals.replayed == len(rows)
    assert totals.tokens_in == sum(row[0] for row in rows if not row[2])


async def test_a_kept_answer_is_found_again():
    meter = RunMeter(Kept())
    await meter.keep(call(), key="k", answer="{}")
    assert (await meter.answered("k"), await meter.answered("other")) == ("{}", None)


async def test_a_call_that_could_not_be_kept_is_not_counted():
    meter = RunMeter(Kept(full=True))
    with pytest.raises(SuspendedError):
        await meter.keep(call())
    assert meter.totals == Totals()


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (Limits(run_cost=1.0), "limit reached: 1 of 1 dollars"),
        (Limits(run_tokens=24), "limit reached: 24 of 24 tokens"),
    ],
)
async def test_a_limit_is_reached_by_what_is_used_and_said_in_its_unit(limits: Limits, said: str):
    meter = RunMeter(Kept(), limits=limits)
    await meter.keep(call(cost=0.5))
    meter.allow("http://host/v1")
    await meter.keep(call(cost=0.5))
    with pytest.raises(SuspendedError) as stopped:
        meter.allow("http://host/v1")
    assert str(stopped.value) == said


async def test_what_was_used_before_counts_and_a_higher_limit_lets_the_run_go_on():
    earlier = Totals(calls=3, cost=2.0)
    with pytest.raises(SuspendedError):
        RunMeter(Kept(), limits=Limits(run_cost=2.0), totals=earlier).check_run()
    RunMeter(Kept(), limits=Limits(run_cost=2.5), totals=earlier).check_run()


async def test_an_answer_of_unknown_cost_stops_a_run_that_is_held_to_a_cost():
    meter = RunMeter(Kept(), limits=Limits(run_cost=9.0), totals=Totals(unpriced=5))
    meter.check_run()
    await meter.keep(call(cost=None, usage=None))
    with pytest.raises(SuspendedError, match="the cost of an answer is unknown"):
        meter.check_run()


async def test_an_answer_of_unknown_cost_stops_no_other_run():
    meter = RunMeter(Kept(), limits=Limits(run_tokens=1_000))
    await meter.keep(call(cost=None, usage=None))
    meter.check_run()


def test_the_time_of_a_run_is_that_of_the_session():
    clock = Clock()
    meter = RunMeter(Kept(), limits=Limits(run_minutes=1.0), totals=Totals(seconds=1_000.0), clock=clock)
    clock.now += 59.0
    meter.check_run()
    clock.now += 1.0
    with pytest.raises(SuspendedError) as stopped:
        meter.check_run()
    assert stopped.value.limit == "time"


def test_the_first_reason_to_stop_stands():
    meter = RunMeter(Kept())
    meter.stop("stopped by SIGINT")
    meter.stop("limit reached", limit="cost")
    with pytest.raises(SuspendedError, match="stopped by SIGINT") as stopped:
        meter.allow("http://host/v1")
    assert stopped.value.limit == "stop"


async def test_an_episode_at_its_token_limit_asks_no_more_and_the_others_do():
    meter = RunMeter(Kept(), limits=Limits(episode_tokens=12))
    meter.begin(0)
    meter.begin(1)
    await meter.keep(call(episode=0))
    with at(1):
        meter.allow("http://host/v1")
    with at(0), pytest.raises(RunError) as limit:
        meter.allow("http://host/v1")
    assert (limit.value.kind, limit.value.blame) == ("limit_tokens", "us")
    assert str(limit.value) == "episode limit reached: 12 of 12 tokens"


async def test_an_episode_at_its_limit_takes_no_kept_answer_either():
    meter = RunMeter(Kept(), limits=Limits(episode_tokens=12))
    meter.begin(0)
    await meter.keep(call(episode=0, replayed=True), key="k", answer="{}")
    with at(0), pytest.raises(RunError):
        await meter.answered("k")


async def test_a_request_that_is_asked_again_counts_once_for_its_episode():
    meter = RunMeter(Kept(), limits=Limits(episode_tokens=25))
    meter.begin(0)
    for again in (call(), call(replayed=True), call(failure="dropped", attempt=2), call(replayed=True)):
        await meter.keep(again)
    meter.check_episode(0)
    await meter.keep(call(turn=2))
    meter.check_episode(0)
    await meter.keep(call(turn=3))
    with pytest.raises(RunError, match="36 of 25 tokens"):
        meter.check_episode(0)


def test_the_calls_of_finished_turns_count_for_an_episode_that_goes_on():
    meter = RunMeter(Kept(), limits=Limits(episode_tokens=24))
    meter.begin(3, calls=[call(episode=3), call(episode=3, turn=2)])
    with pytest.raises(RunError, match="24 of 24"):
        meter.check_episode(3)


def test_an_episode_has_its_own_time_from_its_beginning():
    clock = Clock()
    meter = RunMeter(Kept(), limits=Limits(episode_seconds=5.0), clock=clock)
    clock.now += 50.0
    meter.begin(0)
    clock.now += 4.0
    meter.check_episode(0)
    clock.now += 1.0
    with pytest.raises(RunError) as limit:
        meter.check_time(0)
    assert limit.value.kind == "limit_time"


def test_the_time_left_is_that_of_the_nearer_limit_and_says_which_ran_out():
    clock = Clock()
    meter = RunMeter(Kept(), limits=Limits(episode_seconds=5.0, run_minutes=8.0 / 60), clock=clock)
    meter.begin(0)
    assert (meter.time_left(0), meter.time_left(7), meter.time_left(7, run=False)) == (5.0, 8.0, float("inf"))
    assert getattr(meter.out_of_time(0), "kind", None) == "limit_time" and meter.stopped is None
    clock.now += 4.0
    meter.begin(1)
    assert (meter.time_left(1), meter.time_left(1, run=False)) == (4.0, 5.0)
    assert meter.out_of_time(1) is meter.stopped


async def test_an_episode_that_ended_is_forgotten():
    meter = RunMeter(Kept(), limits=Limits(episode_tokens=12))
    meter.begin(0)
    await meter.keep(call(episode=0))
    meter.end(0)
    meter.check_episode(0)
