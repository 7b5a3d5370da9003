"""Whether a card can be traced to the conversation it was made for: words in a row, names, numbers, meaning.

Bounds: no six words in a row, two of them with content, and no four content words in a row may stand in both; no
placeholder of the redaction, no name that the redaction left, and no number but everyday ones; and, where MiniLM is
installed, no line of the goal lies nearer in meaning to a message of the person than `NEAREST`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import regex

from empa_graph.content.validation import content_words
from empa_graph.cues.minilm import Vector, minilm
from empa_graph.distill.records import Conversation, Turn
from empa_graph.distill.vocabulary import folded, plain
from empa_graph.distill.wording import wording
from empa_graph.errors import MissingExtraError
from empa_graph.models.persona import Persona
from empa_graph.models.sayable import card_lines, goal_lines

RUN, LEAST_CONTENT = 6, 2
"""Words in a row that may not be shared, and how many of them must have content for the run to tell anything."""
CONTENT_RUN = 4
"""Content words in a row that may not be shared."""
NEAREST = 0.5
"""Cosine that no line of the goal may have with a message of the person: see docs/recontextualising.md for its why."""
LEAST_SAID = 3
"""Content words that a line must have for its meaning to be compared: "I don't know" is near to everybody's."""
_PLACEHOLDER = regex.compile(r"\[[a-z]{2,12} [0-9]+\]")
_NUMBER = regex.compile(r"\p{N}[\p{N}.,:/-]*")
_WORD = regex.compile(r"[\p{L}\p{N}']+")
_EVERYDAY_NUMBERS = frozenset(map(str, (*range(13), *range(20, 101, 10), 15, 24, 25, 45, 365)))
_SERVICES = frozenset(["116", "123", "112", "999", "988", "911", "13", "11", "14", "000", "1737", "111"])
Meaning = Callable[[str], Vector]


class Source(NamedTuple):
    """What of a conversation may not come back."""

    runs: frozenset[tuple[str, ...]]
    content_runs: frozenset[tuple[str, ...]]
    names: frozenset[str]
    numbers: frozenset[str]
    messages: tuple[str, ...]


def untraceable(card: Persona, source: Conversation, *, meaning: Meaning | None = None) -> tuple[str, ...]:
    """Return the faults by which ``card`` could be traced to ``source``, without a word of either; none is well.

    ``meaning`` is what compares meanings; without it words alone are compared.
    """
    known = known_of(source.turns)
    return tuple(dict.fromkeys((*_by_words(card, known), *_by_meaning(card, known, meaning))))


def installed_meaning() -> Meaning | None:
    """Return MiniLM where it is installed, else None."""
    try:
        return minilm()
    except MissingExtraError:
        return None


def _by_words(card: Persona, known: Source) -> Iterator[str]:
    for text in texts(card):
        words = _words(text)
        if any(run in known.runs for run in _runs(words, RUN)):
            yield f"shares {RUN} words in a row"
        if any(run in known.content_runs for run in _runs(content_words(text), CONTENT_RUN)):
            yield f"shares {CONTENT_RUN} content words in a row"
        if _PLACEHOLDER.search(text):
            yield "holds a placeholder"
        if not known.names.isdisjoint(map(folded, words)):
            yield "holds a name of the source"
        if not known.numbers.isdisjoint(_numbers(text) - _SERVICES):
            yield "holds a number of the source"


def _by_meaning(card: Persona, known: Source, meaning: Meaning | None) -> Iterator[str]:
    if meaning is not None and nearest(card, known.messages, meaning) > NEAREST:
        yield f"holds a line whose meaning is too near (more than {NEAREST})"


def nearest(card: Persona, messages: Iterable[str], meaning: Meaning) -> float:
    """Return the largest cosine of a line of the card's goals with one of ``messages``, 0 without lines to compare.

    Lines of every goal are many cards' own, and tell nobody's story.
    """
    lines = (said.line.text for goal in card.goals for said in goal_lines(goal))
    said = [text for text in lines if len(content_words(text)) >= LEAST_SAID]
    heard = [text for text in messages if len(content_words(text)) >= LEAST_SAID]
    if not said or not heard:
        return 0.0
    left, right = (np.stack([meaning(text) for text in several]) for several in (said, heard))
    return float((left @ right.T).max())


def texts(card: Persona) -> tuple[str, ...]:
    """Return every text of ``card`` that tells of a person: what is said, and what is told about them."""
    goals = [text for goal in card.goals for text in (goal.title, goal.brought or "", goal.reached_when)]
    told = (card.name, card.summary, card.demographics.culture, card.demographics.work, *card.values, *card.experiences)
    return (*spoken(card), *goals, *told)


def spoken(card: Persona) -> tuple[str, ...]:
    """Return every line of ``card``."""
    lines = (*card_lines(card), *(said for goal in card.goals for said in goal_lines(goal)))
    return tuple(said.line.text for said in lines)


@lru_cache(maxsize=8)
def known_of(turns: tuple[Turn, ...]) -> Source:
    """Return what of ``turns`` may not come back."""
    said = [turn.text for turn in turns]
    words = [_words(text) for text in said]
    return Source(
        runs=frozenset(run for one in words for run in _runs(one, RUN) if _tells(run)),
        content_runs=frozenset(run for text in said for run in _runs(content_words(text), CONTENT_RUN)),
        names=frozenset(name for text in said for name in _names(text)),
        numbers=frozenset(number for text in said for number in _numbers(_PLACEHOLDER.sub("", text))),
        messages=tuple(_PLACEHOLDER.sub("", turn.text) for turn in turns if turn.speaker == "persona"),
    )


def _tells(run: Sequence[str]) -> bool:
    return len(content_words(" ".join(run))) >= LEAST_CONTENT


def _names(text: str) -> Iterator[str]:
    """Yield words with a capital inside a sentence that are no ordinary ones, where capitals tell anything."""
    found = wording(_PLACEHOLDER.sub("", text))
    if found.cased:
        yield from (word.fold for word in found.words if word.capital and not word.first and not plain(word.fold))


def _numbers(text: str) -> frozenset[str]:
    return frozenset(number.strip(".,:/-") for number in _NUMBER.findall(text)) - _EVERYDAY_NUMBERS


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text.replace("\u2019", "'"))]


def _runs(words: Sequence[str], length: int) -> Iterator[tuple[str, ...]]:
    return (tuple(words[at : at + length]) for at in range(len(words) - length + 1))
