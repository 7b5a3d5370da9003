"""The viewer and a run as processes of their own, stopped by their own ids."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.command import COMMAND, environment

SLOW_AGENT = """
import time

def patient(messages):
    time.sleep(0.4)
    return "That sounds heavy. What weighs on you most?"
"""


class Serving(NamedTuple):
    """A viewer that serves, and the address that lets a browser in."""

    process: subprocess.Popen[str]
    url: str

    @property
    def origin(self) -> str:
        return self.url.partition("/?")[0]

    def stop(self, by: int = signal.SIGINT) -> int:
        """End it by a signal and return its exit code."""
        os.kill(self.process.pid, by)
        return self.process.wait(timeout=20)


@contextmanager
def serving(*places: object, options: tuple[str, ...] = (), command: str = "view") -> Iterator[Serving]:
    words = [COMMAND, command, *map(str, places), *options]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment(PYTHONUNBUFFERED="1")) as process:
        try:
            assert process.stdout is not None
            url = next(line.strip() for line in process.stdout if line.startswith("http"))
            yield Serving(process, url)
        finally:
            if process.poll() is None:
                process.kill()


@contextmanager
def running(folder: Path, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """Play a run with an agent that takes its time."""
    (folder / "slow_agent.py").write_text(SLOW_AGENT)
    command = [COMMAND, "run", *words, "--empathic", "slow_agent.py:patient", "--out", "runs/live", "--max-turns", "3"]
    process = subprocess.Popen(
        command, cwd=folder, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
