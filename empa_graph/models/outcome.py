"""What a gate decides over: one planned episode as numbers, or why it has none."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import get_args

from empa_graph.models.episode import Episode, Epmq
from empa_graph.models.failure import Blame
from empa_graph.models.persona import Context, Scenario, Threshold
from empa_graph.models.record import Record
from empa_graph.models.run import Planned
from empa_graph.models.simulator import simulator
from empa_graph.models.stop_rule import SUCCESSES
from empa_graph.scoring.epmq import Definition

_EPMQ = {"published": "epm_q", "paper": "epm_q_paper"}
_PARTS = ("outcome", "efficiency", "stability")
RANGES: Mapping[str, tuple[float, float]] = {
    "composite": (0.0, 100.0),
    "alignment_index": (0.0, 1.0),
    "impact_index": (0.0, 1.0),
    "stability_index": (0.0, 1.0),
    "coverage": (0.0, 1.0),
    "scored": (0.0, 1.0),
    "simulator_failures": (0.0, 1.0),
    "simulator_fallbacks": (0.0, 1.0),
    "success": (0.0, 1.0),
    "turns": (0.0, math.inf),
    "progress": (0.0, 1.0),
    "support": (0.0, 1.0),
    "support_judged": (0.0, 1.0),
    "progress_level": (0.0, math.inf),
    "regress_level": (0.0, math.inf),
    "movement": (-math.inf, math.inf),
    **dict.fromkeys(_EPMQ.values(), (-math.inf, math.inf)),
    **{f"{name}_{part}": (-math.inf, math.inf) for name in _EPMQ.values() for part in _PARTS},
}
"""Every metric with the least and the greatest value it can take."""
BY_DIMENSION = ("progress_level", "regress_level", "movement")
"""The metrics that exist for a single dimension too, as ``metric.dimension``."""
FACTS = frozenset({"coverage", "scored", "simulator_failures", "simulator_fallbacks"})
"""Metrics that say what a run did; they are counted and not estimated."""


NOT_PLAYED = "not played"
"""Why an episode has no score that a suspended run has yet to play."""


def outside(metric: str, value: float) -> str:
    """Say that no mean of ``metric``, or of one of its dimensions, can be ``value``; empty where one can."""
    low, high = RANGES.get(metric.partition(".")[0], (-math.inf, math.inf))
    return "" if low <= value <= high else f"lies outside its range, {low:g} to {high:g}"


def doubted(metric: str, floor: float) -> str:
    """Say that ``floor`` looks like a share, where the scale of ``metric`` is 0 to 100; empty where it does not."""
    low, high = RANGES.get(metric.partition(".")[0], (-math.inf, math.inf))
    if high != 100.0 or not 0.0 < floor <= 1.0:
        return ""
    scale = f"the scale of {metric} is {low:g} to {high:g}"
    return f"{scale}, so that floor asks next to nothing; is {floor * high:g} meant?"


class Outcome(Record):
    """One planned episode: where it belongs and its numbers by metric; a metric it has no number for is absent.

    ``failed`` is why there is no score, None when there is one; ``blame`` is who caused that, None when unknown.
    """

    scenario: str
    variant: str
    repeat: int
    context: Context | None
    threshold: Threshold | None
    dimensions: tuple[str, ...]
    values: dict[str, float]
    provisional: tuple[str, ...] = ()
    """The metrics whose number stands on too few replies; no mean counts it."""
    failed: str | None = None
    blame: Blame | None = None

    @property
    def persona(self) -> str:
        """The part of the scenario's name before the slash."""
        return self.scenario.partition("/")[0]

    @property
    def goal(self) -> str:
        """The part of the scenario's name behind the slash."""
        return self.scenario.partition("/")[2]


def outcomes(
    plan: Iterable[Planned], episodes: Iterable[Episode], scenarios: Mapping[str, Scenario]
) -> tuple[Outcome, ...]:
    """Return an outcome for every planned episode; ``scenarios`` give context and threshold where they are known."""
    played = {(e.scenario, e.variant, e.repeat): e for e in episodes}
    return tuple(_outcome(item, played.get((item.scenario, item.variant, item.repeat)), scenarios) for item in plan)


def _outcome(item: Planned, episode: Episode | None, scenarios: Mapping[str, Scenario]) -> Outcome:
    known = scenarios.get(item.scenario)
    failed, blame = _cause(episode)
    return Outcome(
        scenario=item.scenario,
        variant=item.variant,
        repeat=item.repeat,
        context=known.goal.context if known else None,
        threshold=known.persona.empathy_threshold.level if known else None,
        dimensions=episode.latent.dimensions if episode else (),
        values=figures(episode) if episode else {"coverage": 0.0, "scored": 0.0},
        provisional=("support",) if episode and episode.support and episode.support.provisional else (),
        failed=failed,
        blame=blame,
    )


def _cause(episode: Episode | None) -> tuple[str | None, Blame | None]:
    if episode is None:
        return NOT_PLAYED, "us"
    if episode.score is not None:
        return None, None
    if episode.failure is not None:
        return episode.failure.kind, episode.failure.blame
    return episode.unscored or "no score", None


def figures(episode: Episode) -> dict[str, float]:
    """Return every number of an episode by metric, as a gate decides over them."""
    return dict(_values(episode))


def _values(episode: Episode) -> Iterator[tuple[str, float]]:
    """Yield every number of an episode; all but the counted ones only where there is a score."""
    score = episode.score
    yield "coverage", episode.latent.coverage
    yield "scored", float(score is not None)
    found = simulator([episode])
    yield "simulator_failures", found.failure_share
    yield "simulator_fallbacks", found.fallback_share
    if score is None:
        return
    for name in ("composite", "alignment_index", "impact_index", "stability_index", "progress"):
        yield name, getattr(score, name)
    if episode.support is not None:
        yield "support", episode.support.value
    if episode.support_judged is not None and episode.support_judged.value is not None:
        yield "support_judged", episode.support_judged.value
    yield "success", float(episode.ending in SUCCESSES)
    yield "turns", float(episode.turns)
    for definition in get_args(Definition):
        if definition in score.epmq:
            yield from _epmq(_EPMQ[definition], score.epmq[definition])
    yield from _levels(episode)
    yield from _movements(episode)


def _epmq(name: str, found: Epmq) -> Iterator[tuple[str, float]]:
    yield name, found.composite
    for part in _PARTS:
        yield f"{name}_{part}", getattr(found, part)


def _levels(episode: Episode) -> Iterator[tuple[str, float]]:
    """Yield the mean levels per judged turn, summed over dimensions and for each."""
    judged = [step.assessment.items for step in episode.latent.judged if step.assessment]
    if not judged or len(judged) < len(episode.latent.judged):
        return
    for kind in ("progress", "regress"):
        by_dimension = dict.fromkeys(episode.latent.dimensions, 0.0)
        for item in (item for items in judged for item in items):
            by_dimension[item.dimension] = by_dimension.get(item.dimension, 0.0) + getattr(item, kind)
        yield f"{kind}_level", sum(by_dimension.values()) / len(judged)
        for dimension, total in by_dimension.items():
            yield f"{kind}_level.{dimension}", total / len(judged)


def _movements(episode: Episode) -> Iterator[tuple[str, float]]:
    """Yield how far the path went towards the target, in units of the space; the same on each dimension."""
    latent = episode.latent
    moved = [b - a for a, b in zip(latent.start, latent.positions[-1], strict=True)]
    ideal = [b - a for a, b in zip(latent.start, latent.target, strict=True)]
    length = math.hypot(*ideal)
    if length > 0.0:
        yield "movement", sum(a * b for a, b in zip(moved, ideal, strict=True)) / length
    for name, a, b in zip(latent.dimensions, moved, ideal, strict=True):
        if b != 0.0:
            yield f"movement.{name}", math.copysign(a, a * b)
