"""How the outcomes of two runs come side by side: by scenario, and by variant where they play the same ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TypeVar

from empa_graph.errors import UsageError
from empa_graph.models.outcome import Outcome

Group = tuple[str, str]
"""A scenario and a variant; the variant is empty where runs of different variants are paired."""
_Label = TypeVar("_Label", str, Group)


def alike(
    baseline: Sequence[Outcome], candidate: Sequence[Outcome], where: str
) -> tuple[dict[Group, list[Outcome]], dict[Group, list[Outcome]]]:
    """Group both sides so that they pair: by scenario and variant, or by scenario where each has one variant.

    Raises UsageError, saying ``where``, for variants that differ otherwise.
    """
    ours, theirs = ({outcome.variant for outcome in side} for side in (baseline, candidate))
    if ours == theirs:
        return grouped(baseline), grouped(candidate)
    if len(ours) == len(theirs) == 1:
        return grouped(baseline, apart=False), grouped(candidate, apart=False)
    names = " against ".join(", ".join(sorted(side)) for side in (ours, theirs))
    raise UsageError(f"{where}: the variants differ ({names}); choose one by slice.variant")


def grouped(outcomes: Iterable[Outcome], *, apart: bool = True) -> dict[Group, list[Outcome]]:
    """Return the outcomes by scenario, and by variant where these stay ``apart``."""
    groups: defaultdict[Group, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        groups[outcome.scenario, outcome.variant if apart else ""].append(outcome)
    return dict(groups)


def named(group: Group) -> str:
    """Name a group in a few words."""
    return f"{group[0]} ({group[1]})" if group[1] else group[0]


def means(pairs: Iterable[tuple[_Label, float]]) -> dict[_Label, float]:
    """Return the mean of the values of each label."""
    gathered: defaultdict[_Label, list[float]] = defaultdict(list)
    for label, value in pairs:
        gathered[label].append(value)
    return {label: sum(values) / len(values) for label, values in gathered.items()}
