"""Async nodes that a synchronous ``invoke`` can run too."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import threading
from collections.abc import Awaitable, Callable
from typing import Any

from langgraph.utils.runnable import RunnableCallable  # type: ignore[attr-defined]  # it exports what it imports


def either(node: Callable[..., Awaitable[Any]]) -> RunnableCallable:
    """Return ``node``, an async function, as a node for ``ainvoke`` and ``invoke`` alike."""

    @functools.wraps(node)
    def waited(*args: Any, **named: Any) -> Any:
        return finished(node(*args, **named))

    return RunnableCallable(waited, node, trace=False)


def finished(work: Any) -> Any:
    """Return what ``work`` gives, in a loop of its own: the caller's may be running, as in a notebook."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    found: list[Any] = []
    context = contextvars.copy_context()

    def play() -> None:
        try:
            found.extend((context.run(asyncio.run, work), None))
        except BaseException as error:  # noqa: BLE001  # raised again by the thread that waits
            found.extend((None, error))

    thread = threading.Thread(target=play, daemon=True)
    thread.start()
    thread.join()
    if found[1] is not None:
        raise found[1]
    return found[0]
