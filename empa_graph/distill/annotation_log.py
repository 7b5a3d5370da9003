"""What was annotated of a distill folder by whom, kept as it comes, so that nothing is asked or worked out twice.

Rule: an outcome is kept before its marks are; marks of a kill between the two are added by the next call.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from pydantic import ValidationError

from empa_graph.distill.mark_store import MarkStore
from empa_graph.distill.model_marks import Marked
from empa_graph.errors import ContentError, UsageError

FILE = "annotated.sqlite3"
_TABLE = """
CREATE TABLE IF NOT EXISTS outcomes (
  asked TEXT NOT NULL, conversation TEXT NOT NULL, added INTEGER NOT NULL DEFAULT 0, outcome TEXT NOT NULL,
  PRIMARY KEY (asked, conversation)
);
"""


class AnnotationLog(AbstractContextManager["AnnotationLog"]):
    """The outcomes of one annotation, told by ``asked``, a hash of all that decides over it; a context."""

    def __init__(self, folder: Path, asked: str) -> None:
        """Open it. Raises UsageError where the folder cannot be written."""
        self._file, self._asked = folder / FILE, asked
        try:
            os.close(os.open(self._file, os.O_CREAT | os.O_RDWR, 0o600))
            self._rows = sqlite3.connect(self._file, timeout=30.0)
            self._rows.execute(_TABLE)
        except (OSError, sqlite3.Error) as error:
            raise self._refused(error) from None

    def keep(self, outcomes: Iterable[Marked], store: MarkStore) -> None:
        """Keep outcomes and add their marks to ``store``; durable on return. Raises UsageError."""
        found = list(outcomes)
        rows = [(self._asked, one.conversation, one.model_dump_json()) for one in found]
        try:
            with self._rows:
                self._rows.executemany(
                    "INSERT OR REPLACE INTO outcomes (asked, conversation, outcome) VALUES (?, ?, ?)", rows
                )
            store.add(mark for one in found for mark in one.marks)
            with self._rows:
                self._rows.executemany(
                    "UPDATE outcomes SET added = 1 WHERE asked = ? AND conversation = ?",
                    [(self._asked, one.conversation) for one in found],
                )
        except sqlite3.Error as error:
            raise self._refused(error) from None

    def mend(self, store: MarkStore) -> None:
        """Add the marks of outcomes that a kill left without them."""
        if left := [*self._read("SELECT outcome FROM outcomes WHERE asked = ? AND added = 0")]:
            self.keep(left, store)

    def done(self) -> set[str]:
        """Return the conversations that have an outcome."""
        rows = self._rows.execute("SELECT conversation FROM outcomes WHERE asked = ?", (self._asked,))
        return {str(row[0]) for row in rows}

    def outcomes(self) -> Iterator[Marked]:
        """Yield every outcome. Raises ContentError for one that cannot be read."""
        return self._read("SELECT outcome FROM outcomes WHERE asked = ? ORDER BY rowid")

    def _read(self, query: str) -> Iterator[Marked]:
        for (text,) in self._rows.execute(query, (self._asked,)):
            try:
                yield Marked.model_validate_json(text)
            except ValidationError:
                raise ContentError(f"{self._file}: table outcomes: holds what is no outcome of an annotation") from None

    def _refused(self, error: OSError | sqlite3.Error) -> UsageError:
        why = getattr(error, "strerror", None) or str(error)
        return UsageError(f"{self._file}: cannot be written ({why.lower()})")

    def close(self) -> None:
        """Close the database."""
        self._rows.close()

    def __exit__(self, *_: object) -> None:
        self.close()
