"""A metric beside a rating, tenth by tenth: whether more of the one is more of the other, all the way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from empa_graph.scoring.statistics import mean_interval

BINS = 10
PER_BIN = 5
"""Rows that a part holds at least; fewer rows make fewer parts."""


class Bin(NamedTuple):
    """The rows of one part: their number, the metric's mean, and the rating's mean with its 95% interval."""

    n: int
    metric: float
    rating: float
    low: float | None
    high: float | None


def deciles(metric: ArrayLike, rating: ArrayLike, groups: Sequence[str], *, seed: int) -> tuple[Bin, ...]:
    """Return the rows (n,) in up to ten parts by ``metric``, lowest first; rows of equal metric stay together.

    The interval of a part is over its groups. Raises ValueError for arrays of different lengths.
    """
    x, y = np.asarray(metric, dtype=np.float64), np.asarray(rating, dtype=np.float64)
    if not len(x) == len(y) == len(groups):
        raise ValueError(f"{len(x)} metrics, {len(y)} ratings and {len(groups)} groups; allowed are as many of each")
    parts = max(1, min(BINS, len(x) // PER_BIN))
    found = []
    for rows in _parts(np.floor(parts * _middles(x)).astype(int)):
        estimate = mean_interval(y[rows], [groups[int(row)] for row in rows], seed=seed)
        low, high = estimate.interval[:2] if estimate.interval else (None, None)
        found.append(Bin(len(rows), float(x[rows].mean()), float(y[rows].mean()), low, high))
    return tuple(found)


def _parts(place: NDArray[np.int_]) -> list[NDArray[np.intp]]:
    """Return the rows of each part, lowest first; a part that ties have left too small goes with the one before."""
    found: list[NDArray[np.intp]] = []
    for part in np.unique(place):
        rows = np.flatnonzero(place == part)
        if found and len(rows) < PER_BIN:
            found[-1] = np.concatenate([found[-1], rows])
        else:
            found.append(rows)
    return found


def _middles(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the place of each value among all, in (0, 1); equal values share the middle of theirs."""
    _, same, counts = np.unique(values, return_inverse=True, return_counts=True)
    middles: NDArray[np.float64] = ((np.cumsum(counts) - counts / 2) / len(values))[same]
    return middles
