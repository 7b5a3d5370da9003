"""By how much, and by what share, each differs from the first: the paper's headline form, paired over scenarios."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from empa_graph.models.episode import Episode, Score
from empa_graph.models.outcome import RANGES
from empa_graph.models.record import Record
from empa_graph.models.run import Planned
from empa_graph.models.script_finding import VOIDED
from empa_graph.report.contrast import Contrast, contrasts
from empa_graph.scoring.ratio import UNBOUNDED, relative_change
from empa_graph.scoring.statistics import paired_difference

TRIO = ("alignment_index", "impact_index", "stability_index")
SHARES = (*TRIO, "composite", "progress", "support")
"""The figures that are set beside the first's."""
NEAR_NOTHING = 0.05
"""The part of a figure's whole range below which a mean is too near 0 to take a share of."""
_NEAR = "the first's mean is too near 0 for a share of it to say anything: read the difference"
_Place = tuple[str, int]


class Contestant(NamedTuple):
    """One variant of one run under a name that no other has."""

    name: str
    plan: frozenset[_Place]
    """Scenario and repeat of each planned episode."""
    episodes: Sequence[Episode]
    void: bool
    """Whether its run is scripted: the composite and support are void."""

    @property
    def scores(self) -> dict[_Place, Score]:
        """The scores by scenario and repeat."""
        return {(e.scenario, e.repeat): e.score for e in self.episodes if e.score is not None}

    def values(self, name: str) -> dict[_Place, float]:
        """The figure called ``name`` by scenario and repeat; of support, none that stands on too few replies."""
        if name == "support":
            held = {(e.scenario, e.repeat): e.support for e in self.episodes if e.score is not None}
            return {place: found.value for place, found in held.items() if found is not None and not found.provisional}
        return {place: getattr(score, name) for place, score in self.scores.items()}


class Share(Record):
    """A mean over scenarios before and after, their difference, and its share of the first; None with the ``reason``.

    The share is None too where the first's mean is 0, too near to it, or cannot be told from it.
    """

    before: float
    after: float
    difference: float
    difference_low: float | None
    difference_high: float | None
    pairs: int
    """Scenarios and repeats that both have the figure for."""
    change: float | None
    low: float | None
    high: float | None
    reason: str | None


class Headline(Record):
    """``name`` beside ``baseline``, over the scenarios and repeats that both have a score for."""

    name: str
    baseline: str
    scenarios: int
    pairs: int
    left_out: int
    """Scenarios and repeats that both plan and one of them has no score for."""
    alone: int
    """Scenarios that only one of them plans."""
    shares: dict[str, Share]
    """By figure; none that is void where one of them is scripted, and none that nothing pairs for."""
    contrast: Contrast | None
    """The difference of the composite; None where it is void, or nothing pairs."""


def planned(plan: Sequence[Planned], variant: str) -> frozenset[_Place]:
    """Return scenario and repeat of what ``plan`` holds for ``variant``."""
    return frozenset((item.scenario, item.repeat) for item in plan if item.variant == variant)


def headlines(contestants: Sequence[Contestant], *, seed: int) -> tuple[Headline, ...]:
    """Return each behind the first beside the first."""
    first, *others = contestants
    return tuple(_headline(first, other, seed) for other in others)


def _headline(first: Contestant, other: Contestant, seed: int) -> Headline:
    ours, theirs = first.scores, other.scores
    shared = [place for place in ours if place in theirs]
    void = first.void or other.void
    names = {name: {scenario for scenario, _ in one.plan} for name, one in (("first", first), ("other", other))}
    found = () if void else contrasts({first.name: first.episodes, other.name: other.episodes}, seed=seed)
    return Headline(
        name=other.name,
        baseline=first.name,
        scenarios=len({scenario for scenario, _ in shared}),
        pairs=len(shared),
        left_out=len((first.plan & other.plan).difference(shared)),
        alone=len(names["first"] ^ names["other"]),
        shares=dict(_shares(first, other, void=void, seed=seed)),
        contrast=next(iter(found), None),
    )


def _shares(first: Contestant, other: Contestant, *, void: bool, seed: int) -> Iterator[tuple[str, Share]]:
    for name in SHARES:
        ours, theirs = first.values(name), other.values(name)
        shared = [place for place in ours if place in theirs]
        if shared and not (void and name in VOIDED):
            clusters = [scenario for scenario, _ in shared]
            before, after = ([values[place] for place in shared] for values in (ours, theirs))
            yield name, _share(before, after, clusters, within=RANGES[name], seed=seed)


def _share(
    before: Sequence[float],
    after: Sequence[float],
    clusters: Sequence[str],
    *,
    within: tuple[float, float],
    seed: int,
) -> Share:
    found = relative_change(before, after, clusters, seed=seed)
    moved = paired_difference(before, after, clusters, seed=seed, within=within)
    change, interval, reason = found.change, found.interval, found.reason
    near = found.before < NEAR_NOTHING * within[1]
    if change is not None and (near or reason == UNBOUNDED):
        change, interval, reason = None, None, _NEAR if near else UNBOUNDED
    low, high = interval[:2] if interval else (None, None)
    difference_low, difference_high = moved.interval[:2] if moved.interval else (None, None)
    return Share(
        before=found.before,
        after=found.after,
        difference=moved.difference,
        difference_low=difference_low,
        difference_high=difference_high,
        pairs=len(before),
        change=change,
        low=low,
        high=high,
        reason=reason,
    )
