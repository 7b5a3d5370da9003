"""One writer per run: a lock that dies with the process that holds it."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from sqlalchemy import Connection, func, select, text

from empa_graph.errors import UsageError


class FileLock:
    """An exclusive lock on ``FILE.lock`` beside a SQLite file; the system frees it when the process ends.

    It tells whether the file still lies where it was: SQLite writes on into files that were removed.
    """

    def __init__(self, file: Path) -> None:
        """Take the lock. Raises UsageError when another writer holds it, or where no lock can be made."""
        import fcntl

        beside = _beside(file)
        try:
            self._descriptor = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise UsageError(f"{beside}: cannot make the lock ({(error.strerror or 'error').lower()})") from None
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._descriptor)
            raise UsageError(f"{file}: another process is writing this run; wait for it or stop it") from None
        # Absolute: an agent may change the working folder.
        self._written = (file.absolute(), Path(f"{file.absolute()}-wal"))
        self._known: tuple[tuple[int, int] | None, ...] = ()

    def watch(self) -> None:
        """Remember the file and its write-ahead log as they are now, opened for writing."""
        self._known = tuple(map(_identity, self._written))

    def missing(self) -> str | None:
        """Return the name of the first of the two that is no longer what it was: removed, moved or replaced."""
        watched = zip(self._written, self._known, strict=False)
        return next((path.name for path, known in watched if _identity(path) != known), None)

    def free(self) -> None:
        """Let the next writer in."""
        os.close(self._descriptor)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def file_is_locked(file: Path, *, table: Path = Path("/proc/locks")) -> bool | None:
    """Say whether a process writes ``file``; None where the system does not tell.

    Nothing is locked to find out: that could meet a writer who tries for the lock just then.
    """
    try:
        lines = table.read_text(encoding="ascii").splitlines()
        inode = str(_beside(file).stat().st_ino)
    except FileNotFoundError:
        return False if table.exists() else None
    except (OSError, UnicodeDecodeError):
        return None
    # "1: FLOCK  ADVISORY  WRITE 4711 08:02:131173 0 EOF"; the device is not compared: some file systems have two.
    words = (line.split() for line in lines)
    return any(len(held) > 5 and held[1] == "FLOCK" and held[5].rpartition(":")[2] == inode for held in words)


def take_server_lock(connection: Connection, *, run: str, location: str) -> None:
    """Take the PostgreSQL lock of ``run``; it lives as long as this connection. Raises UsageError when it is taken."""
    taken = connection.scalar(select(func.pg_try_advisory_lock(_server_key(run))))
    connection.commit()
    if not taken:
        raise UsageError(f"{location}: another process is writing run '{run}'; wait for it or stop it")


def server_lock_is_taken(connection: Connection, *, run: str) -> bool:
    """Say whether a process writes ``run`` on this server."""
    half = _server_key(run).to_bytes(8, signed=True)
    high, low = (int.from_bytes(part) for part in (half[:4], half[4:]))
    held = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND classid = :high AND objid = :low"
    here = f"{held} AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    return connection.execute(text(here), {"high": high, "low": low}).first() is not None


def _beside(file: Path) -> Path:
    return file.with_name(f"{file.name}.lock")


def _server_key(run: str) -> int:
    return int.from_bytes(hashlib.sha256(run.encode()).digest()[:8], signed=True)
