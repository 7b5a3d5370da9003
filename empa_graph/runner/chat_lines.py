"""Chat JSONL as it comes in: one message a line, or one whole conversation; from a pipe or from a file that grows."""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from empa_graph.errors import ContentError, UsageError

LARGEST_LINE = 4 * 1024 * 1024
LONGEST_NAME = 200
"""Characters of a conversation's id."""
POLL = 0.2
"""Seconds between two looks at a file that has not grown."""
WAITING = 256
"""Lines that may wait to be judged; beyond, nothing more is read."""


class ChatLine(NamedTuple):
    """What one line says: ``whole`` for a conversation from its start to its end."""

    conversation: str
    messages: tuple[tuple[str, str], ...]
    """Role (user or assistant) and text."""
    whole: bool


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore")
    type: str = "text"
    text: str = ""


class _Chat(BaseModel):
    model_config = ConfigDict(extra="ignore")
    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[_Part] | None = None

    @model_validator(mode="after")
    def _person_says_something(self) -> Self:
        if self.role == "user" and self.content is None:
            raise ValueError("a user message needs content")
        return self

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The message where a person or the agent says something: a tool call says nothing."""
        parts = self.content if isinstance(self.content, list) else []
        text = self.content if isinstance(self.content, str) else "\n".join(p.text for p in parts if p.type == "text")
        if self.role not in ("user", "assistant") or (self.content is None and self.role == "assistant"):
            return ()
        return ((self.role, text),)


class _Message(_Chat):
    conversation: str | int


class _Whole(BaseModel):
    model_config = ConfigDict(extra="ignore")
    id: str | int | None = None
    conversation: str | int | None = None
    messages: list[_Chat]


def chat_line(line: bytes, number: int) -> ChatLine | None:
    """Read line ``number``; None for an empty one. Raises ContentError that says the line and what is wrong with it."""
    if not line.strip():
        return None
    if len(line) > LARGEST_LINE:
        raise ContentError(f"line {number}: more than the allowed {LARGEST_LINE:,} bytes")
    try:
        if _is_whole(line):
            said = _Whole.model_validate_json(line)
            name = next((given for given in (said.conversation, said.id) if given is not None), f"line {number}")
            pairs = tuple(pair for message in said.messages for pair in message.pairs())
            return ChatLine(_named(name, number), pairs, whole=True)
        one = _Message.model_validate_json(line)
        return ChatLine(_named(one.conversation, number), one.pairs(), whole=False)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, fault["loc"]))
        raise ContentError(
            f"line {number}: {f'{where}: ' if where else ''}{fault['msg'].removeprefix('Value error, ')[:200]}"
        ) from None


class _Shape(BaseModel):
    model_config = ConfigDict(extra="ignore")
    messages: object = None


def _is_whole(line: bytes) -> bool:
    return _Shape.model_validate_json(line).messages is not None


def _named(name: str | int, number: int) -> str:
    if len(str(name)) > LONGEST_NAME:
        raise ContentError(f"line {number}: conversation: {len(str(name))} characters, allowed are {LONGEST_NAME}")
    return str(name)


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
