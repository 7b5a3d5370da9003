"""What of the card may not be said yet or never: ids, the goal's title and end, beats that are not released."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import regex
from pydantic import JsonValue

from empa_graph.cues.tokens import read, stem, stems
from empa_graph.models.persona import Persona
from empa_graph.roles.persona.conformance.card import OncePerCard
from empa_graph.roles.persona.conformance.finding import Finding, Wording

BEAT_WORDS = 4
"""Content words of a beat that is not released, and of nothing decided, that give it away."""
RARE_WORDS = 2
"""The same, of words that only beats have."""
GOAL_WORDS = 4
"""Content words of how the goal ends."""
TITLE_SHARE = 0.75
"""Share of the content words of the goal's title, two at least."""
RUN = 4
"""Words in a row of a title or an end, persons of pronouns left aside."""
_TURNED = {
    **dict.fromkeys(("i", "me", "he", "she", "they", "him", "her", "them", "you", "we"), "<one>"),
    **dict.fromkeys(("my", "his", "their", "your", "our"), "<own>"),
    **dict.fromkeys(("himself", "herself", "themselves", "myself", "yourself"), "<self>"),
    **dict.fromkeys(("is", "am", "are", "was", "were", "be"), "<be>"),
    **dict.fromkeys(("has", "have", "had"), "<have>"),
    **dict.fromkeys(("does", "do", "did"), "<do>"),
}


def secret(wording: Wording) -> Finding | None:
    """Return the words of ``wording`` that tell what the person does not tell here."""
    return _identifier(wording) or _goal(wording) or _beat(wording)


def _identifier(wording: Wording) -> Finding | None:
    known = _ids(wording.scenario.persona)
    found = known.search(wording.said) if known is not None and "_" in wording.said else None
    return Finding("identifier", found[0]) if found else None


@OncePerCard
def _ids(persona: Persona) -> regex.Pattern[str] | None:
    """Return what finds an id of the card that is no plain word; None where it has none."""
    ids = {persona.id, *(goal.id for goal in persona.goals)}
    ids |= {beat.id for goal in persona.goals for beat in goal.beats} | {beat.id for beat in persona.beats}
    names = sorted(regex.escape(name) for name in ids if "_" in name)
    return regex.compile(rf"\b(?:{'|'.join(names)})\b") if names else None


def _goal(wording: Wording) -> Finding | None:
    line = stems(wording.line)
    new = stems(wording.said) - line
    said, own = _turned(wording.said), _turned(wording.line)
    runs, longer = (_grams(said, size) - _grams(own, size) for size in (RUN, RUN + 1))
    for title, end, of_title, of_end in _ends(wording.scenario.persona):
        shared = new & title
        whole = len(shared) >= max(2, TITLE_SHARE * len(title - line))
        if (whole and len(shared) >= TITLE_SHARE * len(title)) or of_title & runs:
            return Finding("goal", _shown(wording.said, title))
        if len(new & end) >= GOAL_WORDS or of_end & longer:
            return Finding("goal", _shown(wording.said, end - line))
    return None


class _Goal(NamedTuple):
    """The content of a goal's title and of its end, and their runs of words."""

    title: frozenset[str]
    end: frozenset[str]
    of_title: set[tuple[str, ...]]
    of_end: set[tuple[str, ...]]


@OncePerCard
def _ends(persona: Persona) -> tuple[_Goal, ...]:
    texts = ((goal.title, goal.reached_when) for goal in persona.goals)
    return tuple(
        _Goal(stems(title), stems(end), _grams(_turned(title), RUN), _grams(_turned(end), RUN + 1))
        for title, end in texts
    )


def _turned(text: str) -> list[str]:
    return [_TURNED.get(token.word, token.word) for token in read(text).tokens]


def _grams(words: Sequence[str], size: int) -> set[tuple[str, ...]]:
    return {tuple(words[at : at + size]) for at in range(len(words) - size + 1)}


def _beat(wording: Wording) -> Finding | None:
    new = stems(wording.said) - stems(wording.line) - stems(wording.heard)
    open_words = _open(wording.scenario.persona)
    for beat in wording.locked:
        shared = new & stems(beat)
        rare = shared - open_words
        if len(shared) >= BEAT_WORDS or len(rare) >= RARE_WORDS + (len(shared) == len(rare)):
            return Finding("beat", _shown(wording.said, shared))
    return None


@OncePerCard
def _open(persona: Persona) -> frozenset[str]:
    """Return the content of what the person may say at any time: every line that is no beat."""
    lines: list[JsonValue] = [persona.lines.model_dump(mode="json")]
    lines += [goal.model_dump(mode="json", include={"openings", "elaborations", "lines"}) for goal in persona.goals]
    return frozenset().union(*(stems(text) for text in _texts(lines)))


def _texts(value: JsonValue) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part)


def _shown(said: str, wanted: Iterable[str]) -> str:
    found = frozenset(wanted)
    return ", ".join(dict.fromkeys(token.word for token in read(said).tokens if stem(token.word) in found))
