"""Processes of a run on Ray, found below the one that was started, and ended by their ids."""

from __future__ import annotations

import importlib.util
import os
import signal
import time
from pathlib import Path

import pytest

WITHOUT_RAY = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason="Ray is not installed here: pip install 'empa-graph[ray]'"
)
PATIENCE = 60.0
"""Seconds that a process may take to end or to begin."""


def below(pid: int) -> dict[int, str]:
    """Return the names of the processes below ``pid``, by their ids."""
    parents, names = dict[int, int](), dict[int, str]()
    for place in Path("/proc").glob("[0-9]*"):
        try:
            fields = (place / "stat").read_text().rpartition(")")[2].split()
            name = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        except OSError:
            continue
        if fields[0] != "Z":
            parents[int(place.name)], names[int(place.name)] = int(fields[1]), name
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return {child: names[child] for child in found - {pid} if child in names}


def workers(pid: int) -> list[int]:
    """Return the ids of the workers below the driver ``pid``."""
    return sorted(child for child, name in below(pid).items() if name.startswith("ray::Worker"))


def kill(pid: int) -> None:
    """Kill one process."""
    os.kill(pid, signal.SIGKILL)


def until_gone(pids: set[int]) -> float:
    """Wait until none of ``pids`` is there, and return the seconds that took."""
    began = time.monotonic()
    while any(map(_runs, pids)):
        assert time.monotonic() - began < PATIENCE, "processes are left"
        time.sleep(0.05)
    return time.monotonic() - began


def _runs(pid: int) -> bool:
    """Say whether ``pid`` is there and has not ended: who should note its end may be slow to."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
