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

GRANTED = "granted"
"""The file that says how many replies the agent may have given."""
PATIENT_AGENT = f"""
import itertools
import time
from pathlib import Path

replies = itertools.count(1)

def patient(messages):
    number = next(replies)
    while int(Path("{GRANTED}").read_text() or 0) < number:
        time.sleep(0.05)
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


def grant(folder: Path, replies: int) -> None:
    """Let the agent of `running` give so many replies in all."""
    (folder / GRANTED).write_text(str(replies))


@contextmanager
def running(folder: Path, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """Play a run with an agent that says no more than it is granted, which is nothing at first."""
    (folder / "patient_agent.py").write_text(PATIENT_AGENT)
    grant(folder, 0)
    played = ["--empathic", "patient_agent.py:patient", "--out", "runs/live", "--max-turns", "3"]
    process = subprocess.Popen(
        [COMMAND, "run", *words, *played],
        cwd=folder,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
