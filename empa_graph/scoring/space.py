"""Geometry of latent trajectories: headings, alignments, angles, distances.

A trajectory is x_0 .. x_T over the judged turns, shape (T+1, D); a batch is (N, T+1, D) with ``lengths``
(N,), the judged turns T of each row. What pads a row is never read.
Movement within `ROUND_OFF` of the coordinates counts as none: otherwise 0.1 + 0.2 - 0.2, an ulp beyond 0.1,
would be a path in exactly the right direction.
"""

from __future__ import annotations

from functools import reduce
from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Direction = Literal["initial", "current"]

ROUND_OFF = 256 * float(np.finfo(np.float64).eps)
"""The largest share of a coordinate that rounding alone may have moved it over a few hundred turns."""

LARGEST = 1e150
"""The largest coordinate; squares of larger ones overflow, so they pass for infinite."""


class Heading(NamedTuple):
    """The ideal displacement u = x* - x_0 as u / |u|, shape (..., D), and |u|, shape (...)."""

    unit: Array
    length: Array


class Paths(NamedTuple):
    """Checked trajectories as a batch; each row is padded with its own last position."""

    positions: Array
    targets: Array
    lengths: NDArray[np.intp]
    round_off: Array
    """The distance, per row (N,), up to which two positions are the same."""

    @property
    def judged(self) -> NDArray[np.bool_]:
        """Which turns (N, T) belong to their row."""
        return np.arange(self.positions.shape[1] - 1) < self.lengths[:, None]


class Motion(NamedTuple):
    """Per turn (N, T): the length of the increment, cos_t, and theta_t in radians; padding counts as idle."""

    length: Array
    alignment: Array
    angle: Array


def heading(start: ArrayLike, target: ArrayLike) -> Heading:
    """Return the direction and distance from ``start`` to ``target``, each (D,) or (N, D).

    Raises ValueError where the two coincide: such a start has no heading.
    """
    here, there = _points(start, "start"), _points(target, "target")
    _same_dimensions(here, there)
    gap = there - here
    length = norm(gap)
    alike = np.atleast_1d(length <= ROUND_OFF * np.maximum(_reach(here), _reach(there)))
    if alike.any():
        where = f" in trajectory {int(np.argmax(alike))}" if gap.ndim > 1 else ""
        raise ValueError(f"start equals target{where}; there is no direction to score")
    return Heading(gap / length[..., None], length)


def alignments(positions: ArrayLike, target: ArrayLike) -> Array:
    """Return cos_t in [-1, 1] between each increment of a trajectory and its heading, (T,); 0 for an idle turn."""
    turns: Array = motion(paths(positions, target=target, lengths=None), direction="initial").alignment[0]
    return turns


def angles(positions: ArrayLike, target: ArrayLike) -> Array:
    """Return theta_t = arccos(cos_t) in [0, pi] of a trajectory, shape (T,); pi/2 for an idle turn."""
    turns: Array = motion(paths(positions, target=target, lengths=None), direction="initial").angle[0]
    return turns


def distances(positions: ArrayLike, target: ArrayLike) -> Array:
    """Return |x* - x_t| of a trajectory for t = 0 .. T, shape (T+1,)."""
    checked = paths(positions, target=target, lengths=None)
    points: Array = norm(checked.targets[:, None] - checked.positions)[0]
    return points


def reachable(
    start: ArrayLike, target: ArrayLike, radius: float, *, largest_step: ArrayLike, max_turns: int
) -> int | None:
    """Return the fewest turns from ``start`` to within ``radius`` of ``target``; None beyond ``max_turns``.

    A turn moves each dimension by at most ``largest_step`` () or (D,), either way.
    """
    here, there = _points(start, "start"), _points(target, "target")
    if here.ndim != 1 or there.ndim != 1:
        raise ValueError(f"start has shape {here.shape} and target {there.shape}, allowed is (D,)")
    _same_dimensions(here, there)
    step, rim = _non_negative(largest_step, "largest_step"), _non_negative(radius, "radius")
    if step.ndim > 1 or step.size not in (1, here.size):
        raise ValueError(f"largest_step has shape {step.shape}, allowed is one number or ({here.size},)")
    if max_turns < 0:
        raise ValueError(f"max_turns is {max_turns}, allowed is 0 or more")
    slack = ROUND_OFF * np.maximum(_reach(here), _reach(there))
    # After n turns the reached points fill a box around the start; what is left is the distance to that box.
    left = norm(np.maximum(0.0, np.abs(there - here) - np.arange(max_turns + 1)[:, None] * step))
    turns = int(np.sum(left > rim + slack))
    return turns if turns <= max_turns else None


def paths(positions: ArrayLike, *, target: ArrayLike, lengths: ArrayLike | None) -> Paths:
    """Check one trajectory (``lengths`` None) or a padded batch and return it as a batch.

    Raises ValueError on a wrong shape, a wrong length, or a NaN or infinity outside the padding.
    """
    batch = np.asarray(positions, dtype=np.float64)
    if batch.ndim != (2 if lengths is None else 3) or 0 in batch.shape[-2:]:
        wanted = "(T+1, D)" if lengths is None else "(N, T+1, D) beside lengths"
        raise ValueError(f"positions have shape {batch.shape}, allowed is {wanted}")
    if lengths is None:
        batch = batch[None]
    turns = _turns(batch, lengths)
    if (turns < batch.shape[1] - 1).any():
        last = np.minimum(np.arange(batch.shape[1]), turns[:, None])
        batch = np.take_along_axis(batch, last[..., None], axis=1)
    sound = np.abs(batch) <= LARGEST
    if not sound.all():
        row, point, _ = np.argwhere(~sound)[0]
        raise ValueError(f"positions hold a NaN or an infinity at trajectory {row}, point {point}")
    ends = _points(target, "target")
    _same_dimensions(batch[:, 0], ends)
    ends = np.broadcast_to(ends, batch[:, 0].shape)
    largest = reduce(np.maximum, (np.abs(column).max(axis=1) for column in np.moveaxis(batch, 2, 0)))
    return Paths(batch, ends, turns, ROUND_OFF * np.maximum(largest, _reach(ends)))


def motion(checked: Paths, *, direction: Direction) -> Motion:
    """Return lengths, alignments and angles of all turns.

    ``direction="initial"`` keeps the heading of x_0; ``"current"`` takes that of x_{t-1} (arXiv 2603.00552, eq. 3), and
    a turn that begins on the target itself then has an alignment of 0. The angle is atan2(across, along): arccos loses
    half the digits near a straight walk.
    """
    if direction not in get_args(Direction):
        raise ValueError(f"unknown direction '{direction}'; allowed are {', '.join(get_args(Direction))}")
    moves = np.diff(checked.positions, axis=1)
    lengths = norm(moves)
    units = heading(checked.positions[:, 0], checked.targets).unit[:, None]
    idle = lengths <= checked.round_off[:, None]
    aimless = idle
    if direction == "current":
        gaps = checked.targets[:, None] - checked.positions[:, :-1]
        ahead = norm(gaps)
        arrived = ahead <= checked.round_off[:, None]
        aimless = idle | arrived
        units = gaps / np.where(arrived, 1.0, ahead)[..., None]
    along = dot(moves, units)
    # What is left of each move without its part along the heading; by dimension, three times as fast.
    across = np.sqrt(reduce(np.add, ((moves[..., n] - along * units[..., n]) ** 2 for n in range(moves.shape[-1]))))
    cosines = np.clip(along / np.where(idle, 1.0, lengths), -1.0, 1.0)
    return Motion(
        np.where(idle, 0.0, lengths),
        np.where(aimless, 0.0, cosines),
        np.where(aimless, np.pi / 2, np.arctan2(across, along)),
    )


def norm(vectors: Array) -> Array:
    """Return the Euclidean length over the last axis, summed in an order no batch changes."""
    length: Array = np.sqrt(dot(vectors, vectors))
    return length


def dot(left: Array, right: Array) -> Array:
    """Return the inner product over the last axis, summed in an order no batch changes."""
    return reduce(np.add, (left[..., axis] * right[..., axis] for axis in range(left.shape[-1])))


def _turns(batch: Array, lengths: ArrayLike | None) -> NDArray[np.intp]:
    count, most = batch.shape[0], batch.shape[1] - 1
    if lengths is None:
        return np.full(count, most, dtype=np.intp)
    turns = np.asarray(lengths)
    if turns.shape != (count,) or not (np.issubdtype(turns.dtype, np.integer) or count == 0):
        raise ValueError(f"lengths have shape {turns.shape} of {turns.dtype}, allowed is ({count},) of integers")
    if ((turns < 0) | (turns > most)).any():
        raise ValueError(f"lengths run from {turns.min()} to {turns.max()}, allowed is 0 to {most} turns")
    return turns.astype(np.intp)


def _points(values: ArrayLike, name: str) -> Array:
    points = np.asarray(values, dtype=np.float64)
    if points.ndim not in (1, 2) or points.shape[-1] == 0:
        raise ValueError(f"{name} has shape {points.shape}, allowed is (D,) or (N, D)")
    if not (np.abs(points) <= LARGEST).all():
        raise ValueError(f"{name} holds a NaN or an infinity")
    return points


def _non_negative(values: ArrayLike, name: str) -> Array:
    numbers = np.asarray(values, dtype=np.float64)
    if not (np.isfinite(numbers) & (numbers >= 0.0)).all():
        raise ValueError(f"{name} must be finite and not negative, found {numbers.tolist()}")
    return numbers


def _same_dimensions(here: Array, there: Array) -> None:
    rows_differ = there.ndim == 2 and there.shape[0] != (here.shape[0] if here.ndim == 2 else 1)
    if here.shape[-1] != there.shape[-1] or rows_differ:
        raise ValueError(f"shapes {here.shape} and {there.shape} do not belong to the same points")


def _reach(points: Array) -> Array:
    """The largest coordinate of each point."""
    sizes = np.abs(points)
    return reduce(np.maximum, (sizes[..., axis] for axis in range(sizes.shape[-1])))
