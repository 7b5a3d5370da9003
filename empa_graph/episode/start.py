"""Where an episode starts: the latent state before the first turn, by scenario and rubric."""

from __future__ import annotations

import math

import numpy as np

from empa_graph.errors import ContentError, hint
from empa_graph.models.latent import LatentState
from empa_graph.models.persona import Goal, Scenario
from empa_graph.models.record import Point
from empa_graph.models.rubric import Rubric
from empa_graph.models.stop import EnergyStop
from empa_graph.scoring.epm import deficits


def opening(rubric: Rubric, scenario: Scenario | None = None) -> LatentState:
    """Return the latent state before the first turn.

    A rubric with initial indicators derives it from the goal's levels; any other takes the goal's own start and target.
    Without a scenario it is the rubric's stated prior. Raises ContentError for a goal that lacks what the rubric needs.
    """
    names = rubric.space.names
    if scenario is None:
        return LatentState.opening(
            dimensions=names,
            start=tuple(rubric.prior_start[name] for name in names),
            target=tuple(rubric.prior_target[name] for name in names),
            radius=rubric.prior_radius,
        )
    if rubric.initial:
        return _from_levels(rubric, scenario)
    return _from_points(names, scenario)


def initial_deficit(rubric: Rubric, levels: dict[str, int]) -> Point:
    """Return P_0 (D,) of one level 0..3 per initial indicator (SCORING.md section 3).

    Raises ContentError for a missing or an unknown indicator.
    """
    wanted = [indicator.id for indicator in rubric.initial]
    for name in levels:
        if name not in wanted:
            raise ContentError(f"unknown indicator '{name}' for '{rubric.id}'{hint(name, wanted)}")
    missing = [name for name in wanted if name not in levels]
    if missing:
        raise ContentError(f"without the indicator '{missing[0]}' of '{rubric.id}'")
    by_axis = [[i for i in rubric.initial if i.dimension == name] for name in rubric.space.names]
    multipliers = np.array([[i.multiplier for i in axis] for axis in by_axis], dtype=np.float64)
    ordered = np.array([levels[i.id] for axis in by_axis for i in axis])
    return tuple(deficits(ordered, multipliers=multipliers).tolist())


def _from_levels(rubric: Rubric, scenario: Scenario) -> LatentState:
    goal = scenario.goal
    if not goal.epm:
        raise ContentError(f"scenario '{scenario.id}' has no levels of 'epm'; rubric '{rubric.id}' starts from them")
    try:
        start = initial_deficit(rubric, {name: int(annotated.value) for name, annotated in goal.epm.items()})
    except ContentError as error:
        raise ContentError(f"scenario '{scenario.id}': epm: {error}") from None
    deficit = math.hypot(*start)
    if not deficit:
        raise ContentError(f"scenario '{scenario.id}': epm: every level is 0; there is no deficit to work on")
    share = rubric.stop.alpha if isinstance(rubric.stop, EnergyStop) else 0.1
    origin = (0.0,) * len(start)
    return LatentState.opening(
        dimensions=rubric.space.names,
        start=start,
        target=origin,
        radius=share * deficit,
        needs_handoff=scenario.in_crisis,
    )


def _from_points(names: tuple[str, ...], scenario: Scenario) -> LatentState:
    goal = scenario.goal
    return LatentState.opening(
        dimensions=names,
        start=_point(names, scenario, "start"),
        target=_point(names, scenario, "target"),
        radius=_radius(goal, scenario.id),
        needs_handoff=scenario.in_crisis,
    )


def _point(names: tuple[str, ...], scenario: Scenario, side: str) -> Point:
    found = getattr(scenario.goal, side)
    lacking = [name for name in names if name not in found]
    if lacking:
        raise ContentError(f"scenario '{scenario.id}': {side} lacks the dimension '{lacking[0]}'")
    return tuple(found[name].value for name in names)


def _radius(goal: Goal, scenario: str) -> float:
    if goal.radius is None:
        raise ContentError(f"scenario '{scenario}' has no radius")
    return goal.radius.value
