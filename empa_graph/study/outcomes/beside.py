"""A sandbox metric beside a live outcome over agent versions: order, slope, what could be seen, and drift."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np

from empa_graph.models.outcome import RANGES
from empa_graph.scoring.clustered import Slope, detectable_slope, slope
from empa_graph.scoring.correlation import Association, association
from empa_graph.scoring.rank_power import detectable_tau, units_needed
from empa_graph.scoring.ranks import RankAgreement, rank_agreement
from empa_graph.study.outcomes.drift import Drift, drift
from empa_graph.study.outcomes.live_results import LiveRow
from empa_graph.study.outcomes.versions import Joined, Scores

By = Literal["version", "arm", "cluster"]
GROUPS: Mapping[By, Callable[[LiveRow, str], str]] = {
    "version": lambda row, version: version,
    "arm": lambda row, version: row.arm,
    "cluster": lambda row, version: row.cluster,
}
"""What rows are grouped by for the intervals of a regression."""


class Point(NamedTuple):
    """One version: its sandbox score, the outcome weighed by n over its rows, and how many stand behind that."""

    version: str
    score: float
    outcome: float
    n: int
    rows: int


class Beside(NamedTuple):
    """A metric beside an outcome. Every figure is over ``points``, one a version, or over ``rows``."""

    outcome: str
    metric: str
    points: Sequence[Point]
    rows: int
    ranks: RankAgreement
    correlations: Association
    """Pearson and Spearman over versions with Fisher's intervals, as of `empa correlate`."""
    step: float
    """By how much of the metric the slope is told: a tenth of its range."""
    slope: Slope | None
    """Change of the outcome per ``step``; rows weighed by n. None where all scores are equal."""
    detectable_slope: float | None
    detectable: float | None
    """The least tau that so many versions tell from 0 with a probability of 80%; None where they cannot at all."""
    needed: int | None
    """How many versions would tell the tau that was found; None where there is none, or not even a hundred do."""
    drift: Drift


def besides(found: Joined, tables: Sequence[Scores], *, by: By, seed: int) -> tuple[Beside, ...]:
    """Return every metric of ``tables`` beside every outcome of the joined rows."""
    names = tuple(dict.fromkeys(row.outcome for row, _ in found.rows))
    return tuple(
        _beside([pair for pair in found.rows if pair[0].outcome == name], name, table, by, seed)
        for name in names
        for table in tables
        if table.means
    )


def finer_than_versions(found: Joined, by: By) -> bool:
    """Say whether groups lie within versions: all rows of a version share one score, so intervals get too narrow."""
    versions: dict[str, set[str]] = {}
    for row, version in found.rows:
        versions.setdefault(GROUPS[by](row, version), set()).add(version)
    within = all(len(held) == 1 for held in versions.values())
    return within and len(versions) > len({version for _, version in found.rows})


def _beside(pairs: Sequence[tuple[LiveRow, str]], outcome: str, table: Scores, by: By, seed: int) -> Beside:
    points = _points(pairs, table)
    x, y = [point.score for point in points], [point.outcome for point in points]
    ranks = rank_agreement(x, y, seed=seed)
    together = association(x, y, [point.version for point in points], seed=seed)
    step = _step(table.metric)
    scores = np.array([table.means[version].mean for _, version in pairs]) / step
    values, weights = [row.value for row, _ in pairs], [float(row.n) for row, _ in pairs]
    groups = [GROUPS[by](row, version) for row, version in pairs]
    fitted = slope(np.stack([np.ones(len(scores)), scores - scores.mean()], axis=1), values, weights, groups)
    return Beside(
        outcome=outcome,
        metric=table.metric,
        points=points,
        rows=len(pairs),
        ranks=ranks,
        correlations=together,
        step=step,
        slope=fitted,
        detectable_slope=detectable_slope(fitted) if fitted else None,
        detectable=detectable_tau(len(points)),
        needed=units_needed(ranks.tau) if ranks.tau is not None else None,
        drift=drift(pairs, scores, groups, seed=seed),
    )


def _points(pairs: Sequence[tuple[LiveRow, str]], table: Scores) -> list[Point]:
    held = {name: [row for row, version in pairs if version == name] for name in table.means}
    return [
        Point(name, mean.mean, sum(row.value * row.n for row in held[name]) / n, n, len(held[name]))
        for name, mean in table.means.items()
        if (n := sum(row.n for row in held[name]))
    ]


def _step(metric: str) -> float:
    low, high = RANGES.get(metric.partition(".")[0], (-math.inf, math.inf))
    return (high - low) / 10.0 if math.isfinite(high - low) else 1.0
