"""The event loop in which every LangChain model of the process is asked, whichever loop waits for the answer.

Rule: providers' SDKs keep their connections, often shared between models, and cannot take them from one event loop to
another. So all of them live in one loop of its own thread until the process ends, when they are closed.
"""

from __future__ import annotations

import asyncio
import atexit
import inspect
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import suppress
from typing import Any, TypeVar

_T = TypeVar("_T")
CLOSING = 5.0
"""Seconds at most that the end of the process waits for connections to close."""


class ProviderLoop:
    """A running event loop in a thread of its own; ready once constructed."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="empa-providers", daemon=True)
        self._thread.start()
        self._asked: list[object] = []

    async def ask(self, model: object, call: Coroutine[Any, Any, _T]) -> _T:
        """Wait in the running loop for ``call``, which asks ``model`` in this one; a cancellation reaches it."""
        if not any(model is known for known in self._asked):
            self._asked.append(model)
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(call, self._loop))

    def close(self) -> None:
        """Close the connections of every model that was asked, and stop."""
        with suppress(TimeoutError):
            asyncio.run_coroutine_threadsafe(self._let_go(), self._loop).result(CLOSING)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(CLOSING)
        if not self._thread.is_alive():
            self._loop.close()

    async def _let_go(self) -> None:
        closing = (close() for model in self._asked for close in _closers(model))
        await asyncio.gather(*closing, return_exceptions=True)
        await self._loop.shutdown_asyncgens()


def _closers(model: object) -> Iterator[Callable[[], Awaitable[object]]]:
    """Yield the methods that close the clients of ``model``; the SDKs call them ``aclose`` or ``close``."""
    for part in list(vars(model).values()):
        for name in ("aclose", "close"):
            close = getattr(part, name, None)
            if inspect.iscoroutinefunction(close):
                yield close
                break


_running: list[ProviderLoop] = []
_starting = threading.Lock()


def provider_loop() -> ProviderLoop:
    """Return the one loop of this process, started on the first call and stopped at exit."""
    with _starting:
        if not _running:
            _running.append(ProviderLoop())
            atexit.register(_running[0].close)
        return _running[0]
