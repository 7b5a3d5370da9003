"""How many of each kind are taken so that several shares are met at once: integer programmes, solved exactly."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Key = TypeVar("Key", bound=Hashable)
Array = NDArray[np.float64]
_SLACK = 1e-6


def apportioned(
    kinds: Sequence[Sequence[Key]], costs: Sequence[float], quotas: Sequence[Mapping[Key, float]], n: int
) -> list[int]:
    """Return how often each of ``kinds`` is taken, ``n`` in all; each kind names the keys that it counts for.

    Of all choices those come first that are nearest to the first of ``quotas``: what is missing and what is too many
    together, a key of quota 0 among it. Among these the ``costs`` (0 and above) are least, and among these what is left
    to the further quotas, one after another. A key in no quota is free. Raises ValueError without kinds.
    """
    if not kinds or len(kinds) != len(costs):
        raise ValueError(f"{len(kinds)} kinds and {len(costs)} costs, allowed are as many of each, at least one")
    keys = [key for quota in quotas for key in quota]
    wanted = np.array([float(amount) for quota in quotas for amount in quota.values()])
    held = np.array([[float(key in kind) for kind in kinds] for key in keys]).reshape(len(keys), len(kinds))
    first, *others = _aims(quotas, len(kinds), len(keys))
    price = np.concatenate([np.asarray(costs, dtype=np.float64), np.zeros(len(keys))])
    counts = _solved((first, price, *others), held, wanted, n)
    return [round(float(count)) for count in counts[: len(kinds)]]


def _aims(quotas: Sequence[Mapping[Key, float]], kinds: int, keys: int) -> list[Array]:
    """Return for every quota what picks how far its keys are off, out of all variables."""
    found, place = [], kinds
    for quota in quotas:
        aim = np.zeros(kinds + keys)
        aim[place : place + len(quota)] = 1.0
        place += len(quota)
        found.append(aim)
    return found


def _solved(aims: Sequence[Array], held: Array, wanted: Array, n: int) -> Array:
    """Return counts of kinds, and how far each key is off, with the least of every aim in turn."""
    from scipy import optimize

    keys, kinds = held.shape
    off = np.eye(keys)
    whole = np.concatenate([np.ones(kinds), np.zeros(keys)])
    limits: list[Any] = [
        optimize.LinearConstraint(np.hstack([held, -off]), -np.inf, wanted),
        optimize.LinearConstraint(np.hstack([held, off]), wanted, np.inf),
        optimize.LinearConstraint(whole[None, :], n, n),
    ]
    for aim in aims:
        done = optimize.milp(aim, integrality=whole, constraints=limits, options={"mip_rel_gap": 0.0})
        limits.append(optimize.LinearConstraint(aim[None, :], -np.inf, float(aim @ done.x) + _SLACK))
    found: Array = done.x
    return found
