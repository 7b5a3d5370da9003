"""What effect so many clusters (scenarios) can show, and how many it takes to show one."""

from __future__ import annotations

import math

MOST_CLUSTERS = 100_000
"""More scenarios than this are never named as enough."""


def minimum_detectable_effect(sd: float, n: int, *, power: float = 0.8, alpha: float = 0.05) -> float:
    """Return the smallest mean difference that a two-sided paired t test of ``n`` clusters finds.

    It does so with probability ``power`` if the differences are normal (noncentral t); a significant result
    of the wrong sign is no find. ``sd`` is the standard deviation of the clusters' differences and gives the
    unit of the answer.
    """
    if n < 2:
        raise ValueError(f"n is {n}, allowed is 2 or more: one cluster has no spread to test against")
    if not (math.isfinite(sd) and sd >= 0.0):
        raise ValueError(f"sd is {sd}, allowed is a finite number of at least 0")
    if not 0.0 < alpha < power < 1.0:
        raise ValueError(f"alpha is {alpha} and power {power}, allowed is 0 < alpha < power < 1")
    from scipy import special

    limit = special.stdtrit(n - 1, 1.0 - alpha / 2)
    return sd * float(special.nctdtrinc(n - 1, 1.0 - power, limit)) / math.sqrt(n)


def detection_power(effect: float, sd: float, n: int, *, alpha: float = 0.05) -> float:
    """Return how likely a one-sided paired test at ``alpha`` finds a mean difference ``effect`` over ``n`` clusters.

    Noncentral t; ``sd`` is the standard deviation of the clusters' differences. 0 for a single cluster.
    """
    if n < 2:
        return 0.0
    if sd <= 0.0:
        return 1.0 if effect > 0.0 else 0.0
    from scipy import special

    limit, shift = float(special.stdtrit(n - 1, 1.0 - alpha)), effect * math.sqrt(n) / sd
    if shift > 30.0 + 2.0 * limit:  # far beyond any doubt, and beyond what the distribution function can evaluate
        return 1.0
    return 1.0 - float(special.nctdtr(n - 1, shift, limit))


def detectable_drop(sd: float, n: int, *, power: float = 0.8, alpha: float = 0.05) -> float | None:
    """Return the smallest drop that `paired_drop` finds at ``alpha`` with probability ``power``; None with too few."""
    if n < 2:
        return None
    return minimum_detectable_effect(sd, n, power=power, alpha=2.0 * alpha)


def clusters_needed(effect: float, sd: float, *, power: float = 0.8, alpha: float = 0.05) -> int | None:
    """Return the fewest clusters of which `paired_drop` finds ``effect``; None if not even `MOST_CLUSTERS` do."""
    low, high = 2, MOST_CLUSTERS
    if effect <= 0.0 or detection_power(effect, sd, high, alpha=alpha) < power:
        return None
    while low < high:
        middle = (low + high) // 2
        if detection_power(effect, sd, middle, alpha=alpha) >= power:
            high = middle
        else:
            low = middle + 1
    return low


def fewest_clusters(alpha: float) -> int:
    """Return how many clusters it takes for one arrangement of their signs to be as rare as ``alpha``; at least 2."""
    return max(2, math.ceil(math.log2(1.0 / alpha) - 1e-9))
