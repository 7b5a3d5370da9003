"""Guards on one conversation: what scripts, parrots and comfort for anybody show, and hardly any human supporter.

Rule: a guard caps and never penalises, and its limit lies outside the range of people (docs/guards.md). How far a
score is capped is the caller's to decide.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from operator import add
from pathlib import Path

from empa_graph.cues.grafts import NO_GRAFTS, Grafts, framed, grafts
from empa_graph.cues.lexicon import GENERIC
from empa_graph.cues.overlap import grams, turned
from empa_graph.cues.tokens import read, stem, stems
from empa_graph.models.dialogue import Speaker
from empa_graph.models.guard import FEWEST_REPLIES, FEWEST_TOLD, Guard, GuardFindings

SIZE = 3
MOST: dict[Guard, float] = {"repeated": 0.10, "copied": 0.09, "framed": 1.8}
"""Above these a conversation lies beyond 99 in 100 human supporters, and beyond every listener of ours."""
MOST_IN_SHORT: dict[Guard, float] = {**MOST, "repeated": 0.16, "copied": 0.16}
"""The same where there are `FEWEST_TOLD` replies and fewer than `FEWEST_REPLIES`."""
LEAST: dict[Guard, float] = {"specific": 0.11}
"""Below this it lies beyond 95 in 100; in few replies even that says nothing."""
LISTENED = 12
"""The person's last messages from which a frame can be filled."""
ORDINARY = frozenset((Path(__file__).parent / "ordinary.txt").read_text(encoding="utf-8").split()) | {
    stem(word) for word in GENERIC
}
"""Stems that any talk of troubles has; ``benchmarks/guards.py --ordinary`` writes the file."""
_Spoken = tuple[tuple[Speaker, str], ...]
_STRIDE = 200
"""Messages between the states that are reached one after another, so that none is reached by a deep recursion."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A set that grows by new sets of about equal size being joined: n additions cost n log n, and none alters it."""

    blocks: tuple[frozenset[str], ...] = ()

    def __contains__(self, item: str) -> bool:
        """Say whether ``item`` is in it."""
        return any(item in block for block in self.blocks)

    def joined(self, more: frozenset[str]) -> Seen:
        """Return it with ``more``."""
        blocks = self.blocks
        while blocks and len(blocks[-1]) <= len(more):
            blocks, more = blocks[:-1], blocks[-1] | more
        return Seen((*blocks, more)) if more else self


@dataclass(frozen=True, slots=True)
class GuardPath:
    """A conversation as far as it has come; a further message gives a new path at a cost that hardly grows."""

    replies: int = 0
    grams: int = 0
    """3-grams of the replies, counted as often as they are said."""
    repeated: int = 0
    copied: int = 0
    specific: int = 0
    said: Seen = field(default=Seen(), repr=False)
    heard: Seen = field(default=Seen(), repr=False)
    known: Seen = field(default=Seen(), repr=False)
    last: tuple[str, ...] = ()
    """What the person said last, up to `LISTENED` messages."""
    grafts: Grafts = NO_GRAFTS

    def after(self, speaker: Speaker, text: str) -> GuardPath:
        """Return the path with one more message; of ``text`` the first 20,000 characters are read."""
        words = read(text).words()
        if not words:
            return self
        alike = _pieces(turned(words))
        if speaker == "persona":
            unusual = stems(text) - ORDINARY
            heard, known = self.heard.joined(frozenset(alike)), self.known.joined(unusual)
            return replace(self, heard=heard, known=known, last=(*self.last, text)[-LISTENED:])
        own = _pieces(words)
        return replace(
            self,
            replies=self.replies + 1,
            grams=self.grams + len(own),
            repeated=self.repeated + sum(gram in self.said for gram in own),
            copied=self.copied + sum(gram in self.heard for gram in alike),
            specific=self.specific + any(word in self.known for word in stems(text)),
            said=self.said.joined(frozenset(own)),
            grafts=Grafts(*map(add, self.grafts, grafts(text, self.last))) if self.last else self.grafts,
        )

    @property
    def findings(self) -> GuardFindings:
        """The figures so far, and the guards that they lie beyond."""
        if not self.replies:
            return GuardFindings(replies=0)
        figures: dict[Guard, float] = {
            "repeated": self.repeated / self.grams,
            "copied": self.copied / self.grams,
            "framed": framed(self.grafts, self.replies),
            "specific": self.specific / self.replies,
        }
        told = {guard: _excess(guard, figure, self.replies) for guard, figure in figures.items()}
        return GuardFindings(
            replies=self.replies, excess={guard: excess for guard, excess in told.items() if excess > 0.0}, **figures
        )


def _excess(guard: Guard, figure: float, replies: int) -> float:
    """Return how far ``figure`` lies beyond people; nothing where so few replies say nothing of it."""
    if replies >= FEWEST_REPLIES:
        return max(figure - MOST.get(guard, math.inf), LEAST.get(guard, -math.inf) - figure)
    return figure - MOST_IN_SHORT.get(guard, math.inf) if replies >= FEWEST_TOLD else 0.0


def guard_findings(messages: Iterable[tuple[Speaker, str]]) -> GuardFindings:
    """Return what the guards find in ``messages``, each with who said it, oldest first.

    A conversation that was asked about a message or two earlier goes on from there.
    """
    said = tuple(messages)
    for place in range(_STRIDE, len(said), _STRIDE):
        _path(said[:place])
    return _path(said).findings


@lru_cache(maxsize=256)
def _path(said: _Spoken) -> GuardPath:
    return _path(said[:-1]).after(*said[-1]) if said else GuardPath()


def _pieces(words: tuple[str, ...]) -> list[str]:
    """Return the 3-grams of ``words``; a shorter text is one piece."""
    return grams(words, SIZE) or [" ".join(words)]
