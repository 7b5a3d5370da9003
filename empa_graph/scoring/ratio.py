"""How far a mean moved in shares of where it stood, with its interval; the unit is the cluster, as in `statistics`."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from empa_graph.scoring.statistics import FEW, ONE_CLUSTER, Array, Clusters, Interval, pairs_of_clusters

FROM_NOTHING = "the baseline's mean is 0, so there is nothing to take a share of"
UNBOUNDED = "the baseline's mean cannot be told from 0, so a share of it says nothing: read the difference"


class RelativeChange(NamedTuple):
    """(after - before) / before, the means of candidate and baseline over ``n`` clusters; None with a ``reason``."""

    before: float
    after: float
    change: float | None
    interval: Interval | None
    n: int
    reason: str | None


def relative_change(
    baseline: ArrayLike,
    candidate: ArrayLike,
    clusters: Clusters | None = None,
    *,
    seed: int,
    level: float = 0.95,
    resamples: int = 2_000,
) -> RelativeChange:
    """Compare the means of two runs on shared scenarios; ``baseline`` (n,), and ``candidate`` are pairs of at least 0.

    From `FEW` clusters on the interval is a percentile bootstrap of whole pairs of clusters; below it is Fieller's, the
    shares r that a paired t-test of candidate - (1 + r) baseline does not reject. It is cut at -1, since nothing falls
    by more than it was. Raises ValueError.
    """
    before, after = pairs_of_clusters(baseline, candidate, clusters)
    least = min(before.min(), after.min())
    if least < 0.0:
        raise ValueError(f"a pair holds {least:g}, allowed is 0 or more")
    n, mean, moved = len(before), float(before.mean()), float(after.mean())
    if mean == 0.0:
        return RelativeChange(mean, moved, None, None, n, FROM_NOTHING)
    change = moved / mean - 1.0
    if n == 1:
        return RelativeChange(mean, moved, change, None, n, ONE_CLUSTER)
    few = n < FEW
    interval = _fieller(before, after, level) if few else _bootstrap(before, after, seed, level, resamples)
    if interval is None:
        return RelativeChange(mean, moved, change, None, n, UNBOUNDED)
    interval = interval._replace(low=max(-1.0, interval.low), high=max(-1.0, interval.high))
    return RelativeChange(mean, moved, change, interval, n, None)


def _fieller(before: Array, after: Array, level: float) -> Interval | None:
    """Return the roots of (b - r a)^2 = t^2 / n var(b - r a) less 1; None where they bound nothing."""
    from scipy import special

    n, (a, b) = len(before), (float(before.mean()), float(after.mean()))
    spread = np.cov(before, after) * float(special.stdtrit(n - 1, (1.0 + level) / 2)) ** 2 / n
    square, middle, rest = (float(x) for x in (a * a - spread[0, 0], a * b - spread[0, 1], b * b - spread[1, 1]))
    if square <= 0.0:
        return None
    half = math.sqrt(max(0.0, middle * middle - square * rest))
    return Interval((middle - half) / square - 1.0, (middle + half) / square - 1.0, level, "t")


def _bootstrap(before: Array, after: Array, seed: int, level: float, resamples: int) -> Interval | None:
    """Return percentiles over resampled pairs; None where a resample's baseline is nothing but 0."""
    rng, shares = np.random.default_rng(seed), np.empty(resamples)
    for place in range(resamples):
        drawn = rng.integers(0, len(before), len(before))
        mean = before[drawn].mean()
        if mean == 0.0:
            return None
        shares[place] = after[drawn].mean() / mean - 1.0
    low, high = np.percentile(shares, [50.0 * (1.0 - level), 50.0 * (1.0 + level)])
    return Interval(float(low), float(high), level, "bootstrap")
