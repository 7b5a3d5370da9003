"""A PostgreSQL of its own for the tests: Debian's binaries, a temporary folder, loopback, a free port."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

MISSING = "PostgreSQL is not installed here (Debian: apt-get install postgresql); .ci/run installs it"


def binaries() -> Path | None:
    """Return the folder of initdb and postgres, the newest of Debian's."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    known = [path for path in found if (path / "initdb").exists() and (path / "postgres").exists()]
    on_path = shutil.which("initdb")
    return known[-1] if known else Path(on_path).parent if on_path else None


def as_owner() -> list[str]:
    """PostgreSQL does not run as root: its own account does."""
    return ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextmanager
def server() -> Iterator[str]:
    """Start a server and give the URL of its first database; it is stopped by its own pid."""
    folder = binaries()
    if folder is None or (as_owner() and shutil.which("runuser") is None):
        pytest.skip(MISSING)
    with tempfile.TemporaryDirectory(prefix="empa-pg-") as place:
        if as_owner():
            shutil.chown(place, "postgres")
        data, port = f"{place}/data", free_port()
        init = [*as_owner(), f"{folder}/initdb", "-D", data, "-A", "trust", "-U", "tester", "-E", "UTF8", "--no-sync"]
        subprocess.run([*init, "--no-locale"], check=True, capture_output=True, cwd=place)
        start = [*as_owner(), f"{folder}/pg_ctl", "-D", data, "-w", "-t", "30", "-l", f"{place}/log", "-o"]
        options = f"-F -p {port} -k {place} -c listen_addresses=127.0.0.1 -c max_connections=200"
        options += " -c synchronous_commit=off -c full_page_writes=off -c shared_buffers=32MB"
        subprocess.run([*start, options, "start"], check=True, capture_output=True, cwd=place)
        try:
            yield f"postgresql+psycopg://tester@127.0.0.1:{port}/postgres"
        finally:
            stop = [*as_owner(), f"{folder}/pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"]
            subprocess.run(stop, check=False, capture_output=True, cwd=place)
