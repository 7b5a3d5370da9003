"""Environments of their own for tests of foreign programs; what cannot be had skips the test with the reason."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

WAIT = 600.0
"""Seconds that a download, or a program in such an environment, may take."""


def pip(wanted: str, *words: object, python: str | Path = sys.executable) -> None:
    """Run pip for what the test calls ``wanted``, and skip the test with pip's last words where it fails."""
    command = [str(python), "-m", "pip", "--disable-pip-version-check", "--quiet", *map(str, words)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=WAIT, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip(f"{wanted} did not come within {WAIT:.0f} s")
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or ["no word"]
        pytest.skip(f"{wanted} cannot be had: {said[-1]}")


def made(folder: Path, python: str | Path = sys.executable) -> Path:
    """Return the Python of a new environment in ``folder``."""
    subprocess.run([python, "-m", "venv", folder], check=True, capture_output=True)
    return folder / "bin" / "python"


def ran(python: Path, *words: object) -> subprocess.CompletedProcess[str]:
    """Run that Python with ``words``."""
    return subprocess.run([python, *map(str, words)], capture_output=True, text=True, timeout=WAIT, check=False)
