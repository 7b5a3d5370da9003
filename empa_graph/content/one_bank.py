"""Cards composed from one bank of lines: what they may share, and what they may not.

Rule: no opening of one is nearly the same as an opening of another, and of what a goal holds itself (openings, beats,
elaborations, settle lines) at most half stands word for word in another card. How people hesitate, push back or say
goodbye they may have in common. Cards of different banks, and those of none, are held to `validation.shared_text`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

import regex

from empa_graph.content.card_rules import LEAST_CONTENT, TWINS
from empa_graph.content.library import load_persona
from empa_graph.cues.tokens import stems
from empa_graph.errors import ContentError
from empa_graph.models.persona import Persona

SHARED_LINES = 0.5
"""Share of what a goal holds itself that may stand word for word in another card of its bank."""
_KEPT = 4_096


def bank_faults(paths: Iterable[Path]) -> list[str]:
    """Return where cards of one bank are too much alike; a file that cannot be read has its own fault elsewhere."""
    seen: dict[str, list[Persona]] = {}
    found = []
    for path in paths:
        try:
            card = load_persona(path)
        except ContentError:
            continue
        if card.bank is not None:
            if why := too_alike(card, seen.setdefault(card.bank, [])):
                found.append(f"{path}: {why}")
            seen[card.bank].append(card)
    return found


def too_alike(card: Persona, others: Sequence[Persona]) -> str | None:
    """Return why ``card`` cannot stand beside ``others`` of its bank, None where it can."""
    for other in others:
        if why := _alike(card, other):
            return f"{why} '{other.id}'"
    return None


def _alike(card: Persona, other: Persona) -> str | None:
    own, theirs = _goal_lines(card), _goal_lines(other)
    if len(own & theirs) > SHARED_LINES * min(len(own), len(theirs)):
        return "more than half of its goal's lines stand in"
    if any(_nearly_same(one, another) for one in _openings(card) for another in _openings(other)):
        return "an opening says nearly the same as one in"
    return None


def _nearly_same(one: str, other: str) -> bool:
    left, right = stems(one), stems(other)
    if min(len(left), len(right)) < LEAST_CONTENT:
        return _plain(one) == _plain(other)
    return len(left & right) >= TWINS * len(left | right)


def _openings(card: Persona) -> tuple[str, ...]:
    return tuple(line.text for goal in card.goals for line in goal.openings)


def _goal_lines(card: Persona) -> frozenset[str]:
    lines = (
        line.text
        for goal in card.goals
        for line in (*goal.openings, *goal.beats, *goal.elaborations, *goal.lines.settle)
    )
    return frozenset(map(_plain, lines))


@lru_cache(maxsize=_KEPT)
def _plain(text: str) -> str:
    """Return the words alone, in small letters."""
    return " ".join(regex.findall(r"[\p{L}\p{N}]+", text.lower().replace("'", "").replace("\u2019", "")))
