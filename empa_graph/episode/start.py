"""Where an episode starts: the latent state before the first turn, by scenario and rubric."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from empa_graph.errors import ContentError, hint
from empa_graph.models.latent import LatentState
from empa_graph.models.persona import Annotation, Route, Scenario
from empa_graph.models.record import Point
from empa_graph.models.rubric import Rubric
from empa_graph.models.stop_rule import EnergyStop
from empa_graph.scoring.epm import deficits


def opening(rubric: Rubric, scenario: Scenario | None = None) -> LatentState:
    """Return the latent state before the first turn.

    It is taken from what the goal says of the rubric's space: a rubric with initial indicators derives it from their
    levels, any other takes start and target. Without a scenario it is the rubric's stated prior. Raises ContentError
    for a goal that lacks what the rubric needs.
    """
    names = rubric.space.names
    if scenario is None:
        return LatentState.opening(
            dimensions=names,
            start=tuple(rubric.prior_start[name] for name in names),
            target=tuple(rubric.prior_target[name] for name in names),
            radius=rubric.prior_radius,
            supposed=True,
        )
    route, where = _route(rubric, scenario), f"scenario '{scenario.id}': spaces.{rubric.space.id}"
    if rubric.initial:
        return _from_levels(rubric, route, where=where, in_crisis=scenario.in_crisis)
    return LatentState.opening(
        dimensions=names,
        start=_point(names, route.start, f"{where}.start"),
        target=_point(names, route.target, f"{where}.target"),
        radius=_radius(route, where),
        needs_handoff=scenario.in_crisis,
    )


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


def _route(rubric: Rubric, scenario: Scenario) -> Route:
    space, spaces = rubric.space.id, scenario.goal.spaces
    if space not in spaces:
        known = ", ".join(spaces)
        played = f"rubric '{rubric.id}' is played in space '{space}'"
        raise ContentError(f"scenario '{scenario.id}' has no start for it: {played}, the goal's spaces are {known}")
    return spaces[space]


def _from_levels(rubric: Rubric, route: Route, *, where: str, in_crisis: bool) -> LatentState:
    try:
        start = initial_deficit(rubric, {name: int(annotated.value) for name, annotated in route.levels.items()})
    except ContentError as error:
        raise ContentError(f"{where}.levels: {error}") from None
    deficit = math.hypot(*start)
    if not deficit:
        raise ContentError(f"{where}.levels: every level is 0; there is no deficit to work on")
    share = rubric.stop.alpha if isinstance(rubric.stop, EnergyStop) else 0.1
    return LatentState.opening(
        dimensions=rubric.space.names,
        start=start,
        target=(0.0,) * len(start),
        radius=share * deficit,
        needs_handoff=in_crisis,
    )


def _point(names: tuple[str, ...], found: Mapping[str, Annotation], where: str) -> Point:
    lacking = [name for name in names if name not in found]
    if lacking:
        raise ContentError(f"{where}: without the dimension '{lacking[0]}'")
    return tuple(found[name].value for name in names)


def _radius(route: Route, where: str) -> float:
    if route.radius is None:
        raise ContentError(f"{where}: without a radius")
    return route.radius.value
