"""Whether an episode goes on: a pure decision over the latent path."""

from __future__ import annotations

import itertools
import math

from empa_graph.models.latent import LatentState
from empa_graph.models.record import Point
from empa_graph.models.rubric import StopRules, Verdict


def verdict(latent: LatentState, stop: StopRules) -> Verdict:
    """Say how the path stands after its last turn; the first rule that holds wins.

    ``converged``: within the radius of the target, from ``min_turns`` on. ``max_turns``: no turn is left.
    ``collapsed``: each of the last ``collapse_after`` judged turns moved away from the target.
    """
    turns = len(latent.steps)
    if turns >= stop.min_turns and math.dist(latent.position, latent.target) <= latent.radius:
        return "converged"
    if turns >= stop.max_turns:
        return "max_turns"
    if _collapsing(latent, stop.collapse_after):
        return "collapsed"
    return "continue"


def _collapsing(latent: LatentState, window: int) -> bool:
    ideal = tuple(b - a for a, b in zip(latent.start, latent.target, strict=True))
    judged = (step.increment for step in reversed(latent.steps) if step.increment is not None)
    recent = list(itertools.islice(judged, window))
    return len(recent) == window and all(_dot(moved, ideal) < 0 for moved in recent)


def _dot(a: Point, b: Point) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))
