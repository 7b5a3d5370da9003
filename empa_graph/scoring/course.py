"""How a path runs beside the straight way from its start to its target. Pure arithmetic."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike


class Course(NamedTuple):
    """Positions of a path in parts of the straight way, shape (T+1,) each."""

    along: tuple[float, ...]
    """0 at the start, 1 at the height of the target; clipped to [0, 1] its last value is the progress of the trio."""
    off: tuple[float, ...]
    """How far beside the straight way, never negative."""


def course(positions: ArrayLike, target: ArrayLike) -> Course:
    """Return the course of ``positions`` (T+1, D), the start first, towards ``target`` (D,).

    Both are all 0 where the start is the target. Raises ValueError for other shapes.
    """
    path, end = np.asarray(positions, dtype=float), np.asarray(target, dtype=float)
    if path.ndim != 2 or end.shape != path.shape[1:]:
        raise ValueError(f"positions {path.shape} and target {end.shape}, expected are (turns + 1, D) and (D,)")
    ideal = end - path[0]
    length = float(np.linalg.norm(ideal))
    if length == 0.0:
        still = (0.0,) * len(path)
        return Course(still, still)
    moved = path - path[0]
    along = moved @ ideal / length**2
    off = np.linalg.norm(moved - np.outer(along, ideal), axis=1) / length
    return Course(tuple(along.tolist()), tuple(off.tolist()))
