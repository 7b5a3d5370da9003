from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable

import pytest

from empa_graph.roles.empathic.threads import DaemonThreads, beside
from tests.agents import closes, ends_by_key, exhausted, exits

LOCATION = contextvars.ContextVar("place", default="nowhere")


async def test_a_call_runs_in_a_daemon_thread_and_in_the_context_of_its_task():
    LOCATION.set("here")
    found = await beside(lambda: (LOCATION.get(), threading.current_thread()))
    assert found[0] == "here"
    assert found[1].daemon and found[1] is not threading.current_thread()


async def test_more_calls_than_a_pool_has_threads_run_at_once():
    together = threading.Barrier(40, timeout=30)
    assert sorted(await asyncio.gather(*(beside(together.wait) for _ in range(40)))) == list(range(40))


async def test_what_is_raised_comes_out():
    with pytest.raises(ZeroDivisionError):
        await beside(lambda: 1 / 0)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (exhausted, "it raised StopIteration"),
        (exits, "it raised SystemExit: 0"),
        (ends_by_key, "it raised KeyboardInterrupt"),
        (closes, "it raised GeneratorExit"),
    ],
)
async def test_what_would_hang_or_end_the_loop_comes_out_as_an_error_that_names_it(
    call: Callable[[list[dict[str, str]]], str], said: str
):
    with pytest.raises(RuntimeError, match=f"^{said}$"):
        await beside(lambda: call([]))


async def test_a_cancelled_call_is_left_behind():
    begun, end = threading.Event(), threading.Event()
    task = asyncio.create_task(beside(lambda: (begun.set(), end.wait(30))))
    await beside(begun.wait)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    end.set()


def test_a_loop_ends_while_a_thread_of_its_executor_still_waits():
    end = threading.Event()

    async def leaving() -> None:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(DaemonThreads())
        loop.run_in_executor(None, end.wait, 60)

    asyncio.run(leaving())
    assert not end.is_set()
    end.set()
