"""EPM-Q: nine indices of a path in three groups, under either of two definitions that disagree.

``published`` reproduces the public leaderboard, ``paper`` follows section 9 of arXiv 2603.00552;
docs/two-definitions.md sets them side by side. Neither is bounded by 100.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from empa_graph.scoring.epm import (
    Paths,
    alignments,
    decimal,
    energies,
    escape,
    pieces,
    running,
    whole_levels,
)
from empa_graph.scoring.space import Array, norm

Definition = Literal["published", "paper"]

INDICES = ("rdi", "etot", "snet", "rho", "sproj", "tau", "rpos", "align", "pen")

WEIGHTS = {"outcome": 0.4, "efficiency": 0.2, "stability": 0.4}
"""Of the three groups; each is the mean of three of `INDICES`, in this order."""

ZONE = -1.0
"""`published` measures deficits from the zone in which no axis lies below this."""


@dataclass(frozen=True)
class Epmq:
    """The EPM-Q of one path; every number is at least 0, those without a bound may exceed 100."""

    rdi: float
    """How far the deficit shrank: 50 not at all, 0 doubled or more, 100 gone."""
    etot: float
    """Energy gained; no bound."""
    snet: float
    """Net sum of the levels (`published`) or of the increments (`paper`); no bound."""
    rho: float
    """Energy per turn."""
    sproj: float
    """Mean dE. `paper` gives it the value of rho."""
    tau: float
    """Straightness, 0 to 100; 100 for a path that ends where it began."""
    rpos: float
    """Share of turns with dE > 0, 0 to 100."""
    align: float
    """Mean cosine to the way out, 0 to 100; 50 across it."""
    pen: float
    """What regress leaves of 100."""
    outcome: float
    """Mean of rdi, etot, snet."""
    efficiency: float
    """Mean of rho, sproj, tau."""
    stability: float
    """Mean of rpos, align, pen."""
    composite: float
    """EPM-Q: 0.4 outcome + 0.2 efficiency + 0.4 stability."""
    definition: Definition


@dataclass(frozen=True, eq=False)
class EpmqBatch:
    """The EPM-Q of N paths: the fields of `Epmq`, as arrays (N,)."""

    rdi: Array
    etot: Array
    snet: Array
    rho: Array
    sproj: Array
    tau: Array
    rpos: Array
    align: Array
    pen: Array
    outcome: Array
    efficiency: Array
    stability: Array
    composite: Array
    definition: Definition

    def __len__(self) -> int:
        return len(self.composite)

    def row(self, index: int) -> Epmq:
        """Return the EPM-Q of one path."""
        numbers = {name: float(getattr(self, name)[index]) for name in (*INDICES, *WEIGHTS, "composite")}
        return Epmq(**numbers, definition=self.definition)


class _Sums(NamedTuple):
    """What both definitions are made of, (N,) each; sums run over the judged turns."""

    turns: Array
    energy: Array
    """Sum of dE, E_T."""
    recorded: Array
    """Sum of dE as recorded: rounded turn by turn under `published`."""
    gains: Array
    """Turns with dE > 0."""
    cosines: Array
    length: Array
    """Of the path."""
    shift: Array
    """The displacement P_T - P_0, shape (N, 3)."""
    progress: Array
    regress: Array


def epmq(
    start: ArrayLike,
    increments: ArrayLike,
    *,
    progress: ArrayLike,
    regress: ArrayLike,
    definition: Definition = "published",
) -> Epmq:
    """Score the path from ``start`` (3,) by ``increments`` (T, 3).

    ``progress`` and ``regress`` (T, 3) are the magnitudes 0..2 behind the increments. Raises ValueError without a
    judged turn, which is no zero, and where P_0 = 0, which leaves no direction.
    """
    here, moves = np.asarray(start, dtype=np.float64), np.asarray(increments, dtype=np.float64)
    if here.shape != (3,) or moves.ndim > 2:
        raise ValueError(f"start {here.shape} and increments {moves.shape}, allowed are (3,) and (T, 3)")
    if not len(moves):
        raise ValueError("the path has no judged turn; there is nothing to score")
    gains, losses = (np.asarray(levels)[None] for levels in (progress, regress))
    batch = epmq_batch(here[None], moves[None], [len(moves)], progress=gains, regress=losses, definition=definition)
    return batch.row(0)


def epmq_batch(
    starts: ArrayLike,
    increments: ArrayLike,
    lengths: ArrayLike,
    *,
    progress: ArrayLike,
    regress: ArrayLike,
    definition: Definition = "published",
) -> EpmqBatch:
    """Score N paths from ``starts`` (N, 3) by ``increments`` (N, T, 3) with ``lengths`` (N,) judged turns.

    ``progress`` and ``regress`` (N, T, 3) are magnitudes 0..2. Each row scores as `epmq` scores it alone. Raises
    ValueError if a row has no judged turn or starts at P_0 = 0.
    """
    if definition not in get_args(Definition):
        raise ValueError(f"unknown definition '{definition}'; allowed are {', '.join(get_args(Definition))}")
    moves, up, down = np.asarray(increments), np.asarray(progress), np.asarray(regress)
    if not moves.shape == up.shape == down.shape:
        shapes = f"{moves.shape}, {up.shape} and {down.shape}"
        raise ValueError(f"increments, progress and regress have shapes {shapes}, allowed is one shape (N, T, 3)")
    found = [_indices(paths, up[rows], down[rows], definition) for rows, paths in _scored(starts, moves, lengths)]
    nine = dict(zip(INDICES, (np.concatenate(index) for index in zip(*found, strict=True)), strict=True))
    groups = {name: sum_of_three / 3 for name, sum_of_three in zip(WEIGHTS, _threes(nine), strict=True)}
    composite = np.asarray(sum(weight * groups[name] for name, weight in WEIGHTS.items()), dtype=np.float64)
    return EpmqBatch(**nine, **groups, composite=composite, definition=definition)


def _scored(starts: ArrayLike, increments: ArrayLike, lengths: ArrayLike) -> Iterator[tuple[slice, Paths]]:
    for rows, paths in pieces(starts, increments, lengths):
        if not paths.lengths.all():
            row = rows.start + int(np.argmin(paths.lengths))
            raise ValueError(f"path {row} has no judged turn; there is nothing to score")
        yield rows, paths


def _threes(nine: dict[str, Array]) -> list[Array]:
    return [nine[a] + nine[b] + nine[c] for a, b, c in (INDICES[:3], INDICES[3:6], INDICES[6:])]


def _indices(
    paths: Paths, progress: NDArray[np.generic], regress: NDArray[np.generic], definition: Definition
) -> tuple[Array, ...]:
    """Return the nine indices of a piece, in the order of `INDICES`."""
    sums = _sums(paths, progress, regress, rounded=definition == "published")
    end = paths.starts + sums.shift
    return _published(paths.starts, end, sums) if definition == "published" else _paper(paths.starts, end, sums)


def _published(start: Array, end: Array, sums: _Sums) -> tuple[Array, ...]:
    points = sums.turns + 1.0
    apart = zone_distance(start)
    deficit = np.where(apart <= 1e-6, 1.0, apart)
    return (
        np.clip(50.0 + 50.0 * (deficit - zone_distance(end)) / deficit, 0.0, 100.0),
        _percent(sums.energy, 1.2 * deficit),
        _percent(sums.progress - sums.regress, 1.5 * deficit),
        _percent(sums.energy / sums.turns, 2.5),
        _percent(sums.recorded / points, 2.5),
        _straightness(sums),
        _percent(sums.gains, points),
        50.0 * (sums.cosines / points + 1.0),
        _percent(3.0 - sums.regress / points, 3.0),
    )


def _paper(start: Array, end: Array, sums: _Sums) -> tuple[Array, ...]:
    deficit = norm(start)
    pace = _percent(sums.energy / sums.turns, 3.464)
    return (
        50.0 + 50.0 * np.clip(1.0 - norm(end) / deficit, -1.0, 1.0),
        _percent(sums.energy, deficit),
        _percent(sums.shift.sum(axis=1), 1.2 * deficit),
        pace,
        pace,
        _straightness(sums),
        _percent(sums.gains, sums.turns),
        50.0 * (sums.cosines / sums.turns + 1.0),
        _percent(3.0 - sums.regress / sums.turns, 3.0),
    )


def _sums(paths: Paths, progress: NDArray[np.generic], regress: NDArray[np.generic], *, rounded: bool) -> _Sums:
    energy = energies(paths, escape(paths, rounded=rounded))
    cosines = alignments(paths, energy)
    total, recorded = _last(energy), energy
    if rounded:
        total, recorded, cosines = decimal(total, 2), decimal(energy, 2), decimal(cosines, 4)
    return _Sums(
        turns=paths.lengths.astype(np.float64),
        energy=total,
        recorded=_last(recorded),
        gains=np.count_nonzero(recorded > 0.0, axis=1).astype(np.float64),
        cosines=_last(cosines),
        length=_last(norm(paths.increments)),
        shift=np.stack([_last(axis) for axis in np.moveaxis(paths.increments, 2, 0)], axis=1),
        progress=_level_sum(paths, progress, "progress"),
        regress=_level_sum(paths, regress, "regress"),
    )


def _level_sum(paths: Paths, levels: NDArray[np.generic], name: str) -> Array:
    within = levels
    if not paths.judged.all():
        within = np.where(paths.judged[..., None], levels, np.zeros((), dtype=levels.dtype))
    return np.asarray(whole_levels(within, most=2, name=name).sum(axis=(1, 2)), dtype=np.float64)


def _straightness(sums: _Sums) -> Array:
    """From path length over displacement, at least 1; an ended-where-it-began path counts as straight."""
    straight = norm(sums.shift)
    ratio = sums.length / np.where(straight == 0.0, 1.0, straight)
    tau = np.where(straight == 0.0, 1.0, np.maximum(1.0, ratio))
    return _percent(3.0 - tau, 2.0)


def zone_distance(place: Array) -> Array:
    """Return how far each place (..., 3) lies from the zone in which no axis is below `ZONE`."""
    return norm(np.maximum(0.0, ZONE - place))


def _percent(part: Array, whole: Array | float) -> Array:
    return np.asarray(np.maximum(0.0, 100.0 * part / whole), dtype=np.float64)


def _last(turns: Array) -> Array:
    """The sum over turns, first to last, so that padding with zeros cannot change its rounding."""
    return running(turns)[:, -1]
