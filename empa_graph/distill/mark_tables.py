"""The database of marks: its tables, how it is opened, and what its rows say.

Rule: rows are added and never changed; the last one of an annotator on a variable is current, those before it are its
history. A row without a mark takes the one before it back.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock

from pydantic import AwareDatetime, Field

from empa_graph.distill.marks import Annotator, Mark, Value
from empa_graph.errors import UsageError
from empa_graph.models.record import Record

FILE = "annotations.sqlite3"
PATIENCE = 30.0
"""Seconds that one writer waits for another."""
TABLES = """
CREATE TABLE IF NOT EXISTS fixed (only_one INTEGER PRIMARY KEY CHECK (only_one = 1), space TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS marks (
  number INTEGER PRIMARY KEY AUTOINCREMENT, conversation TEXT NOT NULL, variable TEXT NOT NULL,
  annotator TEXT NOT NULL, afterwards INTEGER NOT NULL, mark TEXT
);
CREATE INDEX IF NOT EXISTS mark_of ON marks (conversation, variable, annotator, number);
CREATE TABLE IF NOT EXISTS states (
  number INTEGER PRIMARY KEY AUTOINCREMENT, conversation TEXT NOT NULL, annotator TEXT NOT NULL,
  state TEXT NOT NULL, at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS state_of ON states (conversation, annotator, number);
CREATE TABLE IF NOT EXISTS settled (
  number INTEGER PRIMARY KEY AUTOINCREMENT, conversation TEXT NOT NULL, variable TEXT NOT NULL, settled TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS settled_of ON settled (conversation, variable, number);
CREATE TABLE IF NOT EXISTS seen (
  conversation TEXT NOT NULL, annotator TEXT NOT NULL, PRIMARY KEY (conversation, annotator)
) WITHOUT ROWID;
"""


class Settled(Record):
    """A value that people agreed on after they had marked, with what stood before."""

    conversation: str
    variable: str
    value: Value
    by: Annotator
    at: AwareDatetime
    reason: str = Field(default="", max_length=600)
    before: tuple[Mark, ...] = ()
    """The marks that were current then, of people and machines."""

    @property
    def mark(self) -> Mark:
        """It as a mark of who settled it, with the words that the same value stood on before."""
        alike = (mark for mark in self.before if mark.value == self.value)
        quotes = tuple(dict.fromkeys(quote for mark in alike for quote in mark.quotes))
        return Mark(
            conversation=self.conversation,
            variable=self.variable,
            annotator=self.by,
            value=self.value,
            quotes=quotes[:8],
            reason=self.reason,
            at=self.at,
        )


class Tables:
    """The database of one folder, for any number of threads; other processes may write it at the same time."""

    def __init__(self, folder: Path) -> None:
        """Open it, made first where there is none. Raises UsageError."""
        self.folder, self._lock = folder, RLock()
        file = folder / FILE
        try:
            os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
            self._rows = _opened(file)
        except OSError as error:
            raise UsageError(f"{file}: cannot be opened ({(error.strerror or str(error)).lower()})") from None
        except sqlite3.Error as error:
            raise self._refused(error) from None

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give the connection in a transaction that sees one state of the store. Raises UsageError."""
        with self._begun("BEGIN") as rows:
            yield rows

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Give the connection in a transaction that is durable once it is left without an error. Raises UsageError."""
        with self._begun("BEGIN IMMEDIATE") as rows:
            yield rows

    def first(self, query: str, given: tuple[str, ...] = ()) -> str | None:
        """Return the first column of the first row, or None."""
        with self.reading() as rows:
            row = rows.execute(query, given).fetchone()
        return None if row is None else str(row[0])

    def column(self, query: str, given: tuple[str | None, ...] | dict[str, str | int | None]) -> list[str]:
        """Return the first column of all rows."""
        with self.reading() as rows:
            return [row[0] for row in rows.execute(query, given)]

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._rows.close()

    @contextmanager
    def _begun(self, how: str) -> Iterator[sqlite3.Connection]:
        """Give the connection in a transaction; inside one that is open it is the same."""
        with self._lock:
            if self._rows.in_transaction:
                yield self._rows
                return
            try:
                self._rows.execute(how)
                yield self._rows
                self._rows.execute("COMMIT")
            except sqlite3.Error as error:
                raise self._refused(error) from None
            finally:
                if self._rows.in_transaction:
                    self._rows.execute("ROLLBACK")

    def _refused(self, error: sqlite3.Error) -> UsageError:
        why = "another process has been writing it for too long" if "locked" in str(error) else str(error)
        return UsageError(f"{self.folder / FILE}: {why}")


def _opened(file: Path) -> sqlite3.Connection:
    rows = sqlite3.connect(file, isolation_level=None, timeout=PATIENCE, check_same_thread=False)
    try:
        _prepare(rows)
    except BaseException:
        rows.close()
        raise
    return rows


def _prepare(rows: sqlite3.Connection) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            rows.execute("PRAGMA journal_mode = WAL")
            rows.execute("PRAGMA synchronous = FULL")
            rows.executescript(TABLES)
            return
        except sqlite3.OperationalError as error:  # the switch to WAL does not wait for other openers by itself
            if "locked" not in str(error) or time.monotonic() > end:
                raise
            time.sleep(0.02)
