"""What a caller is shown: of a scenario what its agent may know, of a conversation that has ended all of it.

Rule: nothing of the card but what the `aligned` instructions tell an agent too, and nothing of the latent state before
the end.
"""

from __future__ import annotations

from typing import Any

from empa_graph.cues.guards import guard_findings
from empa_graph.mcp_server.conversation import Heard
from empa_graph.models.dialogue import Message
from empa_graph.models.episode import Episode
from empa_graph.models.latent import Step
from empa_graph.models.persona import Scenario

Json = dict[str, Any]
"""A JSON object."""


def shown_scenario(scenario: Scenario) -> Json:
    """Return who writes: the name to be called, age, country, language, and what brought them."""
    persona = scenario.persona
    return {
        "scenario": scenario.id,
        "called": persona.called or persona.name.split()[0],
        "age": persona.demographics.age,
        "country": persona.country,
        "language": persona.language,
        "brought": scenario.goal.brought,
    }


def shown_heard(conversation: str, heard: Heard | None) -> Json:
    """Return what the person said, or that the conversation has ended."""
    if heard is None:
        return {"conversation": conversation, "ended": True}
    return {"conversation": conversation, "ended": False, "turn": heard.turn, "person": heard.text}


def shown_episode(episode: Episode) -> Json:
    """Return an episode that has ended: scores, support, guards, and the path with the evidence that moved it."""
    latent = episode.latent
    failure = episode.failure
    return {
        "scenario": episode.scenario,
        "ending": episode.ending,
        "turns": episode.turns,
        "score": _dumped(episode.score),
        "unscored": episode.unscored,
        "failure": failure and failure.model_dump(mode="json", exclude={"trace"}),
        "support_judged": _dumped(episode.support_judged),
        **_said(episode),
        "latent": {
            "dimensions": latent.dimensions,
            "start": latent.start,
            "target": latent.target,
            "radius": latent.radius,
            "positions": latent.positions,
        },
        "path": [_step(step) for step in latent.steps],
    }


def shown_reading(episode: Episode) -> Json:
    """Return what a conversation that was handed in shows, reply by reply; no path, since nobody's needs are known."""
    return {
        **_said(episode),
        "coverage": episode.latent.coverage,
        "turns": [
            {name: _step(step).get(name) for name in ("turn", "codes", "failure")} for step in episode.latent.steps
        ],
    }


def _said(episode: Episode) -> Json:
    return {"support": _dumped(episode.support), "guards": _guards(episode.messages)}


def _guards(messages: tuple[Message, ...]) -> Json:
    found = guard_findings((message.speaker, message.content) for message in messages)
    return {**found.model_dump(mode="json"), "provisional": found.provisional}


def _step(step: Step) -> Json:
    held = step.assessment
    return {
        "turn": step.turn,
        "increment": step.increment,
        "items": [item.model_dump(mode="json", exclude_defaults=True) for item in held.items] if held else [],
        "codes": [code.model_dump(mode="json") for code in held.codes] if held else [],
        "failure": step.failure and step.failure.kind,
    }


def _dumped(record: Any) -> Json | None:
    return None if record is None else record.model_dump(mode="json")
