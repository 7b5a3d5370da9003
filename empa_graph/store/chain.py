"""The hash chain over the rows of a run: each link holds a digest of its row and of the links before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import NamedTuple

from empa_graph.store.tables import COVERED, RowLike

ORIGIN = bytes(32)
"""What stands before the first link."""


class Link(NamedTuple):
    """One link: its place in the chain, what it covers, and the hash up to here."""

    seq: int
    kind: str
    hash: bytes


def digest(table: str, row: RowLike, judgements: Sequence[RowLike] = ()) -> bytes:
    """Return SHA-256 (32 bytes) of a row, and of a turn's judgement rows, as they stand in the tables."""
    content = [table, _cells(table, row), [_cells("judgements", judged) for judged in judgements]]
    return hashlib.sha256(json.dumps(content, separators=(",", ":")).encode()).digest()


def link(before: bytes, *, seq: int, kind: str, digest: bytes) -> Link:
    """Return the link behind the one whose hash is ``before``."""
    return Link(seq, kind, hashlib.sha256(before + f"{seq} {kind} ".encode() + digest).digest())


def _cells(table: str, row: RowLike) -> list[str | int | float | None]:
    return [_cell(row[name]) for name in COVERED[table]]


def _cell(value: object) -> str | int | float | None:
    if isinstance(value, float):
        return value + 0.0  # SQLite keeps no sign of zero
    if value is None or isinstance(value, (str, int)):
        return value
    return bytes(value).hex() if isinstance(value, (bytes, memoryview)) else repr(value)
