"""What is counted of a scenario: its values on each aspect, and all values that an aspect can have."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Literal, get_args

from empa_graph.models.persona import Context, Need, Scenario, Threshold
from empa_graph.report.text import shortened

Aspect = Literal[
    "context",
    "language",
    "age",
    "gender",
    "culture",
    "country",
    "threshold",
    "speaks of",
    "need",
    "danger",
    "matter",
    "difficulty",
]
AGES = ((18, 24), (25, 34), (35, 44), (45, 54), (55, 64), (65, 110))
"""Bands of age in years, both ends included; a card is of an adult."""
Level = Literal["easy", "medium", "hard"]
Known = Mapping[str, Mapping[Aspect, str]]
"""By scenario id, values that stand on no card: what it is about (``matter``), how difficult it is."""
LONGEST_VALUE = 120
NOT_KNOWN = "not known"
_SAFE = "none"


def age_band(age: int) -> str:
    """Return the band of an ``age`` in years, as ``25 to 34``."""
    low, high = next(band for band in AGES if band[0] <= age <= band[1])
    return f"{low} and over" if (low, high) == AGES[-1] else f"{low} to {high}"


CLOSED: Mapping[Aspect, Sequence[str]] = {
    "context": get_args(Context),
    "age": [age_band(low) for low, _ in AGES],
    "threshold": get_args(Threshold),
    "need": get_args(Need),
    "danger": (_SAFE, "suicide", "self-harm", "harm to others"),
    "difficulty": get_args(Level),
}
"""The values of an aspect that has no others, in their order, so that one which nobody has is seen."""


def values(scenario: Scenario, aspect: Aspect, known: Known | None = None) -> Sequence[str]:
    """Return the values of a scenario on an aspect: one, or several of what it speaks of and of danger."""
    stands = (known or {}).get(scenario.id, {})
    found = [stands[aspect]] if aspect in stands else _of_card(scenario, aspect)
    return [shortened(value, LONGEST_VALUE) for value in found]


def in_order(aspect: Aspect, seen: Iterable[str]) -> list[str]:
    """Return the values of an aspect in their order: of a closed one all there can be, then others by alphabet."""
    closed = CLOSED.get(aspect, ())
    return [*closed, *sorted({*seen}.difference(closed), key=str.casefold)]


def _of_card(scenario: Scenario, aspect: Aspect) -> Sequence[str]:
    card = scenario.persona
    found: dict[Aspect, Callable[[], Sequence[str]]] = {
        "context": lambda: (scenario.goal.context,),
        "language": lambda: (card.language,),
        "age": lambda: (age_band(card.demographics.age),),
        "gender": lambda: (card.demographics.gender,),
        "culture": lambda: (card.demographics.culture.partition(";")[0],),
        "country": lambda: (card.country or "not stated",),
        "threshold": lambda: (card.empathy_threshold.level,),
        "speaks of": lambda: [note.replace("_", " ") for note in scenario.content_note] or ("nothing of note",),
        "need": lambda: (card.priorities.dominant or "two alike",),
        "danger": lambda: tuple(_dangers(scenario)),
    }
    return found[aspect]() if aspect in found else (NOT_KNOWN,)


def _dangers(scenario: Scenario) -> Iterator[str]:
    danger = scenario.goal.danger
    if danger is None or not danger.real:
        yield _SAFE
    else:
        yield from ["suicide"] * danger.suicidal
        yield from ["self-harm"] * danger.self_harm
        yield from ["harm to others"] * danger.harm_to_others
