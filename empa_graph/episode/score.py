"""The score of a finished path: the trio always, EPM-Q beside it for the Empathy Potential Model."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple, get_args

import numpy as np

from empa_graph.errors import NotFoundError, UsageError
from empa_graph.models.episode import Epmq, Score
from empa_graph.models.latent import LatentState
from empa_graph.models.stop_rule import EnergyStop, StopRules
from empa_graph.scoring.epmq import Definition, epmq
from empa_graph.scoring.trio import PROFILES, trio, weight_profile


class Scored(NamedTuple):
    """A score, or why there is none."""

    score: Score | None
    unscored: str | None


def check_profile(profile: str, *, where: str = "") -> None:
    """Raise UsageError for a weight profile that is neither a known name nor three weights that sum to 1."""
    if "," not in profile and profile not in PROFILES:
        raise NotFoundError("weight profile", profile, PROFILES, where=where)
    try:
        weight_profile(profile)
    except ValueError as error:
        raise UsageError(f"{where}: {error}" if where else str(error)) from None


def scored(latent: LatentState, stop: StopRules, profile: str) -> Scored:
    """Score a finished path over its judged turns; without any judged turn, say why there is no score."""
    if not latent.judged:
        return Scored(None, "no turn was judged")
    return Scored(_score(latent, profile, energy=isinstance(stop, EnergyStop)), None)


def scored_again(latent: LatentState, score: Score) -> Score | None:
    """Score a path as ``score`` was, by its profile and with EPM-Q where that has it; None where there is no score.

    Both may be read from anywhere: a profile that is none, and a path beyond every number, give no score either.
    """
    if not latent.judged:
        return None
    try:
        return _score(latent, score.profile, energy=bool(score.epmq))
    except (ValueError, ArithmeticError):  # pydantic's errors too: no index is infinite
        return None


def _score(latent: LatentState, profile: str, *, energy: bool) -> Score:
    result = trio(latent.positions, latent.target, profile=profile)
    return Score(
        alignment=result.alignment,
        impact=result.impact,
        stability=result.stability,
        alignment_index=result.alignment_index,
        impact_index=result.impact_index,
        stability_index=result.stability_index,
        progress=result.progress,
        composite=result.composite,
        profile=profile,
        direction=result.direction,
        coverage=latent.coverage,
        epmq=_epmq(latent) if energy else {},
    )


def _epmq(latent: LatentState) -> dict[Definition, Epmq]:
    """Return EPM-Q under each definition, from the increments and the levels behind them."""
    items = [step.assessment.items if step.assessment else () for step in latent.judged]
    if any(len(row) != len(latent.dimensions) for row in items):
        return {}
    increments = np.array([step.increment for step in latent.judged])
    progress = np.array([[item.progress for item in row] for row in items])
    regress = np.array([[item.regress for item in row] for row in items])
    found: dict[Definition, Epmq] = {}
    for definition in get_args(Definition):
        result = epmq(latent.start, increments, progress=progress, regress=regress, definition=definition)
        fields = {name: float(value) for name, value in dataclasses.asdict(result).items() if name in Epmq.model_fields}
        found[definition] = Epmq(**fields)
    return found
