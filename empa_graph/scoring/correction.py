"""A judge's mean corrected by people: prediction-powered inference.

theta = mean of the judge over N rows + mean of (people - judge) over n labelled rows, variance s2_judge / N +
s2_residual / n. Source: A. Angelopoulos et al., Prediction-powered inference, Science 382 (2023). The unit is the
group: rows of one group are averaged first, as in `statistics`.

The interval of a variance a + b, of f and g degrees of freedom, is theta -+ sqrt(t(f)^2 a + t(g)^2 b), t being
Student's quantiles. It holds the mean of normal numbers at least as often as it says, whether or not a and b
err together. Those degrees of freedom that Welch and Satterthwaite have need them not to, and are too many where a of
two or three labels is small by chance: 95% became 88%. Source: S. Banerjee, Sankhya 22 (1960).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from empa_graph.scoring.correlation import flat
from empa_graph.scoring.statistics import ALIKE, ONE_CLUSTER, Estimate, Interval, alike

Array = NDArray[np.float64]
Range = tuple[float, float]
"""Where a mean can lie."""
ANYWHERE: Range = (-math.inf, math.inf)
FEWEST_LABELLED = 2
"""Labelled groups below which nothing is corrected."""


class Residual(NamedTuple):
    """People less judge over ``n`` labelled groups: the mean that is added, and its sample standard deviation."""

    mean: float
    sd: float
    n: int


class Corrected(NamedTuple):
    """A corrected mean with its interval over ``n`` judged and ``labelled`` labelled groups."""

    mean: float
    low: float
    high: float
    uncorrected: float
    n: int
    labelled: int


def residual(judge: ArrayLike, people: ArrayLike, groups: Sequence[str]) -> Residual:
    """Return what people say above the judge, both (n,) in the same units. Raises ValueError below two groups."""
    units = _means(np.asarray(people, dtype=np.float64) - np.asarray(judge, dtype=np.float64), groups)
    if len(units) < FEWEST_LABELLED:
        raise ValueError(f"{len(units)} labelled groups, at least {FEWEST_LABELLED} are needed")
    return Residual(float(units.mean()), float(units.std(ddof=1)), len(units))


def corrected_mean(
    judge: ArrayLike, groups: Sequence[str], found: Residual, *, level: float = 0.95
) -> Corrected | None:
    """Return the mean of ``judge`` (N,) over ``groups`` corrected by ``found``; None for one group.

    The labelled rows are others than these, of the same kind.
    """
    units = _means(np.asarray(judge, dtype=np.float64), groups)
    if len(units) < 2:
        return None
    judged = _squared(float(units.var(ddof=1)) / len(units), len(units) - 1, level)
    half = math.sqrt(judged + _squared(found.sd**2 / found.n, found.n - 1, level))
    plain = float(units.mean())
    mean = plain + found.mean
    return Corrected(mean, mean - half, mean + half, plain, len(units), found.n)


def corrected_estimate(
    judge: ArrayLike,
    groups: Sequence[str],
    found: Residual,
    *,
    level: float = 0.95,
    within: Range = ANYWHERE,
) -> Estimate:
    """Return `corrected_mean` in the form of `statistics.mean_interval`, cut where the mean cannot lie."""
    theta = corrected_mean(judge, groups, found, level=level)
    if theta is None:
        lone = float(np.asarray(judge, dtype=np.float64).mean()) + found.mean
        return Estimate(_cut(lone, within), None, 1, ONE_CLUSTER)
    mean, low, high = (_cut(number, within) for number in theta[:3])
    return Estimate(mean, Interval(low, high, level, "t"), theta.n, None)


def corrected_among(
    judge: ArrayLike,
    people: ArrayLike,
    groups: Sequence[str],
    *,
    level: float = 0.95,
    within: Range = ANYWHERE,
) -> Estimate | None:
    """Return the mean of ``judge`` (N,) corrected by ``people`` (N,), NaN where nobody labelled, cut to ``within``.

    A labelled group is in both means of theta, so that it counts once, as residual + n / N * judge, of n - 1 degrees of
    freedom; the N - n others add what the judge says of them, s2_judge being about the means of labelled and others:

        a = s2(residual + n / N * judge) / n        b = (N - n) / N^2 * s2_judge, of N - 2 degrees of freedom

    Where all are labelled, this is Student's interval of the labels alone.

    None below `FEWEST_LABELLED` groups; fewer than `ALIKE` that are all equal have no interval. Raises ValueError for
    shapes that differ and for numbers that are not finite.
    """
    values, said = np.asarray(judge, dtype=np.float64), np.asarray(people, dtype=np.float64)
    if values.shape != said.shape:
        raise ValueError(f"judge of shape {values.shape} and people {said.shape}, allowed is the same (N,)")
    units, rated = _means(values, groups), ~np.isnan(said)
    names = np.asarray(groups, dtype=object).astype(str)
    left, labelled = _means(said[rated] - values[rated], names[rated].tolist()), np.isin(np.unique(names), names[rated])
    if len(left) < FEWEST_LABELLED:
        return None
    once = left + len(left) / len(units) * units[labelled]
    middle = float(units.mean() + left.mean())
    if len(left) < ALIKE and flat(once):
        return Estimate(_cut(middle, within), None, len(units), alike(len(left)))
    own = _squared(float(once.var(ddof=1)) / len(left), len(left) - 1, level)
    half = math.sqrt(own + _others(units[labelled], units[~labelled], level))
    mean, low, high = (_cut(number, within) for number in (middle, middle - half, middle + half))
    return Estimate(mean, Interval(low, high, level, "t"), len(units), None)


def _others(labelled: Array, others: Array, level: float) -> float:
    """Return what the groups without a label add to the squared half of the interval."""
    if not len(others):
        return 0.0
    total = len(labelled) + len(others)
    spread = (len(labelled) * labelled.var() + len(others) * others.var()) / (total - 2)
    return _squared(len(others) / total**2 * float(spread), total - 2, level)


def _squared(variance: float, freedom: int, level: float) -> float:
    """Return what a part of ``variance`` adds to the squared half of the interval."""
    from scipy import special

    return float(special.stdtrit(freedom, (1.0 + level) / 2)) ** 2 * variance


def _cut(number: float, within: Range) -> float:
    return min(max(number, within[0]), within[1])


def _means(values: Array, groups: Sequence[str]) -> Array:
    if values.ndim != 1 or len(values) != len(groups) or not np.isfinite(values).all():
        raise ValueError(f"numbers of shape {values.shape} for {len(groups)} groups, allowed are (n,), finite")
    if not len(values):
        return values
    _, label = np.unique(np.asarray(groups, dtype=object).astype(str), return_inverse=True)
    means: Array = np.bincount(label, weights=values) / np.bincount(label)
    return means
