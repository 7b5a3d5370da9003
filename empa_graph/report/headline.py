"""Who moved the trio, and by what share, against the first: the paper's headline form, paired over scenarios."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from empa_graph.models.episode import Episode, Score
from empa_graph.models.record import Record
from empa_graph.models.run import Planned
from empa_graph.report.contrast import Contrast, contrasts
from empa_graph.scoring.ratio import relative_change

TRIO = ("alignment_index", "impact_index", "stability_index")
SHARES = (*TRIO, "composite", "progress")
"""The figures that are set in shares of the first's."""
_Place = tuple[str, int]


class Contestant(NamedTuple):
    """One variant of one run under a name that no other has."""

    name: str
    plan: frozenset[_Place]
    """Scenario and repeat of each planned episode."""
    episodes: Sequence[Episode]
    void: bool
    """Whether its run is scripted: the composite is void."""

    @property
    def scores(self) -> dict[_Place, Score]:
        """The scores by scenario and repeat."""
        return {(e.scenario, e.repeat): e.score for e in self.episodes if e.score is not None}


class Share(Record):
    """A mean over scenarios before and after, and its change in shares of the first; None with the ``reason``."""

    before: float
    after: float
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
    """By figure; no composite where one of them is scripted. Empty where nothing pairs."""
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
        shares=dict(_shares(shared, ours, theirs, void=void, seed=seed)) if shared else {},
        contrast=next(iter(found), None),
    )


def _shares(
    shared: Sequence[_Place], ours: Mapping[_Place, Score], theirs: Mapping[_Place, Score], *, void: bool, seed: int
) -> Iterator[tuple[str, Share]]:
    clusters = [scenario for scenario, _ in shared]
    for name in SHARES:
        if name == "composite" and void:
            continue
        before, after = ([getattr(scores[place], name) for place in shared] for scores in (ours, theirs))
        found = relative_change(before, after, clusters, seed=seed)
        low, high = found.interval[:2] if found.interval else (None, None)
        yield (
            name,
            Share(
                before=found.before,
                after=found.after,
                change=found.change,
                low=low,
                high=high,
                reason=found.reason,
            ),
        )
