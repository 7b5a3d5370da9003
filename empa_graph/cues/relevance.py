"""Whether a reply is about what this person said: what it shares with them beside what it shares with other people.

A fixed sentence shares no more with this person than with anybody, whatever words it is made of. How much a reply tells
is a log-odds, learned from supporters of the coded corpus and from fixed sentences in their place.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from empa_graph.cues.everyday import EVERYDAY
from empa_graph.cues.sentence_vectors import STEM, Summed, sentence_vectors
from empa_graph.cues.tokens import stems

PASSAGES = Path(__file__).parent / "passages.json"
EVIDENCE = Path(__file__).parent / "relevance.json"
LATE = 3
"""Messages of the person that count together as what is talked about now."""
ANSWERABLE = 3
"""Words of one's own in a message from which an answer can take one up."""
MOST = 1.25
"""The most that one reply tells for its agent: a word given back now and then must not pay for a script."""
EDGE = 0.02
"""Kept from the ends of a rank, so that its log-odds is finite."""


class Shared(NamedTuple):
    """What a reply has in common with this person, as ranks in [0, 1] among sixty passages of other people.

    A tie counts half, so a reply that shares nothing with anybody has 0.5.
    """

    words: float
    """Content stems, each by how rare it is."""
    meaning: float
    """What the stems mean, by vectors of words."""


class _Others(NamedTuple):
    messages: int
    counts: dict[str, int]
    passages: tuple[frozenset[str], ...]


class Weights(NamedTuple):
    """The weights of the logistic model: of both ranks' log-odds, and the constant."""

    words: float
    meaning: float
    constant: float


def is_answerable(*messages: str) -> bool:
    """Say whether ``messages`` hold words that are this person's; to "Hm." hardly anything particular can be said."""
    return len(frozenset[str]().union(*map(stems, messages)) - EVERYDAY) >= ANSWERABLE


def shared(reply: str, person: Sequence[str]) -> Shared:
    """Return what ``reply`` shares with the last of ``person``."""
    mine = stems(reply)
    theirs = frozenset[str]().union(*map(stems, person[-LATE:]))
    return Shared(_by_words(mine, theirs), _by_meaning(mine, theirs))


def evidence(reply: str, person: Sequence[str]) -> float:
    """Return how much ``reply`` tells for an agent that answers this person: natural log-odds, at most ``MOST``.

    Below 0 it tells for one that says the same to everybody; where there was next to nothing to take up none does.
    """
    return _evidence(reply, tuple(person[-LATE:]))


@lru_cache(maxsize=2048)
def _evidence(reply: str, late: tuple[str, ...]) -> float:
    """Kept for a while: a reply is looked at again with every turn behind it."""
    if not late:
        return 0.0
    found, by = shared(reply, late), weights()[is_answerable(late[-1])]
    told = by.words * odds(found.words) + by.meaning * odds(found.meaning) + by.constant
    return min(MOST, told if is_answerable(*late) else max(0.0, told))


def odds(rank: float) -> float:
    """Return the log-odds of a rank."""
    return math.log((rank + EDGE) / (1.0 - rank + EDGE))


@cache
def weights() -> dict[bool, Weights]:
    """Return the weights by whether the message that is answered is answerable (`benchmarks/train_relevance.py`)."""
    found = json.loads(EVIDENCE.read_text(encoding="utf-8"))
    return {True: Weights(*found["answerable"]), False: Weights(*found["quiet"])}


def _by_words(mine: frozenset[str], theirs: frozenset[str]) -> float:
    there = [_common(mine, said) / norm for said, norm in zip(_others().passages, _norms(), strict=True)]
    return _rank(_common(mine, theirs) / _norm(theirs), there)


def _by_meaning(mine: frozenset[str], theirs: frozenset[str]) -> float:
    reply, heard = map(_meaning, (mine, theirs))
    if not reply.length or not heard.length:
        return 0.5
    here, *there = (int(reply.vector @ said.vector) / said.length for said in (heard, *_meant()))
    return _rank(here, there)


def _meaning(said: frozenset[str]) -> Summed:
    return sentence_vectors().summed({STEM + stem: 1 for stem in said})


def _rank(here: float, there: Sequence[float]) -> float:
    return sum(0.5 if here == value else here > value for value in there) / len(there)


def _common(mine: frozenset[str], theirs: frozenset[str]) -> float:
    return sum(_rare(stem) ** 2 for stem in mine & theirs)


def _norm(said: frozenset[str]) -> float:
    return math.sqrt(_common(said, said)) or 1.0


@lru_cache(maxsize=8192)
def _rare(stem: str) -> float:
    """Return how much a shared stem tells, by how many messages of other people it stands in."""
    return math.log((_others().messages + 1) / (_others().counts.get(stem, 0) + 0.5))


@cache
def _others() -> _Others:
    found = json.loads(PASSAGES.read_text(encoding="utf-8"))
    return _Others(found["messages"], found["counts"], tuple(map(frozenset, found["passages"])))


@cache
def _meant() -> tuple[Summed, ...]:
    return tuple(map(_meaning, _others().passages))


@cache
def _norms() -> tuple[float, ...]:
    return tuple(map(_norm, _others().passages))
