"""Group commit: many coroutines add, one thread writes, and each waits until its own entries are durable."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from empa_graph.errors import ContentError, SuspendedError
from empa_graph.store.entries import Entry
from empa_graph.store.ledger import Store


class _Waiting(NamedTuple):
    entries: tuple[Entry, ...]
    done: asyncio.Future[None]


class AsyncWriter:
    """Adds to a store from one event loop. What arrives while a commit runs goes into the next one together."""

    def __init__(self, store: Store, *, room: int = 4_096) -> None:
        """Write to ``store``, which stays the caller's to close; at most ``room`` adders wait at a time."""
        self._store = store
        self._room = asyncio.Semaphore(room)
        self._waiting: list[_Waiting] = []
        self._commits: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._closed = False

    async def add(self, entries: Sequence[Entry]) -> None:
        """Return when ``entries`` are durable; an adder that is cancelled meanwhile is written all the same.

        Raises what `Store.append` raises; SuspendedError (limit ``store``) after `aclose`.
        """
        async with self._room:
            if self._closed:
                raise SuspendedError("the store is closed", limit="store")
            waiting = _Waiting(tuple(entries), asyncio.get_running_loop().create_future())
            self._waiting.append(waiting)
            if self._commits is None:
                self._commits = asyncio.create_task(self._commit())
            await waiting.done

    async def aclose(self) -> None:
        """Write what waits, and take no more."""
        self._closed = True
        if self._commits is not None:
            await asyncio.shield(self._commits)
        self._thread.shutdown()

    async def _commit(self) -> None:
        """Write until nothing waits; every adder hears how its entries fared."""
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                results = await loop.run_in_executor(self._thread, _written, self._store, batch)
                for waiting, error in zip(batch, results, strict=True):
                    _settle(waiting.done, error)
        finally:
            self._commits = None


def _written(store: Store, batch: Sequence[_Waiting]) -> list[Exception | None]:
    """Write a batch in one transaction; where an entry does not fit, each adder's apart, so that only it fails."""
    error = _append(store, [entry for waiting in batch for entry in waiting.entries])
    if len(batch) == 1 or not isinstance(error, ContentError):
        return [error] * len(batch)
    return [_append(store, waiting.entries) for waiting in batch]


def _append(store: Store, entries: Sequence[Entry]) -> Exception | None:
    try:
        store.append(entries)
    except Exception as error:  # noqa: BLE001 - raised again by the adder it belongs to
        return error
    return None


def _settle(done: asyncio.Future[None], error: Exception | None) -> None:
    if done.done():  # its adder was cancelled
        return
    if error is None:
        done.set_result(None)
    else:
        done.set_exception(error)
