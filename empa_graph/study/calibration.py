"""Calibrate an evaluator by people's ratings: fit weights, correct its means, keep both bound to what they stand on."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from empa_graph.errors import UsageError
from empa_graph.models.calibration import Bounded, Calibration, Correction, Fitted, Gained, Weight
from empa_graph.report.text import many
from empa_graph.run.calibration import CONVERSATION, REPLY, UNIT
from empa_graph.run.identity import StandsOn
from empa_graph.scoring.correction import corrected_among, residual
from empa_graph.scoring.correlation import Correlation, association, flat, gain
from empa_graph.scoring.ridge import Ridge, fitted, out_of_fold
from empa_graph.scoring.statistics import Estimate, mean_interval
from empa_graph.study.correlate.agreement import LEADING, Pair, rated_means, together
from empa_graph.study.correlate.figures import LENGTH, ends, is_part
from empa_graph.study.correlate.scoring import Row
from empa_graph.study.correlate.sentiment import sentiment

FEWEST_GROUPS = 10
"""Groups of rated rows below which no weights are fitted."""
FINEST = ("axes.", "support.axes.", "cue.")
"""What is given weights where nothing is named: the first of these kinds of metrics that is there."""
PRESENT = 0.9
"""Share of the scored rows that must have a metric for it to be given a weight unasked."""


class Data(NamedTuple):
    """What people said of rows that were scored: metrics (n, p), rating (n,), and the group of each."""

    pairs: Sequence[Pair]
    rating: np.ndarray
    groups: Sequence[str]

    def metrics(self, names: Sequence[str]) -> np.ndarray:
        """Return the metrics ``names``, (n, p)."""
        rows = [pair.row.figures for pair in self.pairs if pair.row is not None]
        return np.array([[row[name] for name in names] for row in rows], dtype=np.float64).reshape(len(rows), -1)


def calibrated(
    pairs: Sequence[Pair],
    rating: str,
    metrics: Sequence[str],
    *,
    by_hand: str,
    scale: tuple[float, float] | None,
    stands_on: StandsOn,
    seed: int,
) -> Calibration:
    """Fit weights of ``metrics`` to ``rating`` and correct the mean of the score.

    ``by_hand`` is the metric whose weights were set by hand; ``scale`` are the ends of the rating, by default its
    least and greatest number. Raises UsageError where nobody rated, or all the same.
    """
    given = [one for pair in pairs for one in pair.rated.ratings.get(rating, ()) if one is not None]
    if not given or min(given) == max(given):
        raise UsageError(f"rating '{rating[:100]}': {'all numbers are equal' if given else 'no conversation has it'}")
    low, high = scale or (min(given), max(given))
    if not low < high or min(given) < low or max(given) > high:
        raise UsageError(f"--scale {low:g},{high:g}: the ratings reach from {min(given):g} to {max(given):g}")
    used = data(pairs, metrics, rating)
    told = tuple(name for name in metrics if not flat(used.metrics((name,))[:, 0])) if used.pairs else ()
    why = _too_few(used, told)
    return Calibration(
        rating=rating,
        scale=(low, high),
        stands_on={**stands_on, UNIT: _unit(pairs)},
        fitted=None if why else _fitted(used, told, by_hand, seed),
        unfitted=why,
        corrections=_corrections(pairs, rating, (low, high), by_hand, seed),
    )


def _unit(pairs: Sequence[Pair]) -> str:
    kinds = {CONVERSATION if pair.rated.turn is None else REPLY for pair in pairs}
    return " and ".join(sorted(kinds))


def by_default(rows: Sequence[Row]) -> tuple[str, ...]:
    """Return the metrics that are given weights where none is named: the finest, that nearly every row has."""
    counts = Counter(name for row in rows if row.unscored is None for name in row.figures)
    most = sum(row.unscored is None for row in rows)
    there = [name for name, count in counts.items() if name != LENGTH and count >= PRESENT * most]
    kinds = ([name for name in there if name.startswith(start)] for start in FINEST)
    whole = [name for name in there if not is_part(name)]
    return tuple(next((kind for kind in kinds if kind), whole))


def data(pairs: Sequence[Pair], metrics: Sequence[str], rating: str) -> Data:
    """Return the pairs that have the rating, every metric and a length."""
    used, _ = together(pairs, (*metrics, LENGTH), rating)
    return Data(used, np.array(rated_means(used, rating)), [pair.rated.group for pair in used])


def _too_few(used: Data, metrics: Sequence[str]) -> str | None:
    groups = len(set(used.groups))
    if groups < FEWEST_GROUPS:
        found = many(groups, "group")
        return f"{found} of rated rows with all of the metrics, at least {FEWEST_GROUPS} are needed"
    if flat(used.rating):
        return "the ratings of these rows are equal"
    return None if metrics else "no metric that varies"


def _fitted(used: Data, metrics: Sequence[str], by_hand: str, seed: int) -> Fitted:
    x = used.metrics(metrics)
    ridge, held_out = (
        fitted(x, used.rating, used.groups, seed=seed),
        out_of_fold(x, used.rating, used.groups, seed=seed),
    )
    own = association(held_out, used.rating, used.groups, seed=seed)
    return Fitted(
        intercept=ridge.intercept,
        weights=_weights(ridge, metrics),
        penalty=ridge.penalty,
        n=len(used.rating),
        groups=len(set(used.groups)),
        pearson=bounded(own.pearson),
        spearman=bounded(own.spearman),
        gains=tuple(_gained(name, other, held_out, used, seed) for name, other in _others(used, by_hand, seed)),
    )


def _weights(ridge: Ridge, metrics: Sequence[str]) -> dict[str, Weight]:
    columns = zip(metrics, ridge.weights, ridge.means, ridge.scales, strict=True)
    return {name: Weight(weight=float(w), mean=float(m), scale=float(s)) for name, w, m, s in columns}


def _others(used: Data, by_hand: str, seed: int) -> list[tuple[str, np.ndarray]]:
    """Return what the fit has to beat, by name; length and sentiment are fitted and held out in the same folds."""
    feeling = np.array([pair.feeling or sentiment(pair.rated.transcript.messages) for pair in used.pairs])
    found = [
        (LENGTH, out_of_fold(used.metrics((LENGTH,)), used.rating, used.groups, seed=seed)),
        ("sentiment", out_of_fold(feeling, used.rating, used.groups, seed=seed)),
    ]
    rows = [pair.row for pair in used.pairs if pair.row is not None and by_hand in pair.row.figures]
    hand = [(f"by hand: {by_hand}", used.metrics((by_hand,))[:, 0])] if len(rows) == len(used.pairs) else []
    return [*hand, *found]


def _gained(name: str, other: np.ndarray, held_out: np.ndarray, used: Data, seed: int) -> Gained:
    alone = association(other, used.rating, used.groups, seed=seed)
    over = gain(held_out, other, used.rating, used.groups, seed=seed)
    return Gained(
        over=name,
        pearson=bounded(alone.pearson),
        spearman=bounded(alone.spearman),
        pearson_gain=bounded(over.pearson),
        spearman_gain=bounded(over.spearman),
    )


def bounded(found: Correlation | None) -> Bounded | None:
    """Return a correlation as a calibration keeps it."""
    return None if found is None else Bounded(value=found.value, low=found.low, high=found.high)


def _corrections(
    pairs: Sequence[Pair], rating: str, scale: tuple[float, float], by_hand: str, seed: int
) -> dict[str, Correction]:
    """Correct ``by_hand`` and every other score that has two ends; a part of one is no rating of the whole."""
    names = [name for name in dict.fromkeys((by_hand, *LEADING)) if ends(name) is not None]
    found = {name: _correction(pairs, name, rating, scale, seed) for name in names}
    return {name: one for name, one in found.items() if one is not None}


def _correction(
    pairs: Sequence[Pair], metric: str, rating: str, scale: tuple[float, float], seed: int
) -> Correction | None:
    """Return how people's ratings, laid from their scale on the ends of ``metric``, differ from it."""
    low, high = ends(metric) or (0.0, 1.0)
    judged = [pair for pair in pairs if pair.row is not None and metric in pair.row.figures]
    means = [pair.rated.mean(rating) for pair in judged]
    rated = np.array([math.nan if mean is None else mean for mean in means])
    people, labelled = low + (rated - scale[0]) / (scale[1] - scale[0]) * (high - low), ~np.isnan(rated)
    groups = [pair.rated.group for pair in judged]
    judge = Data(judged, rated, groups).metrics((metric,))[:, 0]
    theta = corrected_among(judge, people, groups, within=(low, high))
    if theta is None or flat(judge):
        return None
    own = [group for group, one in zip(groups, labelled, strict=True) if one]
    rest = residual(judge[labelled], people[labelled], own)
    return Correction(
        mean=rest.mean,
        sd=rest.sd,
        n=rest.n,
        judged=_mean(mean_interval(judge, groups, seed=seed, within=(low, high))),
        corrected=_mean(theta),
        rows=len(judged),
        people=_mean(mean_interval(people[labelled], own, seed=seed, within=(low, high))),
    )


def _mean(found: Estimate) -> Bounded:
    low, high = found.interval[:2] if found.interval else (None, None)
    return Bounded(value=found.mean, low=low, high=high)
