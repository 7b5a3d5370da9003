"""How the variants of one run differ, scenario by scenario: the first is the baseline of all others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from empa_graph.models.episode import Episode
from empa_graph.models.record import Record
from empa_graph.scoring.power import minimum_detectable_effect
from empa_graph.scoring.statistics import paired_difference

Scores = Mapping[tuple[str, int], float]
"""The composite by scenario and repeat."""


class Contrast(Record):
    """``variant`` minus ``baseline`` in the composite, over what both have a score for; None where it cannot be said.

    The interval is over scenarios' differences, the two-sided p-value comes from sign flips of scenarios.
    """

    variant: str
    baseline: str
    scenarios: int
    difference: float
    low: float | None
    high: float | None
    p_value: float | None
    detectable: float | None
    """The smallest difference that so many scenarios of this spread show with a probability of 80%."""


def contrasts(by_variant: Mapping[str, Sequence[Episode]], *, seed: int) -> tuple[Contrast, ...]:
    """Return each variant behind the first against the first; one that shares no scored scenario is left out."""
    (baseline, *others) = ((name, _scores(played)) for name, played in by_variant.items())
    return tuple(_contrasts(baseline, others, seed))


def _scores(played: Iterable[Episode]) -> Scores:
    return {(e.scenario, e.repeat): e.score.composite for e in played if e.score is not None}


def _contrasts(baseline: tuple[str, Scores], others: Iterable[tuple[str, Scores]], seed: int) -> Iterator[Contrast]:
    against, before = baseline
    for name, after in others:
        shared = [pair for pair in before if pair in after]
        if not shared:
            continue
        scenarios = [scenario for scenario, _ in shared]
        found = paired_difference([before[p] for p in shared], [after[p] for p in shared], scenarios, seed=seed)
        low, high = found.interval[:2] if found.interval else (None, None)
        yield Contrast(
            variant=name,
            baseline=against,
            scenarios=found.n,
            difference=found.difference,
            low=low,
            high=high,
            p_value=found.p_value,
            detectable=None if found.sd is None else minimum_detectable_effect(found.sd, found.n),
        )
