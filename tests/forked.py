"""Processes of their own, forked from one that has imported the heavy packages: they start in milliseconds.

A test that is about starting (what is imported, what is installed) starts an interpreter instead.
"""

from __future__ import annotations

import atexit
import gc
import logging
import multiprocessing
import os
import pickle
import signal
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import tests.warm  # noqa: F401
from empa_graph.cli import main
from tests.command import Outcome

PATIENCE = 60.0
"""Seconds that a process may take to end."""
FORK = multiprocessing.get_context("fork")


class Process:
    """A process that the parent of them all has forked."""

    def __init__(self, *work: object) -> None:
        self.pid: int = _asked(pickle.dumps(work))

    @property
    def exitcode(self) -> int | None:
        """None as long as it runs."""
        code: int | None = _asked(self.pid)
        return code

    def kill(self) -> None:
        """Kill it, if it runs."""
        _asked(("kill", self.pid))


class Running:
    """A process under way; its output is read when it has ended."""

    def __init__(self, process: Process, folder: tempfile.TemporaryDirectory[str]) -> None:
        self.process = process
        self.pid = process.pid
        self._folder = folder

    def said(self, name: str = "out") -> str:
        """Return what it has written to ``out`` or ``err`` so far."""
        place = Path(self._folder.name) / name
        return place.read_text(encoding="utf-8") if place.exists() else ""

    def until(self, happened: Callable[[], object]) -> None:
        """Wait for what the process has to do first."""
        last = time.monotonic() + PATIENCE
        while not happened():
            assert self.process.exitcode is None or happened(), self.said("err")
            assert time.monotonic() < last, "it does not happen"
            time.sleep(0.002)

    def ended(self) -> Outcome:
        """Wait for its end."""
        last = time.monotonic() + PATIENCE
        while (code := self.process.exitcode) is None:
            assert time.monotonic() < last, "the process does not end"
            time.sleep(0.002)
        done = Outcome(code, self.said("out"), self.said("err"))
        self._folder.cleanup()
        return done


def started(
    call: Callable[..., object], *arguments: object, cwd: Path | None = None, given: str = "", **environment: str
) -> Running:
    """Call a function of a module that is no test's in a process of its own, with ``given`` as its input.

    SystemExit gives its exit code.
    """
    folder = tempfile.TemporaryDirectory(prefix="empa-fork-")
    Path(folder.name, "in").write_text(given, encoding="utf-8")
    return Running(Process(call, arguments, str(cwd or Path.cwd()), environment, folder.name), folder)


def empa_started(*words: object, cwd: Path | None = None, given: str = "") -> Running:
    """Start the command ``empa``."""
    return started(main, [str(word) for word in words], cwd=cwd, given=given, COLUMNS="120")


def _called(work: bytes) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    call, arguments, cwd, environment, folder = pickle.loads(work)
    os.chdir(cwd)
    os.environ.update(environment)
    place = Path(folder)
    for number, name in ((1, "out"), (2, "err")):
        with (place / name).open("wb") as file:
            os.dup2(file.fileno(), number)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", 1, encoding="utf-8", errors="backslashreplace", closefd=False)
    with (place / "in").open(encoding="utf-8") as sys.stdin:
        code = call(*arguments)
    sys.exit(code if isinstance(code, int) else 0)


def _serve(line: Connection, other: Connection) -> None:
    """Be the parent: fork a process for each call that comes, and say for each pid how that one ended."""
    other.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.getLogger().handlers.clear()
    gc.freeze()
    gc.enable()
    forked: dict[int | None, BaseProcess] = {}
    while True:
        try:
            asked = line.recv()
        except EOFError:
            return
        if isinstance(asked, bytes):
            process = FORK.Process(target=_called, args=(asked,), daemon=True)
            process.start()
            forked[process.pid] = process
            line.send(process.pid)
        elif isinstance(asked, tuple):
            forked[asked[1]].kill()
            line.send(None)
        else:
            line.send(forked[asked].exitcode)


def _parent() -> Connection:
    """Fork the parent while the tests are collected: they have opened no file, no socket and no loop."""
    ours, its = FORK.Pipe()
    with warnings.catch_warnings():
        # Threads that the packages keep are not met again behind the fork.
        warnings.simplefilter("ignore", DeprecationWarning)
        FORK.Process(target=_serve, args=(its, ours)).start()
    its.close()
    atexit.register(ours.close)
    return ours


def _asked(request: object) -> int | None:
    _LINE.send(request)
    return _LINE.recv()


_LINE = _parent()
