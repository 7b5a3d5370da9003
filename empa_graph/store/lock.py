"""One writer per run: a lock that dies with the process that holds it."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from sqlalchemy import Connection, func, select

from empa_graph.errors import UsageError


class FileLock:
    """An exclusive lock on ``FILE.lock`` beside a SQLite file; the system frees it when the process ends."""

    def __init__(self, file: Path) -> None:
        """Take the lock. Raises UsageError when another writer holds it, or where no lock can be made."""
        import fcntl

        beside = file.with_name(f"{file.name}.lock")
        try:
            self._descriptor = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise UsageError(f"{beside}: cannot make the lock ({(error.strerror or 'error').lower()})") from None
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._descriptor)
            raise UsageError(f"{file}: another process is writing this run; wait for it or stop it") from None

    def free(self) -> None:
        """Let the next writer in."""
        os.close(self._descriptor)


def take_server_lock(connection: Connection, *, run: str, place: str) -> None:
    """Take the PostgreSQL lock of ``run``; it lives as long as this connection. Raises UsageError when it is taken."""
    key = int.from_bytes(hashlib.sha256(run.encode()).digest()[:8], signed=True)
    taken = connection.scalar(select(func.pg_try_advisory_lock(key)))
    connection.commit()
    if not taken:
        raise UsageError(f"{place}: another process is writing run '{run}'; wait for it or stop it")
