"""A judge's mean corrected by people: prediction-powered inference.

theta = mean of the judge over N rows + mean of (people - judge) over n labelled rows, variance s2_judge / N +
s2_residual / n. Source: A. Angelopoulos et al., Prediction-powered inference, Science 382 (2023). The unit is the
group: rows of one group are averaged first, as in `statistics`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from empa_graph.scoring.statistics import ONE_CLUSTER, Estimate, Interval

Array = NDArray[np.float64]


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
    if len(units) < 2:
        raise ValueError(f"{len(units)} labelled groups, at least 2 are needed")
    return Residual(float(units.mean()), float(units.std(ddof=1)), len(units))


def corrected_mean(
    judge: ArrayLike, groups: Sequence[str], found: Residual, *, shared: float = 0.0, level: float = 0.95
) -> Corrected | None:
    """Return the mean of ``judge`` (N,) over ``groups`` corrected by ``found``; None for one group.

    The labelled rows are others than these, of the same kind. Where they are among these, ``shared`` is the sample
    covariance of judge and residual over labelled groups, which adds 2 * shared / N to the variance. The interval is
    Student's, its degrees of freedom by Welch and Satterthwaite.
    """
    from scipy import special

    units = _means(np.asarray(judge, dtype=np.float64), groups)
    if len(units) < 2:
        return None
    parts = float(units.var(ddof=1)) / len(units), found.sd**2 / found.n
    variance = max(0.0, sum(parts) + 2.0 * shared / len(units))
    spread = parts[0] ** 2 / (len(units) - 1) + parts[1] ** 2 / (found.n - 1)
    freedom = sum(parts) ** 2 / spread if spread > 0.0 else math.inf
    quantile = float(
        special.stdtrit(freedom, (1.0 + level) / 2) if math.isfinite(freedom) else special.ndtri((1.0 + level) / 2)
    )
    half, plain = quantile * math.sqrt(variance), float(units.mean())
    mean = plain + found.mean
    return Corrected(mean, mean - half, mean + half, plain, len(units), found.n)


def corrected_estimate(
    judge: ArrayLike,
    groups: Sequence[str],
    found: Residual,
    *,
    level: float = 0.95,
    within: tuple[float, float] = (-math.inf, math.inf),
) -> Estimate:
    """Return `corrected_mean` in the form of `statistics.mean_interval`, cut where the mean cannot lie."""
    theta = corrected_mean(judge, groups, found, level=level)
    if theta is None:
        lone = float(np.asarray(judge, dtype=np.float64).mean()) + found.mean
        return Estimate(min(max(lone, within[0]), within[1]), None, 1, ONE_CLUSTER)
    mean, low, high = (min(max(number, within[0]), within[1]) for number in theta[:3])
    return Estimate(mean, Interval(low, high, level, "t"), theta.n, None)


def shared_part(judge: ArrayLike, people: ArrayLike, groups: Sequence[str]) -> float:
    """Return the sample covariance of judge and residual over the labelled groups, both (n,)."""
    values = np.asarray(judge, dtype=np.float64)
    left = _means(np.asarray(people, dtype=np.float64) - values, groups)
    return float(np.cov(_means(values, groups), left)[0, 1])


def _means(values: Array, groups: Sequence[str]) -> Array:
    if values.ndim != 1 or len(values) != len(groups) or not np.isfinite(values).all():
        raise ValueError(f"numbers of shape {values.shape} for {len(groups)} groups, allowed are (n,), finite")
    if not len(values):
        return values
    _, label = np.unique(np.asarray(groups, dtype=object).astype(str), return_inverse=True)
    means: Array = np.bincount(label, weights=values) / np.bincount(label)
    return means
