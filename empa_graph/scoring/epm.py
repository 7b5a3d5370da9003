"""The Empathy Potential Model: levels to deficit and increments, and the physics of a path (arXiv 2603.00552).

The axes are cognitive, affective and proactive, and the origin is equilibrium. A person starts at a deficit P_0, every
judged turn adds an increment v_t, and v* = -P_0/|P_0| is the way out. A batch is ``increments`` (N, T, 3) beside
``lengths`` (N,), the judged turns of each row; what pads a row is never read and is NaN on the way out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from empa_graph.scoring.space import LARGEST, ROUND_OFF, Array, dot, norm

CHUNK = 8_192
"""Rows scored at once: what they need fits the cache, and memory does not grow with the batch."""


class Paths(NamedTuple):
    """Checked paths as a batch; increments beyond a row's length are 0."""

    starts: Array
    increments: Array
    lengths: NDArray[np.intp]

    @property
    def judged(self) -> NDArray[np.bool_]:
        """Which turns (N, T) belong to their row."""
        return np.arange(self.increments.shape[1]) < self.lengths[:, None]


class Escape(NamedTuple):
    """The initial deficit r_0 = |P_0|, shape (N,), and the way out of it v* = -P_0/r_0, shape (N, 3)."""

    deficit: Array
    heading: Array


@dataclass(frozen=True, eq=False)
class Physics:
    """The physics of one path, or of N paths with a first axis more.

    E_t = projection_t + r_0 at every t, because v* stays fixed: the energy gate E_t >= r_0 is the gate
    projection_t >= 0 and no second condition. On rounded values the two may part by about 0.01.
    """

    deficit: Array
    """r_0 = |P_0|, shape ()."""
    heading: Array
    """v*, shape (3,)."""
    positions: Array
    """P_0 .. P_T, shape (T+1, 3)."""
    energy: Array
    """dE_t = v_t . v*, shape (T,)."""
    total: Array
    """E_0 .. E_T, the running sum of dE with E_0 = 0, shape (T+1,)."""
    projection: Array
    """P_t . v* for t = 0 .. T, shape (T+1,); -r_0 at the start, 0 level with the origin."""
    distance: Array
    """|P_t| for t = 0 .. T, shape (T+1,)."""
    alignment: Array
    """cos_t between v_t and v*, shape (T,); 0 for an idle turn."""
    rounded: bool
    """Whether values stand as the published runs record them."""


def deficits(levels: ArrayLike, *, multipliers: ArrayLike) -> Array:
    """Return P_0 (3,) or (N, 3) of nine levels 0..3, (9,) or (N, 9), in the order c1 c2 c3 a1 .. p3.

    ``multipliers`` (3, 3) are axis x indicator; each axis is the sum of -multiplier * level (IEDR). Raises
    ValueError on a level that is no integer from 0 to 3.
    """
    scale = _table(multipliers, (3, 3), "multipliers")
    if (scale < 0.0).any():
        raise ValueError(f"multipliers are {scale.tolist()}, allowed are numbers of at least 0")
    given = whole_levels(levels, most=3, name="levels")
    if given.ndim not in (1, 2) or given.shape[-1] != 9:
        raise ValueError(f"levels have shape {given.shape}, allowed is (9,) or (N, 9)")
    axes = given.reshape(*given.shape[:-1], 3, 3)
    # 0 minus the sum, so that a deficit of nothing is 0 and not -0.
    return np.asarray(0.0 - (axes * scale).sum(axis=-1), dtype=np.float64)


def increments(progress: ArrayLike, regress: ArrayLike, *, steps: ArrayLike) -> Array:
    """Return v (..., 3), per axis the step of its progress plus that of its regress (MDEP).

    ``progress`` and ``regress`` (..., 3) are magnitudes 0..2. ``steps`` (3, 2, 3) are axis x (progress, regress)
    x level, those of regress at most 0. Raises ValueError on a level that is no integer from 0 to 2.
    """
    table = _table(steps, (3, 2, 3), "steps")
    if (table[:, 0] < 0.0).any() or (table[:, 1] > 0.0).any():
        raise ValueError(f"steps are {table.tolist()}, allowed are at least 0 for progress and at most 0 for regress")
    gains = whole_levels(progress, most=2, name="progress")
    losses = whole_levels(regress, most=2, name="regress")
    if gains.shape != losses.shape or gains.shape[-1:] != (3,):
        raise ValueError(f"progress {gains.shape} and regress {losses.shape}, allowed is (..., 3) for both")
    found = np.empty(gains.shape)
    for axis, (forward, back) in enumerate(table):
        found[..., axis] = forward[gains[..., axis]] + back[losses[..., axis]]
    return found


def physics(
    start: ArrayLike, increments: ArrayLike, *, lengths: ArrayLike | None = None, rounded: bool = False
) -> Physics:
    """Follow one path from ``start`` (3,) by ``increments`` (T, 3), or a batch: (N, 3), (N, T, 3), ``lengths``.

    ``rounded`` gives the values as the published runs record them: v* and cos_t to 4 decimals; r_0, dE_t, E_t,
    projection_t and |P_t| to 2, where E_t sums the dE that are not rounded. Raises ValueError where P_0 = 0.
    """
    paths = one_path(start, increments) if lengths is None else checked(start, increments, lengths)
    way = escape(paths, rounded=rounded)
    places, energy = positions(paths), energies(paths, way)
    points = np.arange(places.shape[1]) <= paths.lengths[:, None]

    def recorded(values: Array, kept: NDArray[np.bool_], decimals: int = 2) -> Array:
        values = np.where(kept, decimal(values, decimals) if rounded else values, np.nan)
        return values[0] if lengths is None else values

    return Physics(
        deficit=way.deficit[0] if lengths is None else way.deficit,
        heading=way.heading[0] if lengths is None else way.heading,
        positions=np.where(points[..., None], places, np.nan)[0 if lengths is None else slice(None)],
        energy=recorded(energy, paths.judged),
        total=recorded(running(energy), points),
        projection=recorded(dot(places, way.heading[:, None]), points),
        distance=recorded(norm(places), points),
        alignment=recorded(alignments(paths, energy), paths.judged, 4),
        rounded=rounded,
    )


def one_path(start: ArrayLike, increments: ArrayLike) -> Paths:
    """Check one path, ``start`` (3,) and ``increments`` (T, 3) or empty, and return it as a batch of one."""
    here, moves = np.asarray(start, dtype=np.float64), np.asarray(increments, dtype=np.float64)
    if moves.size == 0:
        moves = moves.reshape(0, 3)
    if here.shape != (3,) or moves.ndim != 2 or moves.shape[1] != 3:
        raise ValueError(f"start {here.shape} and increments {moves.shape}, allowed are (3,) and (T, 3)")
    return checked(here[None], moves[None], np.array([len(moves)]))


def pieces(starts: ArrayLike, increments: ArrayLike, lengths: ArrayLike) -> Iterator[tuple[slice, Paths]]:
    """Yield a batch in checked pieces of at most `CHUNK` rows, each beside the rows it holds."""
    here, moves, turns = np.asarray(starts), np.asarray(increments), np.asarray(lengths)
    if not here.shape[:1] == moves.shape[:1] == turns.shape[:1]:
        shapes = f"{here.shape}, {moves.shape} and {turns.shape}"
        raise ValueError(f"starts, increments and lengths have shapes {shapes}, allowed are as many rows of each")
    for first in range(0, max(len(moves), 1), CHUNK):
        rows = slice(first, first + CHUNK)
        yield rows, checked(here[rows], moves[rows], turns[rows], first=first)


def checked(starts: ArrayLike, increments: ArrayLike, lengths: ArrayLike, *, first: int = 0) -> Paths:
    """Check a padded batch; ``first`` is the number that errors give its first row.

    Raises ValueError on a wrong shape or length, a NaN or infinity outside the padding, or P_0 = 0.
    """
    here, moves = np.asarray(starts, dtype=np.float64), np.asarray(increments, dtype=np.float64)
    turns = np.asarray(lengths)
    if moves.ndim != 3 or moves.shape[2] != 3 or here.shape != (len(moves), 3) or turns.shape != (len(moves),):
        shapes = f"{here.shape}, {moves.shape} and {turns.shape}"
        raise ValueError(f"starts, increments and lengths have shapes {shapes}, allowed are (N, 3), (N, T, 3), (N,)")
    if len(turns) and not np.issubdtype(turns.dtype, np.integer):
        raise ValueError(f"lengths are {turns.dtype}, allowed are integers")
    most = moves.shape[1]
    if ((turns < 0) | (turns > most)).any():
        raise ValueError(f"lengths run from {turns.min()} to {turns.max()}, allowed is 0 to {most} turns")
    if (turns < most).any():
        moves = np.where((np.arange(most) < turns[:, None])[..., None], moves, 0.0)
    for values, name in ((here, "starts"), (moves, "increments")):
        sound = np.abs(values) <= LARGEST
        if not sound.all():
            raise ValueError(f"{name} hold a NaN or an infinity at path {first + np.argwhere(~sound)[0][0]}")
    still = norm(here) == 0.0
    if still.any():
        raise ValueError(f"path {first + int(np.argmax(still))} starts at the origin; there is no direction to score")
    return Paths(here, moves, turns.astype(np.intp))


def escape(paths: Paths, *, rounded: bool) -> Escape:
    """Return r_0 and v*; ``rounded`` to 2 and 4 decimals."""
    deficit = norm(paths.starts)
    heading = -paths.starts / deficit[:, None]
    return Escape(decimal(deficit, 2), decimal(heading, 4)) if rounded else Escape(deficit, heading)


def positions(paths: Paths) -> Array:
    """Return P_0 .. P_T, shape (N, T+1, 3); a row stays where it ended."""
    count, turns, _ = paths.increments.shape
    places = np.empty((3, count, turns + 1))
    for axis in range(3):
        places[axis, :, 0] = paths.starts[:, axis]
        places[axis, :, 1:] = paths.increments[:, :, axis]
    return np.moveaxis(np.cumsum(places, axis=2), 0, 2)


def energies(paths: Paths, way: Escape) -> Array:
    """Return dE_t = v_t . v*, shape (N, T), not rounded; 0 where only rounding keeps v_t off the normal plane."""
    energy = dot(paths.increments, way.heading[:, None])
    largest = reduce(np.maximum, np.moveaxis(np.abs(paths.increments), 2, 0))
    return np.where(np.abs(energy) <= ROUND_OFF * largest, 0.0, energy)


def running(turns: Array) -> Array:
    """Return the sums over the first 0 .. T turns, shape (N, T+1)."""
    sums = np.zeros((turns.shape[0], turns.shape[1] + 1))
    np.cumsum(turns, axis=1, out=sums[:, 1:])
    return sums


def alignments(paths: Paths, energy: Array) -> Array:
    """Return cos_t = dE_t / |v_t|, shape (N, T), in [-1, 1]; 0 for an idle turn."""
    length = norm(paths.increments)
    return np.clip(energy / np.where(length == 0.0, 1.0, length), -1.0, 1.0)


def decimal(values: Array, places: int) -> Array:
    """Round as Python's `round` does, by the exact value; `np.round` errs on ties such as 2.675.

    The published values hold such ties: dE is a sum of 4-decimal numbers, so every hundredth one ends in 5.
    """
    scaled = values * 10.0**places
    whole = np.rint(scaled)
    found: Array = whole / 10.0**places
    ties = np.abs(scaled - whole) == 0.5
    if ties.any():
        found[ties] = [round(value, places) for value in values[ties].tolist()]
    return found


def whole_levels(levels: ArrayLike, *, most: int, name: str) -> NDArray[np.integer]:
    """Return ``levels`` as they are; raises ValueError on what is no integer from 0 to ``most``."""
    given = np.asarray(levels)
    # An array has one type; in a list True would pass for 1.
    mixed = not isinstance(levels, np.ndarray) and any(
        isinstance(level, bool | np.bool_) for level in np.asarray(levels, dtype=object).flat
    )
    if mixed or (given.size and not np.issubdtype(given.dtype, np.integer)):
        raise ValueError(f"{name} hold {'bool' if mixed else given.dtype} values, allowed are integers 0 to {most}")
    if given.size and (given.min() < 0 or given.max() > most):
        raise ValueError(f"{name} run from {given.min()} to {given.max()}, allowed is 0 to {most}")
    return given


def _table(values: ArrayLike, shape: tuple[int, ...], name: str) -> Array:
    table = np.asarray(values, dtype=np.float64)
    if table.shape != shape or not np.isfinite(table).all():
        raise ValueError(f"{name} have shape {table.shape}, allowed is {shape} of finite numbers")
    return table
