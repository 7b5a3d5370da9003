"""Pairs of annotators on an ordinal variable, and where annotators are furthest apart."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import NamedTuple

from empa_graph.scoring.agreement import weighted_kappa
from empa_graph.study.annotators.distances import Measure, Value, apart, place

Given = Mapping[str, Mapping[str, Value]]
"""By conversation, what each annotator gave."""


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
