"""Checking a stored run against its chain: every row, every link, the seal and a head noted elsewhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from sqlalchemy import Connection, RowMapping, Table, select

from empa_graph.store.chain import ORIGIN, Link, digest, link
from empa_graph.store.tables import JUDGEMENTS, LINKED, LOG, RUNS

PAGE = 1_000
"""Links looked at at a time."""
LOWEST = -(2**63)
"""Below every number a row can carry."""
_SEARCHED = 300
"""Broken links among which a changed order is looked for."""
FaultKind = Literal["edited", "dropped", "added", "reordered", "head"]


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


class _Checked(NamedTuple):
    """A link that does not fit: its hash as stored, its row's digest, and the hash of the link before."""

    link: Link
    name: str
    digest: bytes
    before: bytes


class _Walk:
    """The state of one pass over the chain."""

    def __init__(self, run: RowMapping, wanted: str | None) -> None:
        self.run, self.wanted = run, wanted
        self.head, self.next = ORIGIN, 0
        self.met = wanted is None
        self.faults: list[Fault] = []
        self.broken: list[_Checked] = []
        self.sealed_hash: str | None = None

    def fault(self, kind: FaultKind, what: str) -> None:
        self.faults.append(Fault(kind, what))

    def step(self, found: Link) -> bytes | None:
        """Go on to ``found``; return the hash it has to follow, None where a link is missing before it."""
        before: bytes | None = self.head
        if found.seq != self.next:
            gap = str(self.next) if found.seq == self.next + 1 else f"{self.next} to {found.seq - 1}"
            self.fault("dropped", f"link {gap} of the log")
            before = None
        self.head, self.next = found.hash, found.seq + 1
        self.met = self.met or found.hash.hex() == self.wanted
        if self.next == self.run["sealed_count"]:
            self.sealed_hash = found.hash.hex()
        return before


def verification(connection: Connection, run: int, head: str | None) -> Verification:
    """Return what a check of ``run`` finds; reads it once, a bounded number of rows at a time."""
    row = connection.execute(select(RUNS).where(RUNS.c.id == run)).mappings().one()
    walk = _Walk(row, head.strip().lower() if head is not None else None)
    last = LOWEST
    for links in _pages(connection, run):
        _page(connection, walk, links, after=last)
        last = links[-1].seq
    for kind, table in LINKED.items():
        for beyond in _rows(connection, table, run, last, None):
            walk.fault("added", _name(kind, beyond))
    for beyond in _rows(connection, JUDGEMENTS, run, last, None):
        walk.fault("added", _name("judgement", beyond))
    walk.faults += _order(walk.broken)
    if not walk.next:
        walk.fault("dropped", "every link of the log")
    sealed = _seal(walk)
    if not walk.met:
        walk.fault("head", "the given head is none of this chain: its end was dropped, or it is of another run")
    return Verification(walk.next, walk.head.hex(), sealed, tuple(walk.faults))


def _pages(connection: Connection, run: int) -> Iterator[list[Link]]:
    last = LOWEST
    while True:
        query = select(LOG.c.seq, LOG.c.kind, LOG.c.hash).where(LOG.c.run == run, LOG.c.seq > last)
        rows = connection.execute(query.order_by(LOG.c.seq).limit(PAGE)).all()
        if not rows:
            return
        yield [Link(row.seq, row.kind, bytes(row.hash)) for row in rows]
        last = rows[-1].seq


def _page(connection: Connection, walk: _Walk, links: Sequence[Link], *, after: int) -> None:
    run, until = walk.run["id"], links[-1].seq
    judged: dict[int, list[RowMapping]] = defaultdict(list)
    for row in _rows(connection, JUDGEMENTS, run, after, until):
        judged[row["seq"]].append(row)
    rows: dict[int, list[tuple[str, RowMapping]]] = defaultdict(list)
    if after < walk.run["seq"] <= until:
        rows[walk.run["seq"]].append(("run", walk.run))
    for kind, table in LINKED.items():
        for row in _rows(connection, table, run, after, until):
            rows[row["seq"]].append((kind, row))
    for found in links:
        _covered(walk, found, rows.pop(found.seq, []), judged.pop(found.seq, []))
    for kind, row in (pair for found in rows.values() for pair in found):
        walk.fault("added", _name(kind, row))
    for row in (row for found in judged.values() for row in found):
        walk.fault("added", _name("judgement", row))


def _covered(walk: _Walk, link: Link, rows: Sequence[tuple[str, RowMapping]], judged: Sequence[RowMapping]) -> None:
    """Compare a link with the rows that carry its number."""
    own = [row for kind, row in rows if kind == link.kind]
    for kind, row in rows:
        if kind != link.kind:
            walk.fault("added", _name(kind, row))
    if link.kind != "turn":
        for row in judged:
            walk.fault("added", _name("judgement", row))
    before = walk.step(link)
    if not own:
        walk.fault("dropped", f"the {link.kind} of link {link.seq}")
        return
    table = "runs" if link.kind == "run" else LINKED[link.kind].name
    found = digest(table, own[0], judged if link.kind == "turn" else ())
    if before is not None and _hash(before, link, found) != link.hash:
        aside = ", or one of its judgements" if link.kind == "turn" else ""
        walk.broken.append(_Checked(link, f"{_name(link.kind, own[0])}{aside}", found, before))


def _rows(connection: Connection, table: Table, run: int, after: int, until: int | None) -> Iterable[RowMapping]:
    query = select(table).where(table.c.run == run, table.c.seq > after)
    if until is not None:
        query = query.where(table.c.seq <= until)
    order = [table.c.seq, table.c.place] if table is JUDGEMENTS else [table.c.seq]
    return connection.execute(query.order_by(*order).execution_options(yield_per=PAGE)).mappings()


def _name(kind: str, row: RowMapping) -> str:
    match kind:
        case "turn":
            return f"turn {row['turn']} of episode {row['number']}"
        case "judgement":
            return f"a judgement of turn {row['turn']} of episode {row['number']}"
        case "episode":
            return f"the closing of episode {row['number']}"
        case "run":
            return "the manifest of the run"
        case _:
            return f"the {kind} of link {row['seq']}"


def _order(broken: Sequence[_Checked]) -> Iterator[Fault]:
    """Tell links whose hash was written for another place from rows or links that were edited."""
    tried = broken[:_SEARCHED]
    hashes = {found.link.hash for found in tried}
    moved = {
        _hash(before, other.link, other.digest)
        for other in tried
        for before in {found.before for found in tried} | hashes
    }
    for found in broken:
        yield Fault("reordered" if found.link.hash in moved else "edited", found.name)


def _seal(walk: _Walk) -> bool:
    """Compare the chain with the seal; return whether the seal covers all of it."""
    count, head = walk.run["sealed_count"], walk.run["sealed_head"]
    if count is None and head is None:
        return False
    if count is None or head is None:
        walk.fault("edited", "the seal of the run")
    elif count > walk.next:
        walk.fault("dropped", f"{count - walk.next} links at the end: {count} were sealed, {walk.next} are there")
    elif walk.sealed_hash != head:
        walk.fault("edited", "the seal of the run, or the chain below it")
    return bool(count == walk.next)


def _hash(before: bytes, found: Link, digest: bytes) -> bytes:
    return link(before, seq=found.seq, kind=found.kind, digest=digest).hash
