from __future__ import annotations

import asyncio

import pytest

from empa_graph.errors import ProviderError, TransientError, UsageError
from empa_graph.llm import AdaptiveLimiter, Limiters


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


def limiter(most: int, *, start: int | None = None, time: Time | None = None) -> AdaptiveLimiter:
    time = time or Time()
    return AdaptiveLimiter(most, start=start, clock=time, sleep=time.sleep)


def busy(retry_after: float = 0.0) -> TransientError:
    return TransientError("too many", kind="rate_limited", retry_after=retry_after)


async def answered(limiter: AdaptiveLimiter, times: int = 1) -> None:
    for _ in range(times):
        async with limiter.slot():
            pass


async def refused(limiter: AdaptiveLimiter, error: Exception | None = None) -> None:
    with pytest.raises(type(error or busy())):
        async with limiter.slot():
            raise error or busy()


async def turns(count: int = 20) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_no_more_than_the_limit_are_let_through_at_once():
    gate, inside, most = limiter(3), 0, 0

    async def one() -> None:
        nonlocal inside, most
        async with gate.slot():
            inside += 1
            most = max(most, inside)
            await turns(3)
            inside -= 1

    await asyncio.gather(*(one() for _ in range(20)))
    assert (most, gate.load().answered, gate.load().active, gate.load().waiting) == (3, 20, 0, 0)


async def test_a_refusal_halves_the_limit_down_to_one():
    gate = limiter(10)
    found = []
    for _ in range(5):
        await refused(gate)
        found.append(gate.limit)
    assert found == [5, 2, 1, 1, 1]


async def test_a_burst_of_refusals_halves_once():
    gate = limiter(8)
    together = asyncio.Barrier(8)

    async def one() -> None:
        async with gate.slot():
            await together.wait()
            raise busy()

    done = await asyncio.gather(*(one() for _ in range(8)), return_exceptions=True)
    assert all(isinstance(error, TransientError) for error in done)
    assert (gate.limit, gate.load().limited) == (4, 8)


async def test_the_limit_grows_by_one_after_as_many_answers_as_it_is():
    gate = limiter(4, start=2)
    found = []
    for _ in range(6):
        await answered(gate)
        found.append(gate.limit)
    assert found == [2, 3, 3, 3, 4, 4]
    await answered(gate, 20)
    assert gate.limit == 4


async def test_new_requests_wait_for_retry_after_and_no_longer_than_two_minutes():
    time = Time()
    gate = limiter(4, time=time)
    await refused(gate, busy(7.0))
    assert gate.load().paused == 7.0
    await answered(gate)
    assert sum(time.slept) == gate.load().waited == 7.0
    await refused(gate, busy(9_999.0))
    assert gate.load().paused == 120.0


async def test_requests_that_are_held_back_find_out_that_they_are_not_to_be_sent_any_more():
    time = Time()
    gate, begun = limiter(4, time=time), time.now

    def allow() -> None:
        if time.now - begun >= 2.0:
            raise UsageError("stopped")

    async def one() -> None:
        async with gate.slot(allow=allow):
            pytest.fail("it was sent")

    await refused(gate, busy(100.0))
    outcomes = await asyncio.gather(one(), one(), one(), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [UsageError] * 3
    assert (sum(time.slept), gate.load().waiting, gate.load().active) == (2.0, 0, 0)


async def test_an_overloaded_server_that_says_when_to_come_back_counts_as_a_refusal():
    gate = limiter(4)
    await refused(gate, TransientError("overloaded", kind="server_error", retry_after=1.0))
    assert gate.limit == 2


@pytest.mark.parametrize(
    "error", [TransientError("reset", kind="dropped"), ProviderError("bad", kind="bad_request"), KeyError("ours")]
)
async def test_other_failures_leave_the_limit_alone(error: Exception):
    gate = limiter(4)
    await refused(gate, error)
    assert (gate.limit, gate.load().paused, gate.load().active) == (4, 0.0, 0)


async def test_requests_start_in_the_order_they_came():
    gate, order = limiter(1), []

    async def one(number: int) -> None:
        async with gate.slot():
            order.append(number)
            await turns(2)

    await asyncio.gather(*(one(number) for number in range(12)))
    assert order == list(range(12))


async def test_requests_that_are_cancelled_take_no_place_with_them():
    gate, hold = limiter(1), asyncio.Event()

    async def one() -> None:
        async with gate.slot():
            await hold.wait()

    tasks = [asyncio.create_task(one()) for _ in range(6)]
    await turns()
    for task in (tasks[0], tasks[1], tasks[3]):
        task.cancel()
    await turns()
    assert (gate.load().active, gate.load().waiting) == (1, 2)
    hold.set()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert (gate.load().answered, gate.load().active, gate.load().waiting) == (3, 0, 0)


async def test_one_that_gives_up_during_a_pause_lets_the_next_go_on():
    gate = AdaptiveLimiter(2, clock=lambda: 0.0, sleep=lambda _: asyncio.Event().wait())
    await refused(gate, busy(5.0))
    first = asyncio.create_task(answered(gate))
    second = asyncio.create_task(answered(gate))
    await turns()
    first.cancel()
    await turns()
    assert first.cancelled() and not second.done() and gate.load().waiting == 1
    second.cancel()


def test_one_endpoint_has_one_limiter():
    known = Limiters(6, start=2)
    assert known.of("a") is known.of("a") is not known.of("b")
    assert [known.of(name).limit for name in "ab"] == [2, 2]


def test_less_than_one_at_once_is_refused():
    with pytest.raises(UsageError, match="allowed is 1 or more"):
        AdaptiveLimiter(0)
