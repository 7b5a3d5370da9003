"""How far two orders of a few units agree: tau-b and Spearman, with p-values over all arrangements of one of them.

Sources: M. Kendall, The treatment of ties in ranking problems, Biometrika 33 (1945); E. Pitman, Significance tests
which may be applied to samples from any populations II, JRSS Supplement 4 (1937).
"""

from __future__ import annotations

import itertools
import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
FEWEST = 3
"""Units below which there is no order to speak of."""
EXACT = 8
"""Units up to which every arrangement is looked at; beyond, `DRAWN` of them."""
DRAWN = 9_999
BATCH = 5_000
"""Arrangements held in memory at a time."""
_ROUNDING = 1e-9


class RankAgreement(NamedTuple):
    """Two orders of ``n`` units: coefficients in [-1, 1] and two-sided p-values; None where not defined."""

    n: int
    tau: float | None
    tau_p: float | None
    spearman: float | None
    spearman_p: float | None
    least_p: float | None
    """The smallest p-value that so many units, with their ties, can have at all."""
    exact: bool
    """Whether every arrangement was looked at; else `DRAWN` of them and the one that was found."""
    reason: str | None


def rank_agreement(first: ArrayLike, second: ArrayLike, *, seed: int) -> RankAgreement:
    """Return how far ``first`` and ``second``, each (n,) of finite numbers, put the same units in one order.

    Raises ValueError for other shapes.
    """
    x, y = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if x.ndim != 1 or x.shape != y.shape or not np.isfinite([x, y]).all():
        raise ValueError(f"orders of shapes {x.shape} and {y.shape}, needed are two of (n,), finite")
    n = len(x)
    if n < FEWEST or np.ptp(x) == 0.0 or np.ptp(y) == 0.0:
        why = f"{n} units, at least {FEWEST} are needed" if n < FEWEST else "all of one side are equal"
        return RankAgreement(n, None, None, None, None, None, True, why)
    signs, ranks = (_signs(x), _signs(y)), (_centred(x), _centred(y))
    size = math.sqrt(float(np.square(signs[0]).sum() * np.square(signs[1]).sum()))
    tau, spearman = float((signs[0] * signs[1]).sum()) / size, _cosine(*ranks)
    taus, spearmans = _arranged(signs, ranks, size, seed)
    exact = n <= EXACT
    return RankAgreement(
        n,
        tau,
        _share(taus, tau, exact=exact),
        spearman,
        _share(spearmans, spearman, exact=exact),
        _share(taus, float(np.abs(taus).max()), exact=True) if exact else None,
        exact,
        None,
    )


def _signs(values: Array) -> Array:
    """Return the signs (n, n) of the differences between all pairs."""
    signs: Array = np.sign(values[:, None] - values[None, :])
    return signs


def _centred(values: Array) -> Array:
    """Return the ranks (n,) less their mean; ties share their mean rank."""
    ranks: Array = _signs(values).sum(axis=1) / 2.0
    centred: Array = ranks - ranks.mean()
    return centred


def _cosine(a: Array, b: Array) -> float:
    return float(a @ b / math.sqrt(float(a @ a) * float(b @ b)))


def _arranged(signs: tuple[Array, Array], ranks: tuple[Array, Array], size: float, seed: int) -> tuple[Array, Array]:
    """Return tau and Spearman of the arrangements of the second side, each (B,)."""
    n = len(ranks[0])
    orders = _orders(n, seed)
    spearmans = ranks[1][orders] @ ranks[0] / math.sqrt(float(ranks[0] @ ranks[0]) * float(ranks[1] @ ranks[1]))
    taus = np.empty(len(orders))
    for start in range(0, len(orders), BATCH):
        part = orders[start : start + BATCH]
        taus[start : start + BATCH] = np.einsum("ij,bij->b", signs[0], signs[1][part[:, :, None], part[:, None, :]])
    return taus / size, spearmans


def _orders(n: int, seed: int) -> NDArray[np.intp]:
    if n <= EXACT:
        return np.array(list(itertools.permutations(range(n))), dtype=np.intp)
    rng = np.random.default_rng(seed)
    return rng.permuted(np.tile(np.arange(n), (DRAWN, 1)), axis=1)


def _share(found: Array, value: float, *, exact: bool) -> float:
    """Return the share of arrangements at least as far from 0; of drawn ones the one that was found is one more."""
    beyond = int((np.abs(found) >= abs(value) - _ROUNDING).sum())
    return beyond / len(found) if exact else (beyond + 1) / (len(found) + 1)
