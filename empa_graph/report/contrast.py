"""How the variants of one run differ, scenario by scenario: the first is the baseline of all others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from empa_graph.models.episode import Episode
from empa_graph.models.outcome import RANGES
from empa_graph.models.record import Record
from empa_graph.scoring.power import minimum_detectable_effect
from empa_graph.scoring.statistics import paired_difference

UNSEEN = 0.05
"""The least p-value from which on so few scenarios can show nothing by sign flips."""
Scores = Mapping[tuple[str, int], float]
"""A metric, by default the composite, by scenario and repeat."""


class Contrast(Record):
    """``variant`` minus ``baseline`` in a metric, over what both have; None where it cannot be said.

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

    @property
    def standing(self) -> Literal["ahead of", "behind"] | None:
        """Where ``variant`` stands to ``baseline``; None where an interval that holds 0, or none, tells nothing."""
        if self.low is None or self.high is None or self.low <= 0.0 <= self.high:
            return None
        return "ahead of" if self.difference > 0 else "behind"

    @property
    def bound(self) -> str:
        """What to say where so few scenarios allow no small p-value, whatever the difference; else empty."""
        least = 2.0 ** (1 - self.scenarios)
        few = self.p_value is not None and least > UNSEEN
        return f", whose sign flips give no p below {least:.3f}" if few else ""


def contrasts(by_variant: Mapping[str, Sequence[Episode]], *, seed: int) -> tuple[Contrast, ...]:
    """Return each variant behind the first against the first; one that shares no scored scenario is left out."""
    scores: dict[str, Scores] = {
        variant: {(e.scenario, e.repeat): e.score.composite for e in played if e.score is not None}
        for variant, played in by_variant.items()
    }
    baseline, *others = scores
    found = {
        other: contrast_of(baseline, other, scores[baseline], scores[other], seed=seed, metric="composite")
        for other in others
    }
    return tuple(contrast for contrast in found.values() if contrast is not None)


def contrast_of(
    baseline: str, variant: str, before: Scores, after: Scores, *, seed: int, metric: str
) -> Contrast | None:
    """Return how the scores ``after`` of ``variant`` in a ``metric`` differ from those ``before`` of ``baseline``.

    None where no scenario has both.
    """
    shared = [pair for pair in before if pair in after]
    if not shared:
        return None
    first, second = ([scores[pair] for pair in shared] for scores in (before, after))
    found = paired_difference(first, second, [scenario for scenario, _ in shared], seed=seed, within=RANGES[metric])
    low, high = found.interval[:2] if found.interval else (None, None)
    return Contrast(
        variant=variant,
        baseline=baseline,
        scenarios=found.n,
        difference=found.difference,
        low=low,
        high=high,
        p_value=found.p_value,
        detectable=None if found.sd is None else minimum_detectable_effect(found.sd, found.n),
    )
