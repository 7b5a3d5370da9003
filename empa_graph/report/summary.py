"""What a run came to, per variant: coverage first, then the trio with intervals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from empa_graph.errors import ContentError
from empa_graph.models.episode import Episode
from empa_graph.models.record import Record
from empa_graph.models.run import Run
from empa_graph.scoring.statistics import mean_interval

METRICS = ("alignment_index", "impact_index", "stability_index", "composite")


class Metric(Record):
    """A mean over episodes with its 95% interval, bootstrapped over scenarios; None where there is too little."""

    mean: float
    low: float | None
    high: float | None


class VariantSummary(Record):
    """One variant: how many episodes were planned, scored and failed, and what the scored ones say."""

    variant: str
    planned: int
    scored: int
    failed: dict[str, int]
    """Episodes without a score, by cause."""
    faults: dict[str, int]
    """What went wrong inside scored episodes, by kind."""
    endings: dict[str, int]
    coverage: float | None
    """Judged turns / turns, over scored episodes."""
    turns: float | None
    metrics: dict[str, Metric]


class Summary(Record):
    """A whole run."""

    run: str
    agent: str
    evaluator: str
    rubric: str
    profile: str
    variants: tuple[VariantSummary, ...]

    @property
    def complete(self) -> bool:
        """Whether every planned episode was scored."""
        return all(variant.scored == variant.planned for variant in self.variants)


def summarise(run: Run, episodes: Iterable[Episode]) -> Summary:
    """Return the summary of a run from its stored episodes. Raises ContentError for one of another run."""
    by_variant: dict[str, list[Episode]] = {variant: [] for variant in run.variants}
    for episode in episodes:
        if episode.variant not in by_variant:
            raise ContentError(f"run '{run.id}': an episode of variant '{episode.variant}', which it does not plan")
        by_variant[episode.variant].append(episode)
    planned = Counter(item.variant for item in run.plan)
    return Summary(
        run=run.id,
        agent=run.agent,
        evaluator=run.evaluator,
        rubric=run.rubric,
        profile=run.profile,
        variants=tuple(_variant(name, planned[name], played, run.seed) for name, played in by_variant.items()),
    )


def _variant(name: str, planned: int, played: Sequence[Episode], seed: int) -> VariantSummary:
    scored = [episode for episode in played if episode.score is not None]
    failed = Counter(
        episode.failure.kind if episode.failure else str(episode.unscored)
        for episode in played
        if episode.score is None
    )
    if planned > len(played):
        failed["not played"] = planned - len(played)
    count = len(scored) or None
    return VariantSummary(
        variant=name,
        planned=planned,
        scored=len(scored),
        failed=dict(failed),
        faults=dict(Counter(fault.kind for episode in scored for fault in episode.faults)),
        endings=dict(Counter(episode.ending for episode in played)),
        coverage=count and sum(e.score.coverage for e in scored if e.score) / count,
        turns=count and sum(episode.turns for episode in scored) / count,
        metrics={metric: _metric(metric, scored, seed) for metric in METRICS if scored},
    )


def _metric(metric: str, scored: Sequence[Episode], seed: int) -> Metric:
    values = [float(getattr(episode.score, metric)) for episode in scored]
    estimate = mean_interval(values, [episode.scenario for episode in scored], seed=seed)
    interval = estimate.interval
    return Metric(
        mean=estimate.mean,
        low=interval.low if interval else None,
        high=interval.high if interval else None,
    )
