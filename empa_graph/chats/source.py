"""The bytes of a chat log: UTF-8 whatever its byte order mark says, in lines of a bounded length.

Rule: of what is too long only so much is kept as shows that it is.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterable, Iterator
from typing import BinaryIO, NamedTuple

from empa_graph.chats.pieces import LARGEST, ChatError

HEAD = 64 * 1024
"""Bytes that are looked at to tell the format."""
MOST_PARTS = 64
"""How often `LARGEST` bytes of a line are passed over before it is taken for one without end."""
_MAGIC = {
    b"\x1f\x8b": "a gzip file; unpack it first",
    b"PK\x03\x04": "a zip or Excel file; unpack it, or save it as CSV",
    b"PAR1": "a Parquet file; save it as JSON lines",
    b"SQLite format 3": "a SQLite database; export its chats",
    codecs.BOM_UTF32_LE: "UTF-32 text; save it as UTF-8",
    codecs.BOM_UTF32_BE: "UTF-32 text; save it as UTF-8",
}


class Raw(NamedTuple):
    """What may be a conversation, as it stands in the file; ``data`` is None where it is larger than `LARGEST`."""

    line: int
    """Where it begins, from 1."""
    data: bytes | None

    @property
    def blank(self) -> bool:
        """Whether nothing stands there."""
        return self.data is not None and not self.data.strip()


class _Utf8(io.RawIOBase):
    """A stream of UTF-8 or UTF-16 as UTF-8 without a byte order mark."""

    def __init__(self, stream: BinaryIO, head: int) -> None:
        self._stream = stream
        start = b""
        while len(start) < head and (more := stream.read(head - len(start))):
            start += more
        refuse_foreign(start[:_MARKS])
        wide = start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        self._decoder = codecs.getincrementaldecoder("utf-16")("surrogatepass") if wide else None
        self._waiting = self._narrowed(start) if wide else start.removeprefix(codecs.BOM_UTF8)

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill ``buffer`` with what there is; 0 at the end."""
        while not self._waiting and (block := _read(self._stream, len(buffer))):
            self._waiting = self._narrowed(block)
        if not self._waiting and self._decoder is not None:
            self._waiting, self._decoder = self._rest(), None
        filled, self._waiting = self._waiting[: len(buffer)], self._waiting[len(buffer) :]
        buffer[: len(filled)] = filled
        return len(filled)

    def _narrowed(self, block: bytes) -> bytes:
        # Half a surrogate pair is passed on as bytes that are no UTF-8, so that its line is named.
        return block if self._decoder is None else self._decoder.decode(block).encode("utf-8", "surrogatepass")

    def _rest(self) -> bytes:
        try:
            return self._decoder.decode(b"", final=True).encode("utf-8", "surrogatepass") if self._decoder else b""
        except UnicodeDecodeError:
            return b"\xff"


def _read(stream: BinaryIO, size: int) -> bytes:
    """Return what is here already, where the stream can tell."""
    return stream.read1(size) if isinstance(stream, io.BufferedIOBase) else stream.read(size)


def refuse_foreign(start: bytes) -> None:
    """Raise ChatError where a file that begins so is no text."""
    for magic, what in _MAGIC.items():
        if start and start.startswith(magic[:4]):
            raise ChatError(what, "other_format")
    if not start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and b"\0" in start:
        raise ChatError("UTF-16 text without a byte order mark, or no text; save it as UTF-8", "other_format")


_MARKS = 4
"""Bytes that tell the encoding."""


def decoded(stream: BinaryIO, *, head: int = _MARKS) -> io.BufferedReader:
    """Return ``stream`` as UTF-8; its first ``head`` bytes are waited for and can be peeked at.

    Raises ChatError for what is no text.
    """
    return io.BufferedReader(_Utf8(stream, head), HEAD)


def lines(stream: io.BufferedReader) -> Iterator[Raw]:
    """Yield the lines to the end. Raises ChatError for one that does not end."""
    for number, line in enumerate(iter(lambda: stream.readline(LARGEST + 1), b""), start=1):
        if len(line) > LARGEST:
            _pass_over(stream, line, number)
            yield Raw(number, None)
        else:
            yield Raw(number, line)


def _pass_over(stream: io.BufferedReader, line: bytes, number: int) -> None:
    for _ in range(MOST_PARTS):
        if not line or line.endswith(b"\n"):
            return
        line = stream.readline(LARGEST + 1)
    most = MOST_PARTS * LARGEST
    raise ChatError(f"line {number}: a line of more than {most:,} bytes, which may never end", "oversized")


def arriving(found: Iterable[bytes]) -> Iterator[Raw]:
    """Yield lines that come one by one, the first perhaps with a byte order mark. Raises ChatError."""
    for number, line in enumerate(found, start=1):
        if number == 1:
            if line.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                raise ChatError("UTF-16 text; save it as UTF-8", "other_format")
            refuse_foreign(line[:_MARKS])
            line = line.removeprefix(codecs.BOM_UTF8)  # noqa: PLW2901 - the mark is no part of the line
        yield Raw(number, line if len(line) <= LARGEST else None)
