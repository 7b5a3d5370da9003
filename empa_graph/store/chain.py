"""The hash chain over the rows of a run: each link covers its row and the links before it.

Checking reads the rows once, in the order of the chain, and compares them with the seal and a head noted elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from heapq import merge
from itertools import groupby
from typing import Literal, NamedTuple

from sqlalchemy import Connection, RowMapping, Table, select

from empa_graph.store.tables import COVERED, LINKED, RUNS, RowLike

ORIGIN = bytes(32)
"""What stands before the first link."""
PAGE = 1_000
"""Rows of each table fetched at a time."""
_SEARCHED = 300
"""Broken links among which a changed order is looked for."""
_NAMES = {
    "runs": "the manifest of the run",
    "episodes": "the closing of episode {number}",
    "turns": "turn {turn} of episode {episode}",
    "calls": "the call of link {seq}",
    "sessions": "the session of link {seq}",
}
FaultKind = Literal["edited", "dropped", "added", "reordered", "head"]


class End(NamedTuple):
    """Where a chain ends: the number of its links and the hash of the last."""

    links: int
    head: bytes


class Fault(NamedTuple):
    """One difference between the tables and what was recorded."""

    kind: FaultKind
    what: str


class Verification(NamedTuple):
    """What a check found: links, head (hex), whether a seal covers the whole chain, and every fault."""

    links: int
    head: str
    sealed: bool
    faults: tuple[Fault, ...]


def link(before: bytes, seq: int, digest: bytes) -> bytes:
    """Return the hash (SHA-256) of link ``seq``, whose row has ``digest``, behind the link with the hash ``before``."""
    return hashlib.sha256(before + f"{seq} ".encode() + digest).digest()


def digest(table: str, row: RowLike) -> bytes:
    """Return SHA-256 (32 bytes) of a row as it stands in its table."""
    content = [table, *(_cell(row[name]) for name in COVERED[table])]
    return hashlib.sha256(json.dumps(content, separators=(",", ":")).encode()).digest()


def _cell(value: object) -> str | int | float | None:
    if isinstance(value, float):
        return value + 0.0  # SQLite keeps no sign of zero
    if value is None or isinstance(value, (str, int)):
        return value
    return bytes(value).hex() if isinstance(value, (bytes, memoryview)) else repr(value)


def end_of(connection: Connection, run: int) -> End:
    """Return the end of the chain of ``run``."""
    seq, head = 0, connection.execute(select(RUNS.c.hash).where(RUNS.c.id == run)).scalar_one()
    for table in LINKED.values():
        query = select(table.c.seq, table.c.hash).where(table.c.run == run, table.c.seq > seq)
        row = connection.execute(query.order_by(table.c.seq.desc()).limit(1)).one_or_none()
        seq, head = row or (seq, head)
    return End(seq + 1, bytes(head))


class _Found(NamedTuple):
    """A row on the walk; its digest is that of what stands in the table now."""

    seq: int
    name: str
    digest: bytes
    hash: bytes


class _Broken(NamedTuple):
    """A row that its hash does not fit behind the link ``before``."""

    row: _Found
    before: bytes


class _Walk:
    """The state of one pass over the chain."""

    def __init__(self, run: RowMapping, wanted: str | None) -> None:
        self.count, self.head, self.wanted = run["sealed_count"], run["sealed_head"], wanted
        self.end, self.last = End(0, ORIGIN), ""
        self.met = wanted is None
        self.faults: list[Fault] = []
        self.broken: list[_Broken] = []
        self.sealed_hash: str | None = None

    def fault(self, kind: FaultKind, what: str) -> None:
        self.faults.append(Fault(kind, what))

    def step(self, seq: int, rows: Sequence[_Found]) -> None:
        """Go on to link ``seq`` and the ``rows`` that carry its number, of which one is its own."""
        links, before = self.end
        if seq < links:
            return self._added(rows)
        if seq > links:
            gap = f"link {links}" if seq == links + 1 else f"links {links} to {seq - 1}"
            self.fault("dropped", f"{gap}, behind {self.last}")
        own = next((row for row in rows if link(before, seq, row.digest) == row.hash), None)
        if own is None:
            own = rows[0]
            if seq == links:
                self.broken.append(_Broken(own, before))
        self._added([row for row in rows if row is not own])
        self.end, self.last = End(seq + 1, own.hash), own.name
        self.met = self.met or own.hash.hex() == self.wanted
        if seq + 1 == self.count:
            self.sealed_hash = own.hash.hex()
        return None

    def _added(self, rows: Sequence[_Found]) -> None:
        for row in rows:
            self.fault("added", row.name)

    def seal(self) -> bool:
        """Compare the chain with its seal; return whether the seal covers all of it."""
        links = self.end.links
        if self.count is None and self.head is None:
            return False
        if self.count is None or self.head is None:
            self.fault("edited", "the seal of the run")
        elif self.count > links:
            self.fault("dropped", f"{self.count - links} links at the end: {self.count} were sealed, {links} are there")
        elif self.sealed_hash != self.head:
            self.fault("edited", "the seal of the run, or the chain below it")
        return bool(self.count == links)


def verification(connection: Connection, run: int, head: str | None) -> Verification:
    """Return what a check of ``run`` finds; reads it once, a bounded number of rows at a time."""
    first = connection.execute(select(RUNS).where(RUNS.c.id == run)).mappings().one()
    walk = _Walk(first, head.strip().lower() if head is not None else None)
    walk.step(0, [_found("runs", {**first, "seq": 0})])
    rows = merge(*(_rows(connection, table, run) for table in LINKED.values()), key=lambda row: row.seq)
    for seq, group in groupby(rows, key=lambda row: row.seq):
        walk.step(seq, list(group))
    walk.faults += _order(walk.broken)
    sealed = walk.seal()
    if not walk.met:
        walk.fault("head", "the given head is none of this chain: its end was dropped, or it is of another run")
    return Verification(walk.end.links, walk.end.head.hex(), sealed, tuple(walk.faults))


def _rows(connection: Connection, table: Table, run: int) -> Iterator[_Found]:
    query = select(table).where(table.c.run == run).order_by(table.c.seq).execution_options(yield_per=PAGE)
    for row in connection.execute(query).mappings():
        yield _found(table.name, row)


def _found(table: str, row: RowLike) -> _Found:
    return _Found(row["seq"], _NAMES[table].format_map(row), digest(table, row), bytes(row["hash"]))


def _order(broken: Sequence[_Broken]) -> list[Fault]:
    """Name the rows that were edited, or written as another link; a whole row behind one of these is at no fault."""
    tried = broken[:_SEARCHED]
    known = {past for row, before in tried for past in (before, row.hash, link(before, row.seq, row.digest))}
    faults = [Fault("edited", row.name) for row, _ in broken[_SEARCHED:]]
    for row, before in tried:
        elsewhere = ((other.seq, past) for other, ahead in tried for past in (ahead, other.hash, before))
        if any(link(past, seq, row.digest) == row.hash for seq, past in elsewhere if seq != row.seq):
            faults.append(Fault("reordered", row.name))
        elif all(link(past, row.seq, row.digest) != row.hash for past in known):
            faults.append(Fault("edited", row.name))
    return faults or [Fault("edited", row.name) for row, _ in broken]
