"""Ridge regression of ratings on metrics: standardised, its penalty chosen within, tried on groups it has not seen.

Source: A. Hoerl and R. Kennard, Ridge Regression, Technometrics 12 (1970). All is deterministic by its seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from empa_graph.scoring.correlation import labelled

Array = NDArray[np.float64]
FOLDS = 5
REPEATS = 5
"""Partitions into folds, over which the predictions of a row are averaged."""
PENALTIES = tuple(float(penalty) for penalty in np.logspace(-3, 3, 13))
"""Tried penalties per row, in units of the variance of a standardised metric."""


class Ridge(NamedTuple):
    """A fitted line: rating = intercept + sum of weight * (metric - mean) / scale. Arrays are (p,)."""

    intercept: float
    weights: Array
    means: Array
    scales: Array
    """Population standard deviations; 1 for a metric that does not vary, whose weight is 0."""
    penalty: float

    def predicted(self, metrics: ArrayLike) -> Array:
        """Return the rating (n,) that rows of ``metrics`` (n, p) are given."""
        found: Array = (
            self.intercept + (np.asarray(metrics, dtype=np.float64) - self.means) / self.scales @ self.weights
        )
        return found


def fitted(metrics: ArrayLike, rating: ArrayLike, groups: Sequence[str], *, seed: int) -> Ridge:
    """Fit ``rating`` (n,) to ``metrics`` (n, p), the penalty chosen by the error on groups left out.

    Raises ValueError for other shapes, numbers that are not finite, and fewer than two groups.
    """
    x, y, label = _checked(metrics, rating, groups)
    return _fit(x, y, (_chosen(x, y, label, seed),))[0]


def out_of_fold(
    metrics: ArrayLike, rating: ArrayLike, groups: Sequence[str], *, seed: int, told: ArrayLike | None = None
) -> Array:
    """Return for each row the rating (n,) that fits to other groups give it, the mean over `REPEATS` partitions.

    Everything, the standardisation and the penalty too, is fitted without the row's group. ``told`` (n,) are the rows
    that may be learned from, by default all. Raises as `fitted`, and where a fold leaves nothing to learn from.
    """
    x, y, label = _checked(metrics, rating, groups)
    known = np.ones(len(y), dtype=bool) if told is None else np.asarray(told, dtype=bool)
    found = np.zeros(len(y))
    for repeat in range(REPEATS):
        for held in _folds(label, seed + repeat):
            used = known & ~held
            if not used.any():
                raise ValueError("a fold leaves no row to learn from")
            ridge = _fit(x[used], y[used], (_chosen(x[used], y[used], label[used], seed + repeat),))[0]
            found[held] += ridge.predicted(x[held]) / REPEATS
    return found


def _checked(metrics: ArrayLike, rating: ArrayLike, groups: Sequence[str]) -> tuple[Array, Array, NDArray[np.intp]]:
    x, y = np.asarray(metrics, dtype=np.float64), np.asarray(rating, dtype=np.float64)
    if x.ndim != 2 or y.shape != x.shape[:1] or len(groups) != len(y) or not x.shape[1]:
        raise ValueError(f"metrics {x.shape}, rating {y.shape} and {len(groups)} groups, allowed are (n, p), (n,), n")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError("a number is not finite; leave a row with a missing one out")
    label = labelled(groups)
    if label.max(initial=0) < 1:
        raise ValueError("one group cannot be cross-validated")
    return x, y, label


def _fit(x: Array, y: Array, penalties: Sequence[float]) -> list[Ridge]:
    """Return the fit under each of ``penalties``, from one decomposition."""
    means, scales = x.mean(axis=0), x.std(axis=0)
    moves = scales > 1e-12 * np.abs(x).max(axis=0, initial=0.0)
    scales = np.where(moves, scales, 1.0)
    standard = np.where(moves, (x - means) / scales, 0.0)
    left, sizes, right = np.linalg.svd(standard, full_matrices=False)
    along, middle = left.T @ (y - y.mean()), float(y.mean())
    return [
        Ridge(middle, right.T @ (sizes / (sizes**2 + penalty * len(y)) * along), means, scales, penalty)
        for penalty in penalties
    ]


def _chosen(x: Array, y: Array, label: NDArray[np.intp], seed: int) -> float:
    """Return the penalty with the least squared error on left-out groups; of equal ones the greatest."""
    if len(np.unique(label)) < 2:
        return PENALTIES[-1]
    errors = np.zeros(len(PENALTIES))
    for held in _folds(label, seed):
        for place, ridge in enumerate(_fit(x[~held], y[~held], PENALTIES)):
            errors[place] += float(np.square(ridge.predicted(x[held]) - y[held]).sum())
    least = errors.min() * (1.0 + 1e-12)
    return PENALTIES[int(np.flatnonzero(errors <= least)[-1])]


def _folds(label: NDArray[np.intp], seed: int) -> list[NDArray[np.bool_]]:
    """Return the rows (n,) of each fold; groups are shuffled, and each goes to the fold that has the fewest rows."""
    names, counts = np.unique(label, return_counts=True)
    rng = np.random.default_rng(seed)
    rows = [0] * min(FOLDS, len(names))
    fold_of: dict[int, int] = {}
    for place in rng.permutation(len(names)):
        fold = int(np.argmin(rows))
        rows[fold] += int(counts[place])
        fold_of[int(names[place])] = fold
    folds = np.array([fold_of[int(one)] for one in label])
    return [folds == fold for fold in range(len(rows))]
