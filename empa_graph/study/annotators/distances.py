"""How far apart two values of one variable lie, by its scale, and two annotators on it.

Interval: the difference, as a share of ``width``. Ordinal: the difference of the places, as a share of the longest.
Nominal: 0 or 1. Set: MASI. Order: the share of pairs that stand the other way round (Kendall).
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Literal, NamedTuple

from empa_graph.scoring.agreement import weighted_kappa


class Kappa(NamedTuple):
    """Cohen's kappa with quadratic weights of two annotators; None where both gave one value throughout."""

    one: str
    other: str
    n: int
    """Conversations that both marked."""
    value: float | None


class Distance(NamedTuple):
    """How far apart the values of a conversation lie at most, and what each annotator gave."""

    conversation: str
    size: float
    given: dict[str, Value]


Scale = Literal["interval", "ordinal", "nominal", "set", "order"]
Value = float | str | tuple[str, ...]
Given = Mapping[str, Mapping[str, Value]]
"""By conversation, what each annotator gave."""


class Measure(NamedTuple):
    """What distances of one variable are measured by."""

    scale: Scale
    levels: tuple[Value, ...] = ()
    """Of an ordinal variable, from low to high."""
    width: float = 1.0
    """Of an interval variable: the difference that counts as 1."""


def apart(measure: Measure, one: Value, other: Value) -> float:
    """Return how far apart two values lie, 0 for the same; at most 1 but for numbers further apart than ``width``.

    Raises ValueError for values that the scale does not have.
    """
    if measure.scale == "interval":
        return abs(number(one) - number(other)) / measure.width
    if measure.scale == "ordinal":
        return abs(place(measure, one) - place(measure, other)) / (len(measure.levels) - 1)
    if measure.scale == "nominal":
        return float(one != other)
    return (masi if measure.scale == "set" else kendall)(words(one), words(other))


def number(value: Value) -> float:
    """Return the number that a value is. Raises ValueError."""
    if isinstance(value, int | float):
        return float(value)
    raise ValueError(f"'{value}' is no number")


def words(value: Value) -> tuple[str, ...]:
    """Return the words that a value is. Raises ValueError."""
    if isinstance(value, tuple):
        return value
    raise ValueError(f"'{value}' is no list of words")


def place(measure: Measure, value: Value) -> int:
    """Return the place of an ordinal value among its levels, from 0. Raises ValueError."""
    return measure.levels.index(value)


def masi(one: tuple[str, ...], other: tuple[str, ...]) -> float:
    """Return 1 - Jaccard * monotonicity of two sets; 0 for two empty ones.

    Monotonicity is 1 for the same set, 2/3 where one lies in the other, 1/3 where they overlap, else 0.
    Source: R. Passonneau, Measuring Agreement on Set-valued Items (MASI), LREC 2006.
    """
    a, b = frozenset(one), frozenset(other)
    if a == b:
        return 0.0
    shared = len(a & b)
    if not shared:
        return 1.0
    return 1.0 - shared / len(a | b) * (2 / 3 if a <= b or b <= a else 1 / 3)


def kendall(one: tuple[str, ...], other: tuple[str, ...]) -> float:
    """Return the share of pairs that stand the other way round in ``other``, 0 to 1.

    Raises ValueError for orders of different words.
    """
    if set(one) != set(other):
        raise ValueError(f"orders of different words: {', '.join(one)} and {', '.join(other)}")
    pairs = list(combinations(one, 2))
    return sum(other.index(a) > other.index(b) for a, b in pairs) / len(pairs) if pairs else 0.0


def kappas(measure: Measure, given: Given) -> tuple[Kappa, ...]:
    """Return kappa of each pair of annotators with a conversation in common, by the places of an ordinal's levels."""
    names = sorted({name for marks in given.values() for name in marks})
    found = []
    for one, other in combinations(names, 2):
        both = [marks for marks in given.values() if one in marks and other in marks]
        if both:
            first, second = ([place(measure, marks[name]) for marks in both] for name in (one, other))
            found.append(Kappa(one, other, len(both), weighted_kappa(first, second)))
    return tuple(found)


def distances(measure: Measure, given: Given) -> tuple[Distance, ...]:
    """Return the conversations on which annotators differ, those furthest apart first."""
    found = [
        Distance(conversation, size, dict(marks))
        for conversation, marks in given.items()
        if (size := max((apart(measure, a, b) for a, b in combinations(marks.values(), 2)), default=0.0)) > 0
    ]
    return tuple(sorted(found, key=lambda one: (-one.size, one.conversation)))
