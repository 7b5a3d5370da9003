"""How far an episode had come at each turn: its progress, and what was left of the way."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from empa_graph.models.latent import LatentState
from empa_graph.scoring.course import course
from empa_graph.scoring.space import distances


class PathByTurn(NamedTuple):
    """Two figures a turn, from turn 1; None at a turn without a judgement."""

    progress: tuple[float | None, ...]
    """The share of the way to the target that was kept, in [0, 1], as the score has it at the end."""
    distance: tuple[float | None, ...]
    """The distance to the target, in units of the space."""


def path_by_turn(latent: LatentState) -> PathByTurn:
    """Return progress and distance of ``latent`` by turn; no progress where it starts on the target."""
    positions, target = (np.asarray(points, float) for points in (latent.positions, latent.target))
    kept = np.clip(course(positions, target).along, 0.0, 1.0)
    left, judged = distances(positions, target), iter(range(1, len(positions)))
    places = [next(judged) if step.increment is not None else None for step in latent.steps]
    return PathByTurn(*(tuple(None if at is None else float(row[at]) for at in places) for row in (kept, left)))
