"""View fields that are read out of several channels, so that a role sees what it needs and no more."""

from __future__ import annotations

import math
from typing import Any

from empa_graph.models.directive import Standing
from empa_graph.models.latent import LatentState
from empa_graph.models.persona import Scenario

DERIVED: dict[str, tuple[str, ...]] = {
    "position": ("latent",),
    "remaining": ("latent",),
    "standing": ("latent", "scenario", "messages", "persona_state"),
}
"""Each derived field with the channels behind it."""


def derived(field: str, state: dict[str, Any]) -> Any:
    """Return the derived ``field`` of ``state``."""
    latent: LatentState = state["latent"]
    if field == "position":
        return latent.position
    if field == "remaining":
        return math.dist(latent.position, latent.target) / latent.radius
    return _standing(state)


def _standing(state: dict[str, Any]) -> Standing:
    latent, persona = state["latent"], state["persona_state"]
    scenario: Scenario | None = state["scenario"]
    told = persona.told if persona else ()
    beats = (*scenario.goal.beats, *scenario.persona.beats) if scenario else ()
    beats = tuple(beat for beat in beats if scenario and scenario.goal.id not in beat.not_in)
    said = (message for message in state["messages"] if message.speaker == "persona")
    return Standing(
        turn=len(latent.steps),
        dimensions=latent.dimensions,
        start=latent.start,
        target=latent.target,
        radius=latent.radius,
        position=latent.position,
        increments=tuple(step.increment for step in latent.steps),
        trust=persona.trust if persona else None,
        openness=persona.openness if persona else None,
        moves=tuple(message.move or "" for message in said),
        told=told,
        untold=tuple(beat.id for beat in sorted(beats, key=lambda beat: beat.trust) if beat.id not in told),
    )
