"""Processes of their own, forked from one that has imported the heavy packages: they start in milliseconds.

A test that is about starting (what is imported, what is installed) starts an interpreter instead.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path

from empa_graph.cli import main
from tests.command import Outcome

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.warm"])
PATIENCE = 60.0
"""Seconds that a process may take to end."""


class Running:
    """A process under way; its output is read when it has ended."""

    def __init__(self, process: BaseProcess, folder: tempfile.TemporaryDirectory[str]) -> None:
        self.process = process
        self._folder = folder

    @property
    def pid(self) -> int:
        assert self.process.pid is not None
        return self.process.pid

    def said(self, name: str = "out") -> str:
        """Return what it has written to ``out`` or ``err`` so far."""
        place = Path(self._folder.name) / name
        return place.read_text(encoding="utf-8") if place.exists() else ""

    def until(self, happened: Callable[[], object]) -> None:
        """Wait for what the process has to do first."""
        last = time.monotonic() + PATIENCE
        while not happened():
            assert self.process.is_alive(), self.said("err")
            assert time.monotonic() < last, "it does not happen"
            time.sleep(0.002)

    def ended(self) -> Outcome:
        """Wait for its end."""
        self.process.join(PATIENCE)
        assert self.process.exitcode is not None, "the process does not end"
        done = Outcome(self.process.exitcode, self.said("out"), self.said("err"))
        self._folder.cleanup()
        return done


def started(
    call: Callable[..., object], *arguments: object, cwd: Path | None = None, given: str = "", **environment: str
) -> Running:
    """Call a function that can be imported in a process of its own, with ``given`` as its input.

    SystemExit gives its exit code.
    """
    folder = tempfile.TemporaryDirectory(prefix="empa-fork-")
    Path(folder.name, "in").write_text(given, encoding="utf-8")
    place = str(cwd or Path.cwd())
    process = FORKS.Process(target=_called, args=(call, arguments, place, environment, folder.name))
    process.start()
    return Running(process, folder)


def empa_started(*words: object, cwd: Path | None = None, given: str = "") -> Running:
    """Start the command ``empa``."""
    return started(main, [str(word) for word in words], cwd=cwd, given=given, COLUMNS="120")


def _called(
    call: Callable[..., object], arguments: tuple[object, ...], cwd: str, environment: dict[str, str], folder: str
) -> None:
    os.chdir(cwd)
    os.environ.update(environment)
    place = Path(folder)
    for stream, name in ((sys.stdout, "out"), (sys.stderr, "err")):
        with (place / name).open("wb") as file:
            os.dup2(file.fileno(), stream.fileno())
    with (place / "in").open(encoding="utf-8") as sys.stdin:
        code = call(*arguments)
    sys.exit(code if isinstance(code, int) else 0)
