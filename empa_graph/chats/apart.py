"""Conversations whose rows or calls stand apart: found before the first is judged, so that none is judged in part."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from typing import BinaryIO

from empa_graph.chats.pieces import PARTS, ChatError, Fault, Piece
from empa_graph.chats.seen import Seen

Reader = Callable[[BinaryIO], Iterator[Piece | Fault]]


def together(stream: BinaryIO, read: Reader) -> Iterator[Piece | Fault]:
    """Yield what ``read`` gives, with one fault in place of each conversation whose parts do not follow each other.

    The stream is read twice from where it stands; one that cannot go back is first copied to a file of its own.
    """
    if not stream.seekable():
        with tempfile.TemporaryFile() as copied:
            shutil.copyfileobj(stream, copied)
            copied.seek(0)
            yield from together(copied, read)
        return
    start = stream.tell()
    with closing(Seen()) as first, closing(Seen()) as again:
        _mark(read(stream), first, again)
        stream.seek(start)
        yield from _whole(read(stream), first, again)


def _mark(found: Iterable[Piece | Fault], first: Seen, again: Seen) -> None:
    """Keep of each conversation the line of its first row, and of one that stands apart where it goes on."""
    last: str | None = None
    for item in found:
        name = _name(item, last)
        if name is not None and name != last and first.earlier(name, item.line) is not None:
            again.earlier(name, item.line)
        last = name


def _whole(found: Iterable[Piece | Fault], first: Seen, again: Seen) -> Iterator[Piece | Fault]:
    last: str | None = None
    further: int | str | None = None
    for item in found:
        name = _name(item, last)
        if name != last:
            further = None if name is None else again.told(name)
        last = name
        if name is None or further is None or (isinstance(item, Fault) and not item.row):
            yield item
        elif item.line == first.told(name):
            yield item if isinstance(item, Fault) else _apart(name, further).at(item.line, row=True, of=name)


def _name(item: Piece | Fault, last: str | None) -> str | None:
    """Return of which conversation it is a part; what cannot be read belongs to the one before."""
    if isinstance(item, Fault):
        return item.of or last
    return item.id if item.kind in PARTS else None


def _apart(name: str, further: int | str) -> ChatError:
    return ChatError(
        f"the parts of id '{name[:80]}' stand apart, the next in line {further}; "
        "sort the file by conversation, and by time within each",
        "duplicate_id",
    )
