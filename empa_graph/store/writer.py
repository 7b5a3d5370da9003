"""The writing side of a store: one transaction at a time extends the chain, and many coroutines share it."""

from __future__ import annotations

import asyncio
import threading
from collections import ChainMap, defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from empa_graph.errors import ContentError, SuspendedError
from empa_graph.store.chain import End, digest, end_of, link
from empa_graph.store.database import Database, reason
from empa_graph.store.lock import FileLock, take_server_lock
from empa_graph.store.queries import tallies_of
from empa_graph.store.records import Entry, Row, Tally, row_of
from empa_graph.store.tables import METADATA, RUNS

Append = Callable[[Sequence[Entry]], None]


class Writer:
    """Writes one run, over a connection of its own; one thread at a time."""

    def __init__(self, base: Database, run: int, *, name: str, lock: FileLock | None) -> None:
        """Go on with ``run``, under the ``lock`` of its file; that of a server is taken here. Raises UsageError."""
        self._base, self._run, self._lock = base, run, lock
        self._guard = threading.Lock()
        self._connection = connection = base.engine.connect().execution_options(writes=True)
        try:
            if lock is None:
                take_server_lock(connection, run=name, location=base.location)
            with connection.begin():
                self._end: End | None = end_of(connection, run)
                self._tallies: dict[int, Tally | None] = tallies_of(connection, run)
            if lock is not None:
                lock.watch()
        except BaseException:
            connection.close()
            raise

    def append(self, entries: Sequence[Entry]) -> None:
        """Store ``entries`` in one transaction. Raises ContentError, SuspendedError (limit ``store`` or ``lost``)."""
        with self._guard:
            tallies = ChainMap[int, Tally | None]({}, self._tallies)
            found = [row_of(entry, tallies) for entry in entries]
            with self._transaction() as connection:
                links, head = self._end or end_of(connection, self._run)
                self._end = None  # until the commit is known
                rows: dict[str, list[Row]] = defaultdict(list)
                for table, row in found:
                    head = link(head, links, digest(table, row))
                    rows[table].append({**row, "run": self._run, "seq": links, "hash": head})
                    links += 1
                for table, made in rows.items():
                    connection.execute(insert(METADATA.tables[table]), made)
            self._end = End(links, head)
            self._tallies.update(tallies.maps[0])

    def seal(self) -> str:
        """Write count and head of the chain beside the run, if they are not there yet, and return the head, as hex."""
        with self._guard, self._transaction() as connection:
            links, head = end_of(connection, self._run)
            values = {"sealed_count": links, "sealed_head": head.hex()}
            sealed = select(RUNS.c.sealed_count, RUNS.c.sealed_head).where(RUNS.c.id == self._run)
            if tuple(connection.execute(sealed).one()) != tuple(values.values()):
                connection.execute(update(RUNS).where(RUNS.c.id == self._run).values(values))
            return head.hex()

    def check(self) -> None:
        """Raise SuspendedError (limit ``lost``) where what was written is gone with its file."""
        missing = None if self._lock is None else self._lock.missing()
        if missing is not None:
            ended = sum(tally is None for tally in self._tallies.values())
            begun = f" and {len(self._tallies) - ended} unfinished" if len(self._tallies) > ended else ""
            raise SuspendedError(
                f"{self._base.location}: {missing} was removed, moved or replaced while the run was written, and "
                f"what it held is lost from here: {ended} ended{begun} episodes",
                limit="lost",
            )

    def close(self) -> None:
        """Give the connection back; a server frees the lock when the engine closes it."""
        self._connection.close()

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        try:
            with self._connection.begin():
                yield self._connection
                self.check()
        except SQLAlchemyError as error:
            self.check()
            text = f"{self._base.location}: the store failed ({reason(error, self._base)})"
            raise SuspendedError(text, limit="store") from None


class AsyncWriter:
    """Adds to a store from one event loop. What arrives while a commit runs goes into the next one together."""

    def __init__(self, append: Append) -> None:
        """Write with ``append``, that of a store; the store stays the caller's to close."""
        self._append = append
        self._waiting: list[tuple[Entry, asyncio.Future[None]]] = []
        self._commits: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._closed = False

    async def add(self, entry: Entry) -> None:
        """Return when ``entry`` is durable; that of an adder that is cancelled meanwhile is written all the same.

        Raises what `Store.append` raises; SuspendedError (limit ``store``) after `aclose`.
        """
        if self._closed:
            raise SuspendedError("the store is closed", limit="store")
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((entry, done))
        if self._commits is None:
            self._commits = asyncio.create_task(self._commit())
        await done

    async def aclose(self) -> None:
        """Write what waits, and take no more."""
        self._closed = True
        if self._commits is not None:
            await asyncio.shield(self._commits)
        self._thread.shutdown()

    async def _commit(self) -> None:
        """Write until nothing waits; every adder hears how its entry fared."""
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                entries = [entry for entry, _ in batch]
                errors = await loop.run_in_executor(self._thread, _errors, self._append, entries)
                for (_, done), error in zip(batch, errors, strict=True):
                    if done.done():  # its adder was cancelled
                        continue
                    if error is None:
                        done.set_result(None)
                    else:
                        done.set_exception(error)
        finally:
            self._commits = None


def _errors(append: Append, entries: Sequence[Entry]) -> list[Exception | None]:
    """Write entries in one transaction; where one does not fit, each in its own. Returns what each has met."""
    try:
        append(entries)
    except Exception as error:  # noqa: BLE001 - raised again by the adder it belongs to
        if isinstance(error, ContentError) and len(entries) > 1:
            return [found for entry in entries for found in _errors(append, [entry])]
        return [error] * len(entries)
    return [None] * len(entries)
