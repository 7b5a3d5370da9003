"""Intervals and paired comparison.

The unit is the cluster (the scenario): repeats are averaged within it first, so each scenario weighs the
same however many of its repeats were judged. A missing score is left out by the caller, never passed as NaN
or zero.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from empa_graph.scoring.power import fewest_clusters

Array = NDArray[np.float64]
Clusters = Sequence[str] | Sequence[int]
Method = Literal["t", "bootstrap"]
Test = Literal["sign flips", "t-test"]

FEW = 15
"""Fewer clusters than this have a t-interval: the percentile bootstrap of so few is too narrow."""

ALIKE = 10
"""Fewer clusters than this that are all equal have no interval.

Without a spread either interval has no width, as if the mean were certain. Among ten, what differs in a quarter of all
scenarios would have shown with a probability of about 95% (1 - 0.75^10); among three, with 58%.
"""

MANY = 10_000
"""From so many clusters on it is a t-interval too: the mean is normal by then, and resamples take the time."""

PERMUTATIONS = 9_999
"""Sign flips drawn for a p-value; up to 13 clusters all flips are tried instead and the p-value is exact."""

ROUNDING = 1e-12
"""Relative to their size, differences below this are none."""

BATCH = 1_000
"""Resamples held in memory at a time, and no more than `VALUES` numbers of them; which changes no result."""
VALUES = 250_000
ONE_CLUSTER = "one cluster has no spread to resample"
"""Why there is no interval."""


def alike(n: int) -> str:
    """Say why ``n`` equal clusters have no interval."""
    return f"no interval: {n} equal values"


class Interval(NamedTuple):
    """Bounds that hold the true value in a share ``level`` of repeated samples, approximately."""

    low: float
    high: float
    level: float
    method: Method


class Estimate(NamedTuple):
    """A mean over ``n`` clusters with its interval, or the ``reason`` there is none."""

    mean: float
    interval: Interval | None
    n: int
    reason: str | None


class PairedDifference(NamedTuple):
    """Candidate minus baseline over ``n`` clusters; None with a ``reason`` where it cannot be said."""

    difference: float
    interval: Interval | None
    p_value: float | None
    """Two-sided, from sign flips of whole clusters."""
    effect_size: float | None
    """Cohen's d_z: the mean difference in standard deviations of the clusters' differences."""
    sd: float | None
    """That standard deviation."""
    n: int
    reason: str | None


class Drop(NamedTuple):
    """How far the candidate fell below the baseline over ``n`` clusters; one cluster leaves nothing to test."""

    drop: float
    p_value: float | None
    """One-sided, by ``test``: how often chance alone makes a drop this far beyond the tolerance."""
    sd: float | None
    """Standard deviation of the clusters' drops."""
    n: int
    test: Test | None


def mean_interval(
    values: ArrayLike,
    clusters: Clusters | None = None,
    *,
    seed: int,
    level: float = 0.95,
    resamples: int = 2_000,
    within: tuple[float, float] = (-math.inf, math.inf),
) -> Estimate:
    """Return the mean of ``values`` (n,) and its interval over ``clusters`` (n labels).

    Without clusters each value is its own. Below `FEW` clusters and from `MANY` on it is a t-interval, between
    them a percentile bootstrap. It is cut where the mean cannot lie, outside of ``within``. Fewer than `ALIKE` that are
    all equal have none.
    """
    units = _cluster_means(_finite(values, "values"), clusters)
    interval = _interval(units, seed=seed, level=level, resamples=resamples, within=within)
    reason = None if interval else ONE_CLUSTER if len(units) == 1 else alike(len(units))
    return Estimate(float(units.mean()), interval, len(units), reason)


def paired_difference(
    baseline: ArrayLike,
    candidate: ArrayLike,
    clusters: Clusters | None = None,
    *,
    seed: int,
    level: float = 0.95,
    resamples: int = 2_000,
    within: tuple[float, float] = (-math.inf, math.inf),
) -> PairedDifference:
    """Compare two runs on shared scenarios: ``baseline`` and ``candidate`` (n,) hold one pair per place.

    The interval is cut to what values ``within`` a range can differ by; fewer than `ALIKE` equal differences have none.
    """
    most = within[1] - within[0]
    before, after = _pairs(baseline, candidate)
    units = _cluster_means(after - before, clusters)
    difference = float(units.mean())
    interval = _interval(units, seed=seed, level=level, resamples=resamples, within=(-most, most))
    if len(units) == 1:
        return PairedDifference(difference, None, None, None, None, 1, ONE_CLUSTER)
    spread = float(units.std(ddof=1))
    if _equal(units):
        reason = "all differences are equal, so there is no effect size"
        return PairedDifference(difference, interval, _flip_test(units, seed), None, None, len(units), reason)
    p_value = _flip_test(units, seed)
    return PairedDifference(difference, interval, p_value, difference / spread, spread, len(units), None)


def paired_drop(
    baseline: ArrayLike,
    candidate: ArrayLike,
    clusters: Clusters | None = None,
    *,
    tolerance: float = 0.0,
    alpha: float = 0.05,
    test: Test | None = None,
    seed: int,
) -> Drop:
    """Test whether ``candidate`` fell below ``baseline`` (n,) by more than ``tolerance``; one pair per place.

    The p-value is one-sided, from sign flips of whole clusters around the tolerance; from a paired t-test where
    there are fewer than `FEW` clusters and too few of them moved for flips to reach ``alpha``, or by ``test``. Equal
    drops have no spread for a t-test, which would be certain of two of them; but no drop of values that differ.
    """
    before, after = _pairs(baseline, candidate)
    units = _cluster_means(before - after, clusters)
    if len(units) == 1:
        return Drop(float(units[0]), None, None, 1, None)
    beyond = units - tolerance
    moved = np.count_nonzero(np.abs(beyond) > ROUNDING * np.abs([before, after]).max())
    few = moved < fewest_clusters(alpha) and len(units) < FEW
    spread = not _equal(units) or (not units.any() and not _equal(before))
    chosen = test or ("t-test" if few and spread else "sign flips")
    p_value = _t_test(beyond) if chosen == "t-test" else _flip_test(beyond, seed, one_sided=True)
    return Drop(float(units.mean()), p_value, float(units.std(ddof=1)), len(units), chosen)


def pairs_of_clusters(baseline: ArrayLike, candidate: ArrayLike, clusters: Clusters | None) -> tuple[Array, Array]:
    """Return the means of each cluster of ``baseline`` and ``candidate`` (n,), side by side. Raises ValueError."""
    before, after = _pairs(baseline, candidate)
    return _cluster_means(before, clusters), _cluster_means(after, clusters)


def _pairs(baseline: ArrayLike, candidate: ArrayLike) -> tuple[Array, Array]:
    before, after = _finite(baseline, "baseline"), _finite(candidate, "candidate")
    if before.shape != after.shape:
        raise ValueError(f"baseline has {before.size} values and candidate {after.size}; pairs need as many of each")
    return before, after


def _interval(units: Array, *, seed: int, level: float, resamples: int, within: tuple[float, float]) -> Interval | None:
    if not 0.0 < level < 1.0:
        raise ValueError(f"level is {level}, allowed is between 0 and 1")
    if resamples < 1:
        raise ValueError(f"resamples is {resamples}, allowed is 1 or more")
    if len(units) == 1 or (len(units) < ALIKE and _equal(units)):
        return None
    few = len(units) < FEW or len(units) >= MANY
    found = _t_interval(units, level) if few else _bootstrap(units, seed, level, resamples)
    low, high = (min(max(bound, within[0]), within[1]) for bound in found[:2])
    return found._replace(low=low, high=high)


def _t_interval(units: Array, level: float) -> Interval:
    from scipy import special

    mean, n = float(units.mean()), len(units)
    half = float(special.stdtrit(n - 1, (1.0 + level) / 2)) * float(units.std(ddof=1)) / math.sqrt(n)
    return Interval(mean - half, mean + half, level, "t")


def _bootstrap(units: Array, seed: int, level: float, resamples: int) -> Interval:
    from scipy import stats

    found = stats.bootstrap(
        (units,),
        np.mean,
        n_resamples=resamples,
        batch=min(BATCH, max(1, VALUES // len(units))),
        confidence_level=level,
        method="percentile",
        vectorized=True,
        rng=np.random.default_rng(seed),
    ).confidence_interval
    # Interpolating between equal resamples can put the low end an ulp above the high one.
    low, high = sorted((float(found.low), float(found.high)))
    return Interval(low, high, level, "bootstrap")


def _t_test(beyond: Array) -> float:
    """Return the one-sided p-value of a mean above 0; clusters that are all where they were leave it no doubt."""
    from scipy import special

    mean, n = float(beyond.mean()), len(beyond)
    if _equal(beyond):
        return 0.0 if mean > 0.0 else 1.0
    return 1.0 - float(special.stdtr(n - 1, mean / float(beyond.std(ddof=1)) * math.sqrt(n)))


def _equal(units: Array) -> bool:
    """Whether all are equal but for rounding, without a spread to measure their mean in."""
    return bool(np.ptp(units) <= ROUNDING * np.abs(units).max())


def _flip_test(differences: Array, seed: int, *, one_sided: bool = False) -> float:
    from scipy import stats

    found = stats.permutation_test(
        (differences, np.zeros_like(differences)),
        lambda left, right, axis: np.mean(left - right, axis=axis),
        permutation_type="samples",
        alternative="greater" if one_sided else "two-sided",
        vectorized=True,
        n_resamples=PERMUTATIONS,
        batch=BATCH,
        rng=np.random.default_rng(seed),
    )
    return float(found.pvalue)


def _cluster_means(values: Array, clusters: Clusters | None) -> Array:
    """The mean of each cluster, in the order of the labels, so that the order of the rows cannot matter."""
    if clusters is None:
        return values
    if len(clusters) != len(values):
        raise ValueError(f"{len(clusters)} cluster labels for {len(values)} values; each value needs one")
    _, label = np.unique(np.asarray(clusters), return_inverse=True)
    means: Array = np.bincount(label, weights=values) / np.bincount(label)
    return means


def _finite(values: ArrayLike, name: str) -> Array:
    numbers = np.asarray(values, dtype=np.float64)
    if numbers.ndim != 1 or numbers.size == 0:
        raise ValueError(f"{name} has shape {numbers.shape}, allowed is (n,) with at least one value")
    if not np.isfinite(numbers).all():
        raise ValueError(f"{name} holds a NaN or an infinity; leave a missing score out")
    return numbers
