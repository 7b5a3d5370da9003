"""What of the card may not be said yet or never: ids, the goal's title and end, beats that are not released."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

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
    persona = wording.scenario.persona
    ids = {persona.id, *(goal.id for goal in persona.goals)}
    ids |= {beat.id for goal in persona.goals for beat in goal.beats} | {beat.id for beat in persona.beats}
    for name in ids:
        if "_" in name and (found := regex.search(rf"\b{regex.escape(name)}\b", wording.said)):
            return Finding("identifier", found[0])
    return None


def _goal(wording: Wording) -> Finding | None:
    new = stems(wording.said) - stems(wording.line)
    for goal in wording.scenario.persona.goals:
        title = stems(goal.title)
        shared = new & title
        whole = len(shared) >= max(2, TITLE_SHARE * len(title - stems(wording.line)))
        if (whole and len(shared) >= TITLE_SHARE * len(title)) or _run(wording, goal.title):
            return Finding("goal", _shown(wording.said, title))
        end = stems(goal.reached_when)
        if len(new & end) >= GOAL_WORDS or _run(wording, goal.reached_when, RUN + 1):
            return Finding("goal", _shown(wording.said, end - stems(wording.line)))
    return None


def _run(wording: Wording, text: str, size: int = RUN) -> bool:
    said, line = _turned(wording.said), _turned(wording.line)
    wanted = _grams(_turned(text), size)
    return bool(wanted & _grams(said, size) - _grams(line, size))


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
