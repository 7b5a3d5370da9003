"""Ids that were met, on disk: a million of them take no memory."""

from __future__ import annotations

import sqlite3


class Seen:
    """Remembers what stands under an id; each is told exactly, however many there are."""

    def __init__(self) -> None:
        # Without a name the database is a file of its own that is gone when it is closed.
        self._rows = sqlite3.connect("", check_same_thread=False, isolation_level=None)
        self._rows.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-8000;"
            "CREATE TABLE seen (id BLOB PRIMARY KEY, what) WITHOUT ROWID; BEGIN"
        )

    def earlier(self, id: str, what: int | str) -> int | str | None:  # noqa: A002
        """Return what was told of ``id`` first; None where it is new, and then ``what`` is kept."""
        key = id.encode("utf-8", "surrogatepass")
        if self._rows.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (key, what)).rowcount:
            return None
        return self.told(id)

    def told(self, id: str) -> int | str | None:  # noqa: A002
        """Return what was told of ``id``; None where it was never met."""
        key = id.encode("utf-8", "surrogatepass")
        row: tuple[int | str] | None = self._rows.execute("SELECT what FROM seen WHERE id = ?", (key,)).fetchone()
        return None if row is None else row[0]

    def close(self) -> None:
        """Give the disk back."""
        self._rows.close()
