"""Whether a reply answers this person: how far it shares more with their words than with what other people said.

A fixed script shares no more with this person than with anybody, whatever words it is made of, so that it comes out at
a half on average. Human supporters on ESConv have a median of 0.8 over a conversation, one in a hundred less than 0.56.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from empa_graph.cues.tokens import stems

PASSAGES = Path(__file__).parent / "passages.json"
LATE = 3
"""Messages of the person that count together as what is talked about now."""


class _Others(NamedTuple):
    messages: int
    counts: dict[str, int]
    passages: tuple[frozenset[str], ...]


def relevance(reply: str, person: Sequence[str]) -> float:
    """Return the share of other people's passages with which ``reply`` has less in common than with ``person``.

    In common are content stems, each by how rare it is; a tie counts half, so a reply that shares nothing with anybody
    has 0.5. In [0, 1].
    """
    return _relevance(reply, tuple(person[-LATE:]))


@lru_cache(maxsize=2048)
def _relevance(reply: str, late: tuple[str, ...]) -> float:
    """Kept for a while: a reply is looked at again with every turn behind it."""
    mine = stems(reply)
    theirs = frozenset[str]().union(*map(stems, late))
    here = _shared(mine, theirs) / _norm(theirs)
    there = [_shared(mine, said) / norm for said, norm in zip(_others().passages, _norms(), strict=True)]
    return sum(0.5 if here == value else here > value for value in there) / len(there)


def _shared(mine: frozenset[str], theirs: frozenset[str]) -> float:
    return sum(_rare(stem) ** 2 for stem in mine & theirs)


def _norm(said: frozenset[str]) -> float:
    return math.sqrt(_shared(said, said)) or 1.0


@lru_cache(maxsize=8192)
def _rare(stem: str) -> float:
    """Return how much a shared stem tells, by how many messages of other people it stands in."""
    return math.log((_others().messages + 1) / (_others().counts.get(stem, 0) + 0.5))


@cache
def _others() -> _Others:
    found = json.loads(PASSAGES.read_text(encoding="utf-8"))
    return _Others(found["messages"], found["counts"], tuple(map(frozenset, found["passages"])))


@cache
def _norms() -> tuple[float, ...]:
    return tuple(map(_norm, _others().passages))
