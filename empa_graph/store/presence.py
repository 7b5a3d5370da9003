"""Whether a SQLite store still lies where it was opened: SQLite writes on into files that were removed."""

from __future__ import annotations

from pathlib import Path


class Presence:
    """The database file and its write-ahead log, as they were when a writer opened them."""

    def __init__(self, file: Path) -> None:
        # Absolute: an agent may change the working folder.
        self._files = {path: _identity(path) for path in (file.absolute(), Path(f"{file.absolute()}-wal"))}

    def missing(self) -> Path | None:
        """Return the first of the files that is no longer what it was: removed, moved or replaced."""
        return next((path for path, known in self._files.items() if _identity(path) != known), None)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
