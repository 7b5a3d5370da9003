"""Sync code of users beside the event loop: a call that blocks holds up neither the loop nor the process's end."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any, ParamSpec, TypeVar

_Value = TypeVar("_Value")
_Words = ParamSpec("_Words")


class DaemonThreads(ThreadPoolExecutor):
    """Gives each call a daemon thread; nobody waits for one that is left behind, an event loop as little as Python.

    What no future of a loop can carry (StopIteration), and what would end the loop (SystemExit) or pass for the user's
    Ctrl-C, which no thread but the main one is told of (KeyboardInterrupt), comes out as a RuntimeError that names it.
    """

    def submit(self, fn: Callable[_Words, _Value], /, *args: _Words.args, **kwargs: _Words.kwargs) -> Future[_Value]:
        """Call ``fn`` in a thread of its own."""
        future: Future[_Value] = Future()
        threading.Thread(target=_settle, args=(future, partial(fn, *args, **kwargs)), daemon=True).start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the threads to themselves."""


def _settle(future: Future[Any], call: Callable[[], Any]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        value = call()
    except (StopIteration, SystemExit, KeyboardInterrupt, GeneratorExit) as error:
        wrapped = RuntimeError(f"it raised {type(error).__name__}: {error}".removesuffix(": "))
        wrapped.__cause__ = error
        future.set_exception(wrapped)
    except BaseException as error:  # noqa: BLE001 - raised again by the task that waits for it
        future.set_exception(error)
    else:
        future.set_result(value)


_THREADS = DaemonThreads()


async def beside(call: Callable[[], _Value]) -> _Value:
    """Return what ``call`` returns in a daemon thread, in this task's context; cancelled, it is not waited for."""
    context = contextvars.copy_context()
    return await asyncio.get_running_loop().run_in_executor(_THREADS, partial(context.run, call))
