"""Lines as they come in, from a pipe or from a file that grows."""

from __future__ import annotations

import os
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Generic, TypeVar

from empa_graph.chats.pieces import LARGEST
from empa_graph.chats.source import decoded
from empa_graph.errors import UsageError

POLL = 0.2
"""Seconds between two looks at a file that has not grown."""
WAITING = 256
"""What may wait to be judged; beyond, nothing more is read."""


def piped(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the lines of a stream to its end, as UTF-8. Of a line beyond the limit only its beginning is kept.

    Raises ChatError for what is no text.
    """
    text = decoded(stream)
    while line := text.readline(LARGEST + 1):
        yield line
        while len(line) > LARGEST and not line.endswith(b"\n"):
            line = text.readline(LARGEST + 1)


def standard_input() -> BinaryIO:
    """Return standard input as a reader of its own: one that a thread still reads cannot be closed at exit."""
    return open(sys.stdin.fileno(), "rb", closefd=False)


def read_through(path: Path) -> Iterator[bytes]:
    """Yield the lines of ``path`` to its end, as `piped` does. Raises UsageError when the file cannot be read."""
    with _opened(path) as file:
        yield from piped(file)


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({(error.strerror or 'error').lower()})") from None


def followed(path: Path, *, pause: Callable[[float], object] = time.sleep) -> Iterator[bytes]:
    """Yield the lines of ``path`` from its start and then as it grows, also when it is cut or replaced; never ends.

    A line is yielded when its end is written. Raises UsageError when the file cannot be read.
    """
    file, part = _opened(path), b""
    try:
        while True:
            read = file.readline(LARGEST + 1)
            part = part if len(part) > LARGEST else part + read  # the rest of an oversized line is not kept
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


_Item = TypeVar("_Item")


class _End(Exception):  # noqa: N818 - the end of a stream is no error
    pass


class Inbox(Generic[_Item]):
    """Reads in a thread of its own, so that whoever takes what came can see when the stream rests."""

    def __init__(self, items: Iterator[_Item], *, waiting: int = WAITING) -> None:
        self._items = items
        self._queue: queue.Queue[_Item | BaseException] = queue.Queue(maxsize=waiting)
        threading.Thread(target=self._read, daemon=True, name="inbox").start()

    def take(self, rest: float, *, most: int = 64) -> list[_Item] | None:
        """Return what is here, ``[]`` when nothing came for ``rest`` seconds, None at the end of the stream.

        Raises what ended the stream, when all before it was taken.
        """
        found: list[_Item] = []
        try:
            item = self._queue.get(timeout=rest) if rest else self._queue.get_nowait()
            while not isinstance(item, BaseException):
                found.append(item)
                if len(found) >= most:
                    return found
                item = self._queue.get_nowait()
        except queue.Empty:
            return found
        if found:
            self._queue.put(item)  # for the next take
            return found
        if isinstance(item, _End):
            return None
        raise item

    def _read(self) -> None:
        try:
            for item in self._items:
                self._queue.put(item)
        except Exception as error:  # noqa: BLE001 - raised again by whoever takes
            self._queue.put(error)
        else:
            self._queue.put(_End())
