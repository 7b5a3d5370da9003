"""Weighted least squares whose errors may go together within clusters: the CR2 variance and its degrees of freedom.

Sources: R. Bell and D. McCaffrey, Bias reduction in standard errors for linear regression with multi-stage samples,
Survey Methodology 28 (2002); J. Pustejovsky and E. Tipton, Small-sample methods for cluster-robust variance estimation,
JBES 36 (2018). Rows are multiplied by the root of their weight; the working model is that these have equal, independent
errors.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from empa_graph.scoring.correlation import labelled

Array = NDArray[np.float64]
FEWEST_CLUSTERS = 6
"""Clusters below which no interval is worth printing."""
LEAST_FREEDOM = 2.0
"""Degrees of freedom below which a few clusters hold nearly all of the weight, and none is either."""
_TINY = 1e-9


class Slope(NamedTuple):
    """A coefficient with its 95% interval over ``clusters``; the bounds are None for ``reason``."""

    value: float
    low: float | None
    high: float | None
    error: float | None
    """The CR2 standard error; None with the bounds."""
    freedom: float | None
    """Degrees of freedom of Student's t by Satterthwaite; None with the bounds."""
    clusters: int
    reason: str | None

    @property
    def apart(self) -> bool:
        """Whether the interval is there and leaves 0 out."""
        return self.low is not None and self.high is not None and not self.low <= 0.0 <= self.high


def slope(design: ArrayLike, values: ArrayLike, weights: ArrayLike, groups: Sequence[str]) -> Slope | None:
    """Return the last coefficient of ``values`` (n,) on ``design`` (n, p) with ``weights`` (n,) above 0.

    The intercept is a column of the design. None where the rows do not fix the coefficient. Raises ValueError for
    other shapes.
    """
    x, y, w = (np.asarray(part, dtype=np.float64) for part in (design, values, weights))
    if x.ndim != 2 or not len(x) == len(y) == len(w) == len(groups) or not (w > 0.0).all():
        raise ValueError(f"design {x.shape}, values {y.shape}, weights {w.shape} for {len(groups)} groups")
    if not (np.isfinite(x).all() and np.isfinite(y).all() and np.isfinite(w).all()):
        raise ValueError("a number is not finite; leave a row with a missing one out")
    root = np.sqrt(w / w.mean())[:, None]
    scaled = x * root
    scales = np.linalg.norm(scaled, axis=0)
    if len(x) < x.shape[1] or (scales == 0.0).any() or np.linalg.svd(scaled / scales)[1].min() < _TINY:
        return None
    bread = np.linalg.inv(scaled.T @ scaled)
    beta = bread @ scaled.T @ (y * root[:, 0])
    label = labelled(groups)
    return _with_interval(scaled, y * root[:, 0] - scaled @ beta, bread, label, float(beta[-1]))


def _with_interval(x: Array, left: Array, bread: Array, label: NDArray[np.intp], value: float) -> Slope:
    count = int(label.max()) + 1
    if count < FEWEST_CLUSTERS:
        why = f"{count} clusters: no interval is worth printing below {FEWEST_CLUSTERS}"
        return Slope(value, None, None, None, None, count, why)
    directions = np.stack([_adjusted(x, bread, label == group) for group in range(count)])
    variance = float(np.square(directions @ left).sum())
    residual = directions - (directions @ x) @ bread @ x.T
    gram = residual @ residual.T
    freedom = float(np.trace(gram) ** 2 / np.square(gram).sum())
    if freedom < LEAST_FREEDOM:
        why = f"nearly all of it stands on few of {count} clusters ({freedom:.1f} degrees of freedom): no interval"
        return Slope(value, None, None, None, None, count, why)
    error = math.sqrt(variance)
    half = _quantile(freedom, 0.975) * error
    return Slope(value, value - half, value + half, error, freedom, count, None)


def _adjusted(x: Array, bread: Array, mine: NDArray[np.bool_]) -> Array:
    """Return (n,), 0 outside of the cluster: what its residuals are multiplied with for the last coefficient."""
    own = x[mine]
    sizes, vectors = np.linalg.eigh(np.eye(len(own)) - own @ bread @ own.T)
    root = np.where(sizes > _TINY, 1.0 / np.sqrt(np.maximum(sizes, _TINY)), 0.0)
    found = np.zeros(len(x))
    found[mine] = (vectors * root) @ vectors.T @ (own @ bread[:, -1])
    return found


def detectable_slope(found: Slope, *, power: float = 0.8) -> float | None:
    """Return the coefficient that data of this spread tell from 0 at 5% with probability ``power``; None without one.

    Two-sided, by the standard error as it was found, so it is about as sure as that.
    """
    if found.error is None or found.freedom is None:
        return None
    return found.error * (_quantile(found.freedom, 0.975) + _quantile(found.freedom, power))


def _quantile(freedom: float, share: float) -> float:
    from scipy import special

    return float(special.stdtrit(freedom, share))
