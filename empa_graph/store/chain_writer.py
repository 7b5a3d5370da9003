"""The writing side of a store: it holds the run's lock, and extends the chain one transaction at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from sqlalchemy import Connection, Engine, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from empa_graph.errors import SuspendedError
from empa_graph.store.batch import Batch
from empa_graph.store.database import Database, reason
from empa_graph.store.entries import CallEntry, Entry
from empa_graph.store.presence import Presence
from empa_graph.store.queries import ended_of, open_of, turns_of
from empa_graph.store.rows import Tally
from empa_graph.store.tables import ANSWERS, LOG, METADATA, RUNS


class End(NamedTuple):
    """Where a chain ends: the number of its links and the hash of the last."""

    links: int
    head: bytes


def end_of(connection: Connection, run: int) -> End:
    """Return the end of the chain of ``run``."""
    query = select(LOG.c.seq, LOG.c.hash).where(LOG.c.run == run).order_by(LOG.c.seq.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return End(0, bytes(32)) if row is None else End(row.seq + 1, bytes(row.hash))


class ChainWriter:
    """Writes one run; one thread at a time."""

    def __init__(self, base: Database, connection: Connection, run: int) -> None:
        """Go on with ``run`` over a connection that is the pen's from now on."""
        self._base, self._run = base, run
        self._guard = threading.Lock()
        self._connection = connection.execution_options(writes=True)
        with connection.begin():
            self._end: End | None = end_of(connection, run)
            self._ended = set(ended_of(connection, run))
            self._tallies = {number: _tally(connection, run, number) for number in open_of(connection, run)}
        self._presence = None if base.file is None else Presence(base.file)

    def append(self, entries: Sequence[Entry]) -> None:
        """Store ``entries`` in one transaction. Raises ContentError, SuspendedError (limit ``store`` or ``lost``)."""
        with self._guard:
            with self._transaction() as connection:
                batch = self._batch(connection, entries)
                self._end = None  # until the commit is known
                for name, rows in batch.rows.items():
                    if rows:
                        connection.execute(insert(METADATA.tables[name]), rows)
            self._end = End(batch.count, batch.head)
            self._tallies.update(batch.tallies)
            self._ended |= batch.closed
            for number in batch.closed:
                self._tallies.pop(number, None)

    def seal(self) -> str:
        """Write count and head of the chain beside the run and return the head, as hex."""
        with self._guard, self._transaction() as connection:
            count, head = end_of(connection, self._run)
            values = {"sealed_count": count, "sealed_head": head.hex()}
            connection.execute(update(RUNS).where(RUNS.c.id == self._run).values(values))
            return head.hex()

    def check(self) -> None:
        """Raise SuspendedError (limit ``lost``) where what was written is gone with its file."""
        missing = None if self._presence is None else self._presence.missing()
        if missing is not None:
            begun = f" and {len(self._tallies)} unfinished" if self._tallies else ""
            raise SuspendedError(
                f"{self._base.place}: {missing.name} was removed, moved or replaced while the run was written, and "
                f"what it held is lost from here: {len(self._ended)} ended{begun} episodes",
                limit="lost",
            )

    def close(self) -> None:
        """Give the connection back; a server frees the lock when the engine closes it."""
        self._connection.close()

    def _batch(self, connection: Connection, entries: Sequence[Entry]) -> Batch:
        count, head = self._end or end_of(connection, self._run)
        keys = {entry.key for entry in entries if isinstance(entry, CallEntry) and entry.answer is not None}
        answered = select(ANSWERS.c.key).where(ANSWERS.c.run == self._run, ANSWERS.c.key.in_(keys - {None}))
        known = frozenset(connection.scalars(answered)) if keys else frozenset()
        batch = Batch(run=self._run, count=count, head=head, tallies=self._tallies, ended=self._ended, known=known)
        for entry in entries:
            batch.add(entry)
        return batch

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        try:
            with self._connection.begin():
                yield self._connection
                self.check()
        except SQLAlchemyError as error:
            self.check()
            text = f"{self._base.place}: the store failed ({reason(error, self._base)})"
            raise SuspendedError(text, limit="store") from None


def connected(engine: Engine) -> Connection:
    """Return a connection whose transactions begin as those of a writer."""
    return engine.connect().execution_options(writes=True)


def _tally(connection: Connection, run: int, number: int) -> Tally:
    tally = Tally()
    for turn in turns_of(connection, run, [number])[number]:
        tally = tally.after(turn)
    return tally
