"""How a person ends a conversation: with a goodbye, or when thanks go round in a circle."""

from __future__ import annotations

from empa_graph.models.episode import PersonaState
from empa_graph.roles.persona.crisis import ACCEPTANCE
from empa_graph.roles.persona.lines import Spoken
from empa_graph.roles.persona.moves import Decision, Reaction

THANKS = frozenset({"settle", "soften"})
NOTHING_NEW = 0.25
"""Pleasure at a reply up to which it has brought nothing new."""
CIRCLES = 2
"""Such turns in a row after which there is nothing left to say."""


def circled(reaction: Reaction, decision: Decision) -> PersonaState:
    """Return the state after ``decision``, which counts the thanks in a row that answer nothing new."""
    idle = decision.move in THANKS and reaction.pleasure <= NOTHING_NEW
    circle = reaction.state.circle + 1 if idle else 0
    return reaction.state.model_copy(update={"circle": circle, "ended": "exhausted" if circle >= CIRCLES else None})


def remembered(state: PersonaState, said: Spoken) -> PersonaState:
    """Return the state that knows that ``said`` was said, with what that ends or accepts."""
    known = "told" if said.move == "disclose" else "spoken"
    changed: dict[str, object] = {known: (*getattr(state, known), said.id)}
    if said.move == "leave":
        changed["ended"] = "left"
    if said.move in ACCEPTANCE and state.help_accepted is not None:
        changed["help_accepted"] = True
    return state.model_copy(update=changed)
