"""JSON values out of a stream: one behind the other, or the elements of an array, each in bounded memory.

An array is taken apart where it is the whole file, or stands in an object under one of `CONTAINERS`. A value is cut out
by its brackets alone and parsed by whoever takes it, so that one that is broken costs only itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from empa_graph.chats.pieces import LARGEST
from empa_graph.chats.source import Raw

CONTAINERS = ("data", "runs", "samples", "traces")
"""Fields of an export whose array holds the conversations."""
ANY = "|".join(CONTAINERS).encode()
"""They, as a pattern has them."""
_CONTAINER = re.compile(rb'"(?:%s)"\s*:\s*\[$' % ANY)
_TAIL = 64
"""Bytes of an oversized value that are kept: enough to see a container begin."""
_BRACKETS = (b"{", b"}", b"[", b"]")
_OUTSIDE = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|["{}\[\]]', re.DOTALL)
"""A whole text, or a quote whose text goes on in the next block, or a bracket."""
_INSIDE = re.compile(rb'["\\]')
_NOTHING = b" \t\r\n,"


def ends_in_container(part: bytes) -> bool:
    """Say whether ``part`` ends where the array of `CONTAINERS` begins."""
    return _CONTAINER.search(part[-_TAIL:]) is not None


class Splitter:
    """Takes blocks of bytes in and gives values out."""

    def __init__(self, *, line: int = 1) -> None:
        self._depth = self._base = 0
        """Open brackets, and how many of them lie around the values."""
        self._in_text = self._escaped = False
        self._value = bytearray()
        self._blank = True
        self._oversized = self._dropped = False
        self._line = self._begun = line

    def feed(self, block: bytes) -> Iterator[Raw]:
        """Yield the values that end in ``block``."""
        place = taken = 0
        while place < len(block):
            place = self._next(block, place)
            byte = block[place - 1 : place]
            if self._in_text or byte not in _BRACKETS:
                continue
            if self._depth > self._base + 1:  # inside of a value, and still there behind this bracket
                self._depth += 1 if byte in b"{[" else -1
                continue
            self._take(block[taken:place])
            taken = place
            yield from self._bracket(byte)
        self._take(block[taken:])

    def end(self) -> Iterator[Raw]:
        """Yield what was begun and never ended; a bracket for an array that was cut off between two of its own."""
        within = self._depth > self._base
        yield from self._cut()
        if self._base and not within:
            yield Raw(self._line, b"[")

    def _next(self, block: bytes, place: int) -> int:
        """Return the place behind the next byte that may matter."""
        if self._escaped:
            self._escaped = False
            return place + 1
        found = (_INSIDE if self._in_text else _OUTSIDE).search(block, place)
        if found is None:
            return len(block)
        self._escaped = found.group() == b"\\"
        if found.group() == b'"':
            self._in_text = not self._in_text
        return found.end()

    def _bracket(self, byte: bytes) -> Iterator[Raw]:
        """Follow one bracket, which is the last byte taken."""
        if byte in (b"{", b"["):
            yield from self._opened(byte)
        elif byte in (b"}", b"]"):
            self._depth = max(0, self._depth - 1)
            if self._depth == self._base:
                yield from self._cut()
            elif self._depth < self._base:
                del self._value[-1:]
                yield from self._cut()
                self._base, self._dropped = 0, self._depth > 0

    def _opened(self, byte: bytes) -> Iterator[Raw]:
        self._depth += 1
        if self._depth == self._base + 1:  # a value begins: what stood before it is none
            del self._value[-1:]
            yield from self._cut()
            self._begin(byte)
        if self._base == 0 and byte == b"[" and (self._depth == 1 or (self._depth == 2 and self._contains())):
            self._base = self._depth
            self._clear()

    def _contains(self) -> bool:
        return ends_in_container(bytes(self._value[-_TAIL:]))

    def _begin(self, byte: bytes) -> None:
        self._value += byte
        self._begun, self._blank = self._line, False

    def _take(self, part: bytes) -> None:
        if self._blank and (rest := part.lstrip(_NOTHING)):
            self._begun, self._blank = self._line + part[: -len(rest)].count(b"\n"), False
        self._line += part.count(b"\n")
        self._value += part
        if len(self._value) > LARGEST:
            self._oversized = True
            del self._value[:-_TAIL]

    def _cut(self) -> Iterator[Raw]:
        """Give the value that ends here, if there is one."""
        value = bytes(self._value).strip(_NOTHING)
        if value and not self._dropped:
            yield Raw(self._begun, None if self._oversized else value)
        self._clear()

    def _clear(self) -> None:
        self._value.clear()
        self._blank, self._oversized, self._dropped = True, False, False


def values(blocks: Iterable[bytes], *, line: int = 1) -> Iterator[Raw]:
    """Yield the values of a stream that comes in ``blocks``, of which the first begins in ``line``."""
    splitter = Splitter(line=line)
    for block in blocks:
        yield from splitter.feed(block)
    yield from splitter.end()
