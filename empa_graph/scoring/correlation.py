"""How far a metric goes with ratings of the same rows: correlations with intervals over groups of rows.

Rows of one group (the turns of a conversation, the conversations of a person) are drawn together. Below `FEW` groups
an interval is Fisher's z with as many units as there are groups, else the percentile bootstrap over whole groups.
Source of the standard error of a rank correlation below `FEW`: Fieller, Hartley and Pearson, Biometrika 44 (1957).
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from empa_graph.scoring.statistics import FEW

Array = NDArray[np.float64]
Measure = Callable[[Array], Array]
"""From weights of the rows (B, n) to figures (k, B); NaN where a figure is not defined."""

FEWEST = 4
"""Groups below which there is no coefficient."""
RESAMPLES = 1_000
BATCH = 100
"""Resamples held in memory at a time."""
MOST_UNDEFINED = 0.05
"""Share of resamples without a number beyond which there is no interval."""
_FLAT = 1e-12
_RANK_FACTOR = 1.06


class Correlation(NamedTuple):
    """A coefficient in [-1, 1] with its 95% interval; the bounds are None where there is too little for them."""

    value: float
    low: float | None
    high: float | None
    method: Literal["fisher", "bootstrap"] | None


class Association(NamedTuple):
    """A metric beside a rating over ``n`` rows in ``groups`` groups; what is not defined is None, for ``reason``."""

    n: int
    groups: int
    pearson: Correlation | None
    spearman: Correlation | None
    partial: Correlation | None
    """Pearson of what is left of both when a straight line of the given third variable is taken off."""
    reason: str | None


class Gain(NamedTuple):
    """By how much one metric's coefficient is above another's on the same rows, each in [-2, 2], with 95% intervals."""

    pearson: Correlation | None
    spearman: Correlation | None


def association(
    metric: ArrayLike,
    rating: ArrayLike,
    groups: Sequence[str],
    *,
    given: ArrayLike | None = None,
    seed: int,
    resamples: int = RESAMPLES,
) -> Association:
    """Correlate ``metric`` and ``rating``, each (n,) of finite numbers; ``given`` (n,) is held constant in ``partial``.

    Raises ValueError for arrays of other shapes and for numbers that are not finite.
    """
    x, y = _finite(metric), _finite(rating)
    z = np.zeros(len(x)) if given is None else _finite(given)
    if not len(x) == len(y) == len(z) == len(groups):
        raise ValueError(f"{len(x)}, {len(y)} and {len(z)} numbers for {len(groups)} groups; allowed are as many each")
    label = labelled(groups)
    count = int(label.max(initial=-1)) + 1
    if count < FEWEST:
        return Association(len(x), count, None, None, None, f"{count} groups, at least {FEWEST} are needed")
    if flat(x) or flat(y):
        return Association(len(x), count, None, None, None, f"the {'metric' if flat(x) else 'rating'} is constant")
    ranks = Ranks(x), Ranks(y)

    def measure(weights: Array) -> Array:
        linear = _pearson(x, y, weights)
        beside = _pearson(x, z, weights), _pearson(y, z, weights)
        return np.stack([linear, _pearson(ranks[0](weights), ranks[1](weights), weights), _partial(linear, *beside)])

    found = _estimates(measure, label, errors=(1.0, _RANK_FACTOR, 1.0), held=(0, 0, 1), seed=seed, resamples=resamples)
    return Association(len(x), count, found[0], found[1], found[2] if given is not None else None, None)


def gain(
    metric: ArrayLike,
    other: ArrayLike,
    rating: ArrayLike,
    groups: Sequence[str],
    *,
    seed: int,
    resamples: int = RESAMPLES,
) -> Gain:
    """Return how far ``metric`` is above ``other`` in its correlation with ``rating``; all (n,), drawn as pairs.

    There is an interval from `FEW` groups on. A constant metric goes with nothing: its coefficient counts as 0.
    """
    x, o, y = _finite(metric), _finite(other), _finite(rating)
    label = labelled(groups)
    if len(x) != len(o) or len(x) != len(y) or len(x) != len(label) or label.max(initial=-1) + 1 < FEWEST:
        return Gain(None, None)
    ranks = Ranks(x), Ranks(o), Ranks(y)

    def measure(weights: Array) -> Array:
        a, b, c = (rank(weights) for rank in ranks)
        linear = _or_zero(_pearson(x, y, weights)) - _or_zero(_pearson(o, y, weights))
        return np.stack([linear, _or_zero(_pearson(a, c, weights)) - _or_zero(_pearson(b, c, weights))])

    return Gain(*_estimates(measure, label, errors=(None, None), held=(0, 0), seed=seed, resamples=resamples))


def labelled(groups: Sequence[str]) -> NDArray[np.intp]:
    """Return the number of each row's group, (n,), in the order of the names."""
    return np.unique(np.asarray(groups, dtype=object).astype(str), return_inverse=True)[1] if len(groups) else _NOBODY


_NOBODY = np.array([], dtype=np.intp)


class Ranks:
    """The ranks of ``values`` (n,) among weighted rows: those that `scipy.stats.rankdata` gives the repeated rows."""

    def __init__(self, values: Array) -> None:
        different, self._place = np.unique(values, return_inverse=True)
        self._size = len(different)

    def __call__(self, weights: Array) -> Array:
        """Return ranks (B, n) for weights (B, n), how often each row is there; ties share their mean rank."""
        order = np.argsort(self._place, kind="stable")
        starts = np.searchsorted(self._place[order], np.arange(self._size))
        together = np.add.reduceat(weights[:, order], starts, axis=1)
        ranks: Array = (np.cumsum(together, axis=1) - together / 2 + 0.5)[:, self._place]
        return ranks


def point(measure: Measure, rows: int) -> Array:
    """Return the figures (k,) of all ``rows``, each once."""
    return measure(np.ones((1, rows)))[:, 0]


def resampled(measure: Measure, label: NDArray[np.intp], *, seed: int, resamples: int = RESAMPLES) -> Array:
    """Return the figures (k, ``resamples``) of samples of whole groups, drawn with replacement."""
    from scipy import stats

    count = int(label.max()) + 1

    def statistic(drawn: NDArray[np.intp], axis: int = -1) -> Array:
        rows = np.atleast_2d(drawn)
        times = np.zeros((len(rows), count))
        np.add.at(times, (np.arange(len(rows))[:, None], rows), 1.0)
        figures = measure(times[:, label])
        return figures if drawn.ndim > 1 else figures[:, 0]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", stats.DegenerateDataWarning)  # a sample without a number is left to `bounds`
        done = stats.bootstrap(
            (np.arange(count),),
            statistic,
            n_resamples=resamples,
            batch=BATCH,
            method="percentile",
            vectorized=True,
            rng=np.random.default_rng(seed),
        )
    distribution: Array = np.asarray(done.bootstrap_distribution, dtype=np.float64)
    return distribution


def bounds(distribution: Array) -> tuple[float, float] | None:
    """Return the 2.5th and 97.5th percentile of one figure's resamples (B,); None where too many have no number."""
    known = distribution[~np.isnan(distribution)]
    if len(known) < (1.0 - MOST_UNDEFINED) * len(distribution):
        return None
    low, high = np.percentile(known, [2.5, 97.5])
    return float(low), float(high)


def _estimates(
    measure: Measure,
    label: NDArray[np.intp],
    *,
    errors: Sequence[float | None],
    held: Sequence[int],
    seed: int,
    resamples: int,
) -> list[Correlation | None]:
    """Return each figure with its interval; ``errors`` scale Fisher's variance, ``held`` variables cost a unit each."""
    values, count = point(measure, len(label)), int(label.max()) + 1
    if count < FEW:
        return [_fisher(v, count - h, e) for v, e, h in zip(values, errors, held, strict=True)]
    drawn = resampled(measure, label, seed=seed, resamples=resamples)
    found: list[Correlation | None] = []
    for value, distribution in zip(values, drawn, strict=True):
        ends = bounds(distribution)
        low, high = ends or (None, None)
        undefined = bool(np.isnan(value))
        found.append(None if undefined else Correlation(float(value), low, high, "bootstrap" if ends else None))
    return found


def _fisher(value: float, units: int, error: float | None) -> Correlation | None:
    from scipy import special

    if math.isnan(value):
        return None
    if error is None or units <= 3 or abs(value) >= 1.0 - _FLAT:
        return Correlation(float(value), None, None, None)
    half = float(special.ndtri(0.975)) * math.sqrt(error / (units - 3))
    middle = math.atanh(value)
    return Correlation(float(value), math.tanh(middle - half), math.tanh(middle + half), "fisher")


def flat(values: Array) -> bool:
    """Say whether ``values`` (n,) do not vary but for rounding."""
    return values.size == 0 or bool(np.ptp(values) <= _FLAT * np.abs(values).max())


def _pearson(x: Array, y: Array, weights: Array) -> Array:
    """Return the weighted correlations (B,) of ``x`` and ``y``, (n,) or (B, n); NaN where one does not vary."""
    total = weights.sum(axis=1, keepdims=True)
    a = x - (weights * x).sum(axis=1, keepdims=True) / total
    b = y - (weights * y).sum(axis=1, keepdims=True) / total
    spread = (weights * a * a).sum(axis=1), (weights * b * b).sum(axis=1)
    still = (spread[0] <= _energy(x, weights)) | (spread[1] <= _energy(y, weights))
    with np.errstate(invalid="ignore", divide="ignore"):
        found = (weights * a * b).sum(axis=1) / np.sqrt(spread[0] * spread[1])
    clipped: Array = np.where(still, np.nan, np.clip(found, -1.0, 1.0))
    return clipped


def _energy(x: Array, weights: Array) -> Array:
    """Return the sum of squares (B,) that rounding alone can make of rows that are equal."""
    found: Array = _FLAT**1.5 * (weights * x * x).sum(axis=1)
    return found


def _partial(xy: Array, xz: Array, yz: Array) -> Array:
    """Return the partial correlations (B,); NaN where the third variable says all, and plain where it is constant."""
    xz, yz = np.nan_to_num(xz), np.nan_to_num(yz)
    left = (1.0 - xz**2) * (1.0 - yz**2)
    with np.errstate(invalid="ignore", divide="ignore"):
        found = (xy - xz * yz) / np.sqrt(left)
    clipped: Array = np.where(left <= 1e-9, np.nan, np.clip(found, -1.0, 1.0))
    return clipped


def _or_zero(found: Array) -> Array:
    return np.nan_to_num(found, nan=0.0)


def _finite(values: ArrayLike) -> Array:
    numbers = np.asarray(values, dtype=np.float64)
    if numbers.ndim != 1 or not np.isfinite(numbers).all():
        raise ValueError(f"numbers of shape {numbers.shape}, allowed are (n,), all finite; leave a missing one out")
    return numbers
