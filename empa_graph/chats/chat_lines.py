"""Lines as they come in, from a pipe or from a file that grows."""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from empa_graph.chats.chat_format import LARGEST_LINE
from empa_graph.errors import UsageError

POLL = 0.2
"""Seconds between two looks at a file that has not grown."""
WAITING = 256
"""Lines that may wait to be judged; beyond, nothing more is read."""


def piped(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the lines of a stream to its end. Of a line beyond the limit only so much is kept as shows that it is."""
    while line := stream.readline(LARGEST_LINE + 1):
        yield line
        while len(line) > LARGEST_LINE and not line.endswith(b"\n"):
            line = stream.readline(LARGEST_LINE + 1)


def followed(path: Path, *, pause: Callable[[float], object] = time.sleep) -> Iterator[bytes]:
    """Yield the lines of ``path`` from its start and then as it grows, also when it is cut or replaced; never ends.

    A line is yielded when its end is written. Raises UsageError when the file cannot be read.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({(error.strerror or 'error').lower()})") from None
    part = b""
    try:
        while True:
            read = file.readline(LARGEST_LINE + 1)
            part = part if len(part) > LARGEST_LINE else part + read  # the rest of an oversized line is not kept
            if read.endswith(b"\n"):
                yield part
                part = b""
            elif not read:
                pause(POLL)
                if _replaced(path, file):
                    file.close()
                    file, part = path.open("rb"), b""
    finally:
        file.close()


def _replaced(path: Path, file: BinaryIO) -> bool:
    """Say whether ``path`` is another file by now, or was cut below what was read."""
    try:
        now, ours = path.stat(), os.fstat(file.fileno())
    except OSError:
        return False  # moved away, and nothing in its place yet
    return (now.st_dev, now.st_ino) != (ours.st_dev, ours.st_ino) or now.st_size < file.tell()


class Inbox:
    """Reads lines in a thread of its own, so that whoever takes them can see when the stream rests."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines = lines
        self._queue: queue.Queue[bytes | BaseException | None] = queue.Queue(maxsize=WAITING)
        threading.Thread(target=self._read, daemon=True, name="inbox").start()

    def take(self, rest: float, *, most: int = 64) -> list[bytes] | None:
        """Return the lines that are here, ``[]`` when none came for ``rest`` seconds, None at the end of the stream."""
        found: list[bytes] = []
        try:
            item = self._queue.get(timeout=rest)
            while isinstance(item, bytes):
                found.append(item)
                if len(found) >= most:
                    return found
                item = self._queue.get_nowait()
        except queue.Empty:
            return found
        if found:
            self._ended(item)
            return found
        if isinstance(item, BaseException):
            raise item
        return None

    def _ended(self, item: BaseException | None) -> None:
        """Put the end back for the next take."""
        self._queue.put(item)

    def _read(self) -> None:
        try:
            for line in self._lines:
                self._queue.put(line)
        except (OSError, UsageError) as error:
            self._queue.put(error)
            return
        self._queue.put(None)
