"""How a person ends a conversation: with a goodbye, or when thanks go round in a circle."""

from __future__ import annotations

from empa_graph.models.episode import PersonaState
from empa_graph.roles.persona.crisis import ACCEPTANCE
from empa_graph.roles.persona.lines import Spoken
from empa_graph.roles.persona.moves import Decision, Reaction

THANKS = frozenset({"settle", "soften"})
NOTHING_NEW = 0.25
"""Pleasure at a reply up to which it has brought nothing new."""
CIRCLED = 4
"""From here on there is nothing left to say: two thanks in a row for nothing new (2 each), four settlings (1 each)."""


def circled(reaction: Reaction, decision: Decision) -> PersonaState:
    """Return the state after ``decision``, which counts how far thanks have gone round in a row."""
    idle = decision.move in THANKS and reaction.pleasure <= NOTHING_NEW
    round_again = 2 if idle else int(decision.move == "settle")
    circle = reaction.state.circle + round_again if round_again else 0
    return reaction.state.model_copy(update={"circle": circle, "ended": "exhausted" if circle >= CIRCLED else None})


def remembered(state: PersonaState, said: Spoken) -> PersonaState:
    """Return the state that knows that ``said`` was said, with what that ends or accepts."""
    known = "told" if said.move == "disclose" else "spoken"
    changed: dict[str, object] = {known: (*getattr(state, known), said.id), "owns_danger": said.move == "answer_yes"}
    if said.move == "leave":
        changed["ended"] = "left"
    if said.move in ACCEPTANCE and state.help_accepted is not None:
        changed["help_accepted"] = True
    return state.model_copy(update=changed)
