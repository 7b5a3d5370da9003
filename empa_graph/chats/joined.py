"""Rows and recorded calls that follow each other, joined to the conversation that they are parts of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from empa_graph.chats.pieces import LARGEST, PARTS, Fault, Messages, Piece
from empa_graph.chats.traces import joined

MOST_PARTS = 20_000
"""Rows or calls of one conversation."""


@dataclass(slots=True)
class _Held:
    """The parts of the conversation that is being read; ``spoiled`` when one of them cannot be used."""

    id: str | None
    parts: list[Piece] = field(default_factory=list)
    size: int = 0
    spoiled: bool = False


def whole(found: Iterable[Piece | Fault]) -> Iterator[Piece | Fault]:
    """Yield whole conversations; one of which a row cannot be used is left out with the fault of that row."""
    held: _Held | None = None
    for item in found:
        part = item.kind in PARTS if isinstance(item, Piece) else item.row
        name = item.id if isinstance(item, Piece) else item.of
        same = held is not None and (name == held.id or (isinstance(item, Fault) and name is None))
        if held is not None and not (part and same) and (part or isinstance(item, Piece)):
            yield from _closed(held)
            held = None
        if not part:
            yield item
        else:
            held = held or _Held(name)
            yield from _added(held, item)
    if held is not None:
        yield from _closed(held)


def _added(held: _Held, item: Piece | Fault) -> Iterator[Fault]:
    if isinstance(item, Fault):
        held.spoiled = True
        yield item
    elif not held.spoiled:
        held.parts.append(item)
        held.size += sum(len(said.text) for said in item.messages if said is not None)
        if held.size > LARGEST or len(held.parts) > MOST_PARTS:
            most = f"{LARGEST:,} characters or {MOST_PARTS:,} rows"
            yield Fault(held.parts[0].line, f"a conversation of more than {most}", "oversized")
            held.spoiled = True
            held.parts.clear()


def _closed(held: _Held) -> Iterator[Piece]:
    if held.spoiled or not held.parts:
        return
    first = held.parts[0]
    yield first._replace(kind="whole", id=held.id, messages=_messages(held.parts))


def _messages(parts: list[Piece]) -> Messages:
    if parts[0].kind == "row":
        return tuple(said for part in parts for said in part.messages)
    found: Messages = ()
    for part in sorted(parts, key=lambda part: part.at) if all(part.at for part in parts) else parts:
        found = joined(found, part.messages)
    return found
