"""Support as experts code it: what the replies do on average, beside human supporters. Pure arithmetic.

Six behaviours, each the plain mean over replies, standardised by human supporters coded by the same coder, summed with
the sign that experts' ratings give them, each as much as the coder tells it. No levels, no memory of the path, no
number of turns. What it agrees with and how far: docs/validity.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

SCALE = 3.0
"""Standard deviations of human supporters by which the odds grow e-fold."""
CAP = 0.1
"""The share of human supporters above whom a conversation beyond a guard is never placed."""
LEVEL = 0.95


class Reference(NamedTuple):
    """Human supporters, coded alike: mean and spread of each axis (A,), and quantiles of their sum (Q,), rising."""

    means: Sequence[float]
    spreads: Sequence[float]
    told: Sequence[float]
    """How well the coder tells each axis, 0 to 1: its correlation with codes that agree with experts. Standardised
    strengths times these are what is to be expected of the true ones; an axis hardly told adds noise at full weight."""
    quantiles: Sequence[float]
    """Of `sums`, at equal steps from the least to the greatest supporter."""

    def sums(self, codes: ArrayLike, signs: ArrayLike) -> np.ndarray:
        """Return the signed sum of each row of ``codes`` (..., A) beside the mean supporter, shape (...,)."""
        beside = (np.asarray(codes) - np.asarray(self.means)) / np.asarray(self.spreads)
        return np.asarray(beside @ (np.asarray(signs) * np.asarray(self.told)))


class Supported(NamedTuple):
    """Support in [0, 1] with its interval over replies, and the share of human supporters below it."""

    value: float
    low: float | None
    high: float | None
    percentile: float


def support(codes: ArrayLike, signs: Sequence[int], reference: Reference, *, capped: bool = False) -> Supported:
    """Return the support of replies coded 0 to 4, shape (T, A), T at least 1.

    The value is logistic in the distance from the mean human supporter, who has 0.5, in standard deviations of theirs
    by `SCALE`: one deviation up is 0.58, three are 0.73, and no supporter is at an end. A conversation that is
    ``capped`` is placed no higher than `CAP` of them; nothing is taken from one below. The
    interval is Student's over replies, absent for fewer than two. Raises ValueError for another shape.
    """
    from scipy import special

    coded = np.asarray(codes, dtype=float)
    if coded.ndim != 2 or not len(coded) or coded.shape[1] != len(signs):
        raise ValueError(f"codes have shape {coded.shape}, expected is (replies, {len(signs)}) with 1 reply or more")
    quantiles = np.asarray(reference.quantiles)
    spread = float(np.std(quantiles)) or 1.0
    each = reference.sums(coded, signs)
    middle = float(quantiles.mean())
    most = float(np.quantile(quantiles, CAP)) if capped else math.inf
    found = min(float(each.mean()), most)
    share = float(np.interp(found, quantiles, np.linspace(0.0, 1.0, len(quantiles))))
    low = high = None
    if len(each) > 1:
        t = float(special.stdtrit(len(each) - 1, (1.0 + LEVEL) / 2.0))
        half = t * float(each.std(ddof=1)) / math.sqrt(len(each))
        low, high = (_placed(min(found + way * half, most), middle, spread) for way in (-1.0, 1.0))
    return Supported(_placed(found, middle, spread), low, high, share)


def _placed(total: float, middle: float, spread: float) -> float:
    return 1.0 / (1.0 + math.exp(-(total - middle) / spread / SCALE))
