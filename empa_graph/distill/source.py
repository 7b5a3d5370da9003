"""The corpus, read conversation by conversation: the one place that knows how it is stored."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from empa_graph.chats.joined import whole
from empa_graph.chats.pieces import Piece
from empa_graph.chats.reader import AS_IT_LOOKS, How, pieces
from empa_graph.chats.seen import Seen
from empa_graph.chats.transcripts import opened
from empa_graph.distill.records import Fault, Found, Turn


def conversations(path: Path, how: How = AS_IT_LOOKS) -> Iterator[Found | Fault]:
    """Yield what ``path`` holds, in bounded memory, and where it holds what cannot be used.

    Raises ContentError where the file cannot be read, NotFoundError for the format.
    """
    with opened(path) as stream, closing(Seen()) as seen:
        for item in whole(pieces(stream, how)):
            yield _found(item, seen) if isinstance(item, Piece) else Fault(item.line, item.cause)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of what the corpus holds. Raises ContentError."""
    told = hashlib.sha256()
    with opened(path) as stream:
        while block := stream.read(1 << 20):
            told.update(block)
    return told.hexdigest()


def _found(piece: Piece, seen: Seen) -> Found | Fault:
    if piece.kind != "whole":
        return Fault(piece.line, "other_format")
    if piece.id is not None and seen.earlier(piece.id, piece.line) is not None:
        return Fault(piece.line, "duplicate_id")
    said = (said for said in piece.messages if said is not None)
    return Found(piece.line, tuple(Turn(speaker=one.speaker, text=one.text) for one in said))
