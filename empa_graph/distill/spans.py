"""Parts of a text that are to be taken out, and how several claims on the same words are settled."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Protocol

from empa_graph.distill.records import KINDS, Kind


class Span(NamedTuple):
    """From where to where in a text, and what stands there."""

    start: int
    end: int
    kind: Kind


class Finder(Protocol):
    """Finds what names somebody in one message."""

    def __call__(self, text: str, /) -> Iterable[Span]:
        """Yield spans in any order; they may overlap."""


def settled(found: Iterable[Span]) -> tuple[Span, ...]:
    """Return spans that do not overlap and cover every character that ``found`` covers.

    Those that overlap become one, of the kind that comes first in `KINDS`.
    """
    whole: list[Span] = []
    for span in sorted(found):
        last = whole[-1] if whole else None
        if last is None or span.start >= last.end:
            whole.append(span)
        else:
            kind = min(last.kind, span.kind, key=KINDS.index)
            whole[-1] = Span(last.start, max(last.end, span.end), kind)
    return tuple(whole)
