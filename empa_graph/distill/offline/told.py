"""What the person says in a conversation, in its parts, and the clauses on which a mark stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from empa_graph.cues.tokens import read
from empa_graph.distill.marks import Quote
from empa_graph.distill.offline.phrases import Hit, hits
from empa_graph.distill.records import Conversation

OPENING = 80
"""Words after which the person has opened."""
LONGEST = 600
"""Characters of a quote."""
MOST = 3
"""Quotes of a mark."""


class Told(NamedTuple):
    """One message of the person, with its place in the conversation, from 0."""

    turn: int
    text: str


class Spot(NamedTuple):
    """A phrase of a list, in the message where it stands."""

    told: Told
    hit: Hit


def told(of: Conversation) -> tuple[Told, ...]:
    """Return the messages of the person that have words, in order."""
    said = (Told(at, turn.text) for at, turn in enumerate(of.turns) if turn.speaker == "persona")
    return tuple(one for one in said if read(one.text).tokens)


def opening(said: Sequence[Told]) -> tuple[Told, ...]:
    """Return the first messages: those up to `OPENING` words, of the first half."""
    found: list[Told] = []
    words = 0
    for one in said[: max(1, len(said) // 2)]:
        found.append(one)
        words += read(one.text).length
        if words >= OPENING:
            break
    return tuple(found)


def closing(said: Sequence[Told]) -> tuple[Told, ...]:
    """Return the last messages: those of the last third, none of the opening."""
    return tuple(said[max(len(opening(said)), len(said) - max(1, len(said) // 3)) :])


def spots(said: Iterable[Told], *names: str) -> tuple[Spot, ...]:
    """Return where phrases of the lists ``names`` stand, each wording once, in order."""
    found: dict[str, Spot] = {}
    for one in said:
        for name in names:
            for hit in hits(one.text, name):
                found.setdefault(hit.words, Spot(one, hit))
    return tuple(sorted(found.values(), key=lambda spot: (spot.told.turn, spot.hit.start)))


def quotes(found: Iterable[Spot]) -> tuple[Quote, ...]:
    """Return the clauses around the first of ``found``, each once."""
    return tuple(dict.fromkeys(map(_clause, found)))[:MOST]


def _clause(spot: Spot) -> Quote:
    tokens = read(spot.told.text).tokens
    here = [token for token in tokens if token.start < spot.hit.end and token.end > spot.hit.start]
    ends = {token.clause for token in here}
    around = [token for token in tokens if token.clause in ends]
    text = spot.told.text[around[0].start : around[-1].end]
    if len(text) > LONGEST:
        text = spot.told.text[spot.hit.start : spot.hit.end]
    return Quote(turn=spot.told.turn, text=text)
