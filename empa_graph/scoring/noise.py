"""Where the noise of scores comes from: the agent, the simulated person or the judge, as far as repeats tell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Labels = Sequence[str] | Sequence[int]
Groups = NDArray[np.intp]


class NoiseSplit(NamedTuple):
    """Variances; None for a part that nothing was repeated for."""

    scenario: float | None = None
    """Between scenarios: no noise, but what they differ in."""
    simulator: float | None = None
    agent: float | None = None
    judge: float | None = None


def noise_split(values: ArrayLike, *, scenario: Labels, course: Labels, transcript: Labels) -> NoiseSplit:
    """Split the variance of ``values`` (n,) by what was repeated; labels (n,) say which values share what.

    ``course``: the same chance of the simulated person, by its seed; ``transcript``: the same conversation, judged
    again. Nested analysis of variance by the method of moments, for unequal counts too; a part that comes out below
    0 is 0. What was not repeated cannot be told apart: its part is None and lies in the next coarser one.
    """
    numbers = np.asarray(values, dtype=np.float64)
    if numbers.ndim != 1 or not np.isfinite(numbers).all() or numbers.size == 0:
        raise ValueError(f"values have shape {numbers.shape}, allowed is (n,) of finite numbers, at least one")
    named = {"scenario": _groups(numbers, scenario)}
    named["simulator"] = _within(named["scenario"], _groups(numbers, course))
    named["agent"] = _within(named["simulator"], _groups(numbers, transcript))
    named["judge"] = np.arange(numbers.size)
    kept: dict[str, Groups] = {}
    for name, groups in named.items():
        coarser = next(reversed(kept.values()), None)
        if coarser is None or groups.max() > coarser.max():
            kept[name] = groups
    if numbers.size == 1:
        return NoiseSplit()
    return NoiseSplit(**dict(zip(kept, _components(numbers, list(kept.values())), strict=True)))


def _components(values: NDArray[np.float64], levels: Sequence[Groups]) -> list[float]:
    """Solve for the variance of each level, from sums of squares and what is expected of them."""
    grand = np.zeros(len(values), dtype=np.intp)
    sums = [_squares(values, groups) for groups in (grand, *levels)]
    weights = [[_weight(fine, groups) for fine in levels] for groups in (grand, *levels)]
    found = np.linalg.lstsq(np.diff(np.array(weights), axis=0), np.diff(np.array(sums)), rcond=None)[0]
    return [max(0.0, float(part)) for part in found]


def _squares(values: NDArray[np.float64], groups: Groups) -> float:
    return float((np.bincount(groups, weights=values) ** 2 / np.bincount(groups)).sum())


def _weight(fine: Groups, groups: Groups) -> float:
    """Return what one unit of the variance of ``fine`` adds to the sum of squares of ``groups``."""
    cells, counts = np.unique(np.stack([groups, fine]), axis=1, return_counts=True)
    return float((counts**2 / np.bincount(groups)[cells[0]]).sum())


def _groups(values: NDArray[np.float64], labels: Labels) -> Groups:
    if len(labels) != len(values):
        raise ValueError(f"{len(labels)} labels for {len(values)} values; each value needs one")
    return np.unique(np.asarray(labels), return_inverse=True)[1].astype(np.intp)


def _within(coarse: Groups, fine: Groups) -> Groups:
    return np.unique(np.stack([coarse, fine]), axis=1, return_inverse=True)[1].astype(np.intp).ravel()
