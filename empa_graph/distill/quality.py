"""Whether a conversation is of use, by its form and its words; pure.

Rule: what is in doubt is kept, and what is left out is left out for the first of the causes that hold.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import regex
from pydantic import Field

from empa_graph.cues.language import foreign
from empa_graph.distill.records import CAUSES, Cause, Turn, Unfit
from empa_graph.models.dialogue import LONGEST_REPLY, Speaker
from empa_graph.models.record import Record

SIDES: tuple[Speaker, ...] = ("persona", "empathic")
SAME_AGAIN, FEWEST_SAME = 0.6, 4
"""Share of one side's messages that may be the same text, and from how many messages on that counts."""
SEARCHED = 4_000
"""Characters of one message in which orders to a model are looked for."""
_CONTROL = regex.compile(
    r"<\|[\w|]{2,40}\|>|\[/?INST\]|<</?SYS>>|<start_of_turn>|<end_of_turn>|[\0-\x08\x0b\x0c\x0e-\x1f\ufffd]"
)
_ORDERS = regex.compile(
    r"(?i)\b(?:ignore|disregard|forget|override)\s+(?:all\s+|any\s+|every\s+)?(?:of\s+)?(?:the\s+|your\s+|my\s+)?"
    r"(?:previous|prior|above|earlier|preceding|system)\s+(?:instructions?|prompts?|rules|messages|text)\b"
    r"|\b(?:reveal|print|repeat|show)\s+(?:me\s+)?(?:your|the)\s+(?:system\s+prompt|hidden\s+prompt|initial\s+instructions)\b"
    r"|\byou\s+are\s+now\s+(?:in\s+)?(?:developer\s+mode|dan\b|jailbroken|an?\s+unrestricted)"
    r"|(?:^|\n)\s*(?:#+\s*)?(?:system|assistant)\s*(?:prompt|message)?\s*:\s*you\s+(?:are|must|will)\b"
)


class Bounds(Record):
    """How much a conversation must say, and may say."""

    least_turns: int = Field(default=3, ge=1)
    """Turns: a person's message, or several in a row, and the answer."""
    most_turns: int = Field(default=200, ge=1)
    least_words: int = Field(default=20, ge=0)
    """Words of the person, over the conversation."""
    longest_message: int = Field(default=LONGEST_REPLY, ge=1, le=LONGEST_REPLY)
    """Characters of one message."""


def unfit(turns: Sequence[Turn], bounds: Bounds) -> Unfit | None:
    """Return why a conversation is left out; None for one that is kept. A cheap cause comes before a dear one."""
    return next((cause for cause, holds in _CAUSES.items() if holds(turns, bounds)), None)


def measured(cause: Unfit, turns: Sequence[Turn]) -> int | None:
    """Return how much a conversation has of what ``cause`` counts; None where it counts nothing."""
    return _MEASURES[cause].of(turns) if cause in _MEASURES else None


def why(cause: Cause, bounds: Bounds) -> str:
    """Return why conversations are left out, with the bound and the option that moves it where there is one."""
    if (measure := _MEASURES.get(cause)) is None:
        return CAUSES[cause]
    option = f"--{measure.bound.replace('_', '-')}"
    return f"{CAUSES[cause]}: wanted are {measure.wanted.format(getattr(bounds, measure.bound))} ({option})"


def answered(turns: Sequence[Turn]) -> int:
    """Return how often an answer follows what the person says."""
    sides = [turn.speaker for turn in turns]
    return sum(pair == ("persona", "empathic") for pair in pairwise(sides))


def _same_again(texts: Sequence[str]) -> bool:
    if len(texts) < FEWEST_SAME:
        return False
    return max(Counter(" ".join(text.casefold().split()) for text in texts).values()) > SAME_AGAIN * len(texts)


def _said(turns: Sequence[Turn], side: Speaker) -> list[str]:
    return [turn.text for turn in turns if turn.speaker == side]


def _words(turns: Sequence[Turn]) -> int:
    return sum(len(text.split()) for text in _said(turns, "persona"))


_CAUSES: dict[Unfit, Callable[[Sequence[Turn], Bounds], bool]] = {
    "long_message": lambda turns, bounds: any(len(turn.text) > bounds.longest_message for turn in turns),
    "one_sided": lambda turns, _: {turn.speaker for turn in turns if turn.text.strip()} != set(SIDES),
    "few_turns": lambda turns, bounds: answered(turns) < bounds.least_turns,
    "many_turns": lambda turns, bounds: answered(turns) > bounds.most_turns,
    "few_words": lambda turns, bounds: _words(turns) < bounds.least_words,
    "control_text": lambda turns, _: any(_CONTROL.search(turn.text) for turn in turns),
    "instructions": lambda turns, _: any(_ORDERS.search(turn.text[:SEARCHED]) for turn in turns),
    "same_again": lambda turns, _: any(_same_again(_said(turns, side)) for side in SIDES),
    "language_not_read": lambda turns, _: bool(foreign(turn.text for turn in turns)),
}
"""In this order: the language is asked last, since its words are read."""


class _Measure(NamedTuple):
    of: Callable[[Sequence[Turn]], int]
    bound: str
    wanted: str


_MEASURES: Mapping[Cause, _Measure] = {
    "few_turns": _Measure(answered, "least_turns", "at least {:,} answered messages"),
    "many_turns": _Measure(answered, "most_turns", "at most {:,} answered messages"),
    "few_words": _Measure(_words, "least_words", "at least {:,} words of the person"),
}
"""What is counted under a cause, and the field of the bound."""
