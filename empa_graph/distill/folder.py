"""The folder of a distillation: what is kept, what was decided of each conversation, and how far it has come.

Rule: a line counts when the database says so. A kill between the two leaves a line too many, which readers do not
reach and which the next writer cuts off.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import numpy as np
from pydantic import ValidationError

from empa_graph.distill.minhash import ALIKE, Signature, alike, bands
from empa_graph.distill.records import Cause, Conversation
from empa_graph.errors import ContentError, UsageError

CONVERSATIONS, DATABASE, ASKED = "conversations.jsonl", "intake.sqlite3", "distill.json"
_TABLES = """
CREATE TABLE IF NOT EXISTS decided (
  place INTEGER PRIMARY KEY, line INTEGER NOT NULL, cause TEXT, signature BLOB, has INTEGER
);
CREATE INDEX IF NOT EXISTS of_cause ON decided (cause, place);
CREATE TABLE IF NOT EXISTS bands (
  band INTEGER NOT NULL, place INTEGER NOT NULL, PRIMARY KEY (band, place)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS placeholders (kind TEXT PRIMARY KEY, number INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS written (
  only_one INTEGER PRIMARY KEY CHECK (only_one = 1), bytes INTEGER NOT NULL, messages INTEGER NOT NULL
);
INSERT OR IGNORE INTO written VALUES (1, 0, 0);
"""


class Decided(NamedTuple):
    """What became of one conversation of the corpus: ``kept``, or left out for its ``cause``."""

    line: int
    cause: Cause | None
    kept: Conversation | None = None
    signature: Signature | None = None
    has: int | None = None
    """How much of what the cause counts it has."""


class Example(NamedTuple):
    """A place of the corpus that was left out, and how much it has of what its cause counts."""

    line: int
    has: int | None


class Counted(NamedTuple):
    """All that was decided: counts, and of each cause the first lines."""

    kept: int
    messages: int
    causes: dict[Cause, int]
    examples: dict[Cause, tuple[Example, ...]]
    placeholders: dict[str, int]

    @property
    def read(self) -> int:
        """Conversations and faults of the corpus that were looked at."""
        return self.kept + sum(self.causes.values())


class Folder:
    """The one writer of a folder; a context that gives it free."""

    def __init__(self, path: Path, asked: dict[str, object]) -> None:
        """Begin in ``path``, or go on there. Raises UsageError where something else was asked for, or lies there."""
        self._path = path
        try:
            path.mkdir(parents=True, exist_ok=True, mode=0o700)
            _agree(path, asked)
            self._rows = sqlite3.connect(path / DATABASE, isolation_level=None, timeout=0)
            self._rows.executescript(_TABLES)
            self._rows.execute("BEGIN IMMEDIATE")
            self._lines = (path / CONVERSATIONS).open("ab", buffering=0)
            self._undo_lines()
        except OSError as error:
            raise unwritable(path, error) from None
        except sqlite3.OperationalError as error:
            why = "another process is writing it" if "locked" in str(error) else str(error)
            raise UsageError(f"{path}: {why}") from None
        except sqlite3.DatabaseError as error:
            raise UsageError(f"{path / DATABASE}: is no database of a distillation ({error})") from None

    @property
    def done(self) -> int:
        """How many conversations and faults of the corpus are decided, from its start."""
        return int(self._rows.execute("SELECT COALESCE(MAX(place) + 1, 0) FROM decided").fetchone()[0])

    def twin(self, of: Signature) -> bool:
        """Say whether a conversation that is nearly the same was kept."""
        marks = list(bands(of))
        asked = ",".join("?" * len(marks))
        near = self._rows.execute(
            f"SELECT signature FROM decided WHERE place IN (SELECT place FROM bands WHERE band IN ({asked}))", marks
        )
        return any(alike(of, np.frombuffer(row[0], dtype="<u8")) >= ALIKE for row in near)

    def add(self, one: Decided) -> None:
        """Take down what was decided of the next conversation; it counts from the next `commit` on."""
        place = self.done
        told = None if one.signature is None else one.signature.astype("<u8").tobytes()
        self._rows.execute("INSERT INTO decided VALUES (?, ?, ?, ?, ?)", (place, one.line, one.cause, told, one.has))
        if one.signature is not None:
            self._rows.executemany(
                "INSERT OR IGNORE INTO bands VALUES (?, ?)", [(b, place) for b in bands(one.signature)]
            )
        if one.kept is not None:
            self._write(one.kept)

    def _write(self, kept: Conversation) -> None:
        line = memoryview(kept.model_dump_json().encode() + b"\n")
        self._rows.execute(
            "UPDATE written SET bytes = bytes + ?, messages = messages + ?", (len(line), len(kept.turns))
        )
        add = (
            "INSERT INTO placeholders VALUES (?, ?) ON CONFLICT (kind) DO UPDATE SET number = number + excluded.number"
        )
        self._rows.executemany(add, kept.placeholders.items())
        while line:
            line = line[self._lines.write(line) :]

    def commit(self) -> None:
        """Make all that was added last, on disk."""
        os.fsync(self._lines.fileno())
        self._rows.execute("COMMIT")
        self._rows.execute("BEGIN IMMEDIATE")

    def undo(self) -> None:
        """Forget what was added since the last `commit`."""
        if self._rows.in_transaction:
            self._rows.execute("ROLLBACK")
        self._rows.execute("BEGIN IMMEDIATE")
        self._undo_lines()

    def _undo_lines(self) -> None:
        size = int(self._rows.execute("SELECT bytes FROM written").fetchone()[0])
        there = (self._path / CONVERSATIONS).stat().st_size
        if there < size:
            raise UsageError(f"{self._path / CONVERSATIONS}: was cut or replaced; choose another --out")
        self._lines.truncate(size)

    def counted(self, *, examples: int) -> Counted:
        """Return all that was decided so far, with so many ``examples`` of each cause."""
        kept = int(self._rows.execute("SELECT COUNT(*) FROM decided WHERE cause IS NULL").fetchone()[0])
        query = (
            "SELECT cause, COUNT(*) FROM decided WHERE cause IS NOT NULL GROUP BY cause ORDER BY COUNT(*) DESC, cause"
        )
        causes: dict[Cause, int] = dict(self._rows.execute(query).fetchall())
        first = "SELECT line, has FROM decided WHERE cause = ? ORDER BY place LIMIT ?"
        shown = {
            cause: tuple(Example(*row) for row in self._rows.execute(first, (cause, examples))) for cause in causes
        }
        placeholders = dict(
            self._rows.execute("SELECT kind, number FROM placeholders ORDER BY number DESC, kind").fetchall()
        )
        messages = int(self._rows.execute("SELECT messages FROM written").fetchone()[0])
        return Counted(kept, messages, causes, shown, placeholders)

    def close(self) -> None:
        """Give the folder free; what was not committed is forgotten."""
        if self._rows.in_transaction:
            self._rows.execute("ROLLBACK")
        self._undo_lines()
        self._lines.close()
        self._rows.close()


def unwritable(path: Path, error: OSError | sqlite3.Error) -> UsageError:
    """Return what says why a folder cannot be written."""
    why = getattr(error, "strerror", None) or str(error)
    return UsageError(f"{path}: cannot be written ({why.lower()})")


def _agree(path: Path, asked: dict[str, object]) -> None:
    """Hold ``asked`` to what the folder was begun with, or note it there. Raises UsageError."""
    file = path / ASKED
    if not file.exists():
        part = file.with_suffix(".part")
        if any(found != part for found in path.iterdir()):
            raise UsageError(f"{path}: holds something else; choose another --out")
        part.write_text(json.dumps(asked, indent=1) + "\n", encoding="utf-8")
        part.replace(file)
        return
    try:
        known = json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        known = None
    if not isinstance(known, dict):
        raise UsageError(f"{file}: is no description of a distillation")
    other = [name for name in asked if known.get(name) != asked[name]]
    if other:
        raise UsageError(f"{path}: was begun with another {', '.join(other)}; choose another --out")


def conversations(path: Path) -> Iterator[Conversation]:
    """Yield the conversations that a folder keeps, for the stages to come. Raises ContentError."""
    file, number = path / CONVERSATIONS, 0
    try:
        with closing(sqlite3.connect(f"{(path / DATABASE).absolute().as_uri()}?mode=ro", uri=True)) as rows:
            left = int(rows.execute("SELECT bytes FROM written").fetchone()[0])
        with file.open("rb") as lines:
            for line in lines:
                left -= len(line)
                if left < 0:
                    return
                number += 1
                yield Conversation.model_validate_json(line)
    except (OSError, sqlite3.Error) as error:
        raise ContentError(f"{path}: holds no intake that can be read ({error})") from None
    except ValidationError:
        raise ContentError(f"{file}:{number}: is no conversation of an intake") from None
