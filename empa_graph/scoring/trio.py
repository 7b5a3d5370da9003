"""The EMPA trio: directional alignment, cumulative impact, stability, and their composite.

composite = 100 * A * (w_a + w_i * I + w_s * S): no credit without direction. A looks at the end points alone,
I at the length of the path, S at the spread of the angles of its turns; an idle turn has the angle pi/2. So a
there-and-back excursion leaves A alone, raises I until the path is as long as |u|, and may move S either way.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from empa_graph.scoring.space import Array, Direction, dot, heading, motion, norm, paths


@dataclass(frozen=True)
class WeightProfile:
    """What an objective weighs; three numbers of at least 0 that sum to 1."""

    w_alignment: float
    w_impact: float
    w_stability: float

    def __post_init__(self) -> None:
        weights = (self.w_alignment, self.w_impact, self.w_stability)
        if not all(math.isfinite(weight) and weight >= 0.0 for weight in weights):
            raise ValueError(f"weights are {weights}, allowed are finite numbers of at least 0")
        if not math.isclose(sum(weights), 1.0, rel_tol=0.0, abs_tol=1e-9):
            raise ValueError(f"weights {weights} sum to {sum(weights):g}, allowed is 1")


PROFILES = {
    "balanced": WeightProfile(0.4, 0.3, 0.3),
    "rapid_de_escalation": WeightProfile(0.3, 0.5, 0.2),
    "deep_rapport": WeightProfile(0.4, 0.2, 0.4),
}

Profile = str | WeightProfile | Sequence[float]


@dataclass(frozen=True)
class Trio:
    """The trio of one trajectory."""

    alignment: float
    """cos(D, u) in [-1, 1]; 0 where the path ends at its start."""
    impact: float
    """Sum of the increments' lengths, in units of the space."""
    stability: float
    """Population standard deviation of theta_t in radians, [0, pi/2]; lower is steadier."""
    alignment_index: float
    impact_index: float
    stability_index: float
    progress: float
    composite: float
    """0 to 100."""
    direction: Direction
    weights: WeightProfile


@dataclass(frozen=True, eq=False)
class TrioBatch:
    """The trio of N trajectories: the fields of `Trio`, as arrays (N,)."""

    alignment: Array
    impact: Array
    stability: Array
    alignment_index: Array
    impact_index: Array
    stability_index: Array
    progress: Array
    composite: Array
    direction: Direction
    weights: WeightProfile

    def __len__(self) -> int:
        return len(self.composite)

    def row(self, index: int) -> Trio:
        """Return the trio of one trajectory."""
        return Trio(
            float(self.alignment[index]),
            float(self.impact[index]),
            float(self.stability[index]),
            float(self.alignment_index[index]),
            float(self.impact_index[index]),
            float(self.stability_index[index]),
            float(self.progress[index]),
            float(self.composite[index]),
            self.direction,
            self.weights,
        )


def weight_profile(name_or_weights: Profile) -> WeightProfile:
    """Return a profile by its name, or of three weights (alignment, impact, stability), also as "0.5,0.3,0.2".

    Raises ValueError for an unknown name and for weights that are not three finite numbers >= 0 that sum to 1.
    """
    if isinstance(name_or_weights, WeightProfile):
        return name_or_weights
    if isinstance(name_or_weights, str):
        if name_or_weights in PROFILES:
            return PROFILES[name_or_weights]
        if "," not in name_or_weights:
            raise ValueError(f"unknown weight profile '{name_or_weights}'; known are {', '.join(PROFILES)}")
        return weight_profile(_numbers(name_or_weights))
    if len(name_or_weights) != 3:
        raise ValueError(f"found {len(name_or_weights)} weights, allowed are three")
    return WeightProfile(*map(float, name_or_weights))


def _numbers(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise ValueError(f"weights '{text}' are no numbers; allowed are three, such as 0.5,0.3,0.2") from None


def trio(
    positions: ArrayLike,
    target: ArrayLike,
    *,
    profile: Profile = "balanced",
    direction: Direction = "initial",
) -> Trio:
    """Score the trajectory ``positions`` (T+1, D) against the point ``target`` (D,).

    Raises ValueError without a judged turn (T = 0): there is nothing to score, and that is not a zero.
    """
    path, point = np.asarray(positions, dtype=np.float64), np.asarray(target, dtype=np.float64)
    if path.ndim != 2 or point.ndim != 1:
        raise ValueError(f"positions {path.shape} and target {point.shape}, allowed are (T+1, D) and (D,)")
    return trio_batch(path[None], [len(path) - 1], point, profile=profile, direction=direction).row(0)


def trio_batch(
    positions: ArrayLike,
    lengths: ArrayLike,
    targets: ArrayLike,
    *,
    profile: Profile = "balanced",
    direction: Direction = "initial",
) -> TrioBatch:
    """Score ``positions`` (N, T+1, D) with ``lengths`` (N,) judged turns against ``targets`` (D,) or (N, D).

    Each row scores as `trio` scores it alone. Raises ValueError if a row has no judged turn.
    """
    weights = weight_profile(profile)
    checked = paths(positions, target=targets, lengths=lengths)
    if (checked.lengths == 0).any():
        raise ValueError(f"trajectory {int(np.argmin(checked.lengths))} has no judged turn; there is nothing to score")
    ideal = heading(checked.positions[:, 0], checked.targets)
    turns = motion(checked, direction=direction)

    displacement = checked.positions[:, -1] - checked.positions[:, 0]
    alignment = _alignment(displacement, ideal.unit, checked.round_off)
    progress = np.clip(dot(displacement, ideal.unit) / ideal.length, 0.0, 1.0)
    impact = _total(turns.length)
    stability = _spread(turns.angle, checked.judged, checked.lengths.astype(np.float64))

    a = np.maximum(0.0, alignment)
    i = np.minimum(1.0, impact / ideal.length)
    s = np.clip(1.0 - stability / (np.pi / 2), 0.0, 1.0)
    credit = weights.w_alignment + weights.w_impact * i + weights.w_stability * s
    composite = np.minimum(100.0, 100.0 * a * credit)
    return TrioBatch(alignment, impact, stability, a, i, s, progress, composite, direction, weights)


def _alignment(displacement: Array, unit: Array, round_off: Array) -> Array:
    length = norm(displacement)
    still = length <= round_off
    cosine = np.clip(dot(displacement, unit) / np.where(still, 1.0, length), -1.0, 1.0)
    return np.where(still, 0.0, cosine)


def _spread(angle: Array, judged: NDArray[np.bool_], count: Array) -> Array:
    """The population standard deviation over the judged turns of each row."""
    # Measured from the first turn, equal angles have a spread of exactly 0.
    apart = np.where(judged, angle - angle[:, :1], 0.0)
    mean = _total(apart) / count
    squares = np.where(judged, (apart - mean[:, None]) ** 2, 0.0)
    return np.sqrt(_total(squares) / count)


def _total(turns: Array) -> Array:
    """The sum over turns, first to last, so that padding with zeros cannot change its rounding."""
    return np.cumsum(turns, axis=1)[:, -1]
