"""What a director's directives mean for the persona's next move.

A memory to release and a strategy hold for one message, the next; they lapse when the person cannot follow. A pace
holds until another one is asked for. What the persona cannot read (an unknown beat, strategy or pace) is ignored.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from empa_graph.models.dialogue import Message
from empa_graph.models.directive import Action, Directive
from empa_graph.models.episode import PersonaState
from empa_graph.models.persona import Scenario
from empa_graph.roles.director.tools import Pace, Strategy
from empa_graph.roles.persona.lines import unmet, untold
from empa_graph.roles.persona.moves import FREE, Steering

QUICK_EASE = 0.1
"""How much less trust a beat asks for at a quick pace."""


def steering(
    directives: Sequence[Directive], messages: Sequence[Message], state: PersonaState, scenario: Scenario
) -> Steering:
    """Return what ``directives`` ask of the message that follows ``messages``."""
    if not directives or not messages:
        return FREE
    fresh = [directive for directive in directives if directive.turn == messages[-1].turn]
    said = (*state.spoken, *state.told)
    memory, strategy, pace = _last(fresh, "release_memory"), _last(fresh, "shift_strategy"), _pace(directives)
    return Steering(
        beat=next((beat for beat in untold(state, scenario) if beat.id == memory and not unmet(beat, said)), None),
        move=next((move for move in get_args(Strategy) if move == strategy), None),
        may_disclose=pace != "slow" or not last_move(messages).startswith("disclose:"),
        ease=QUICK_EASE if pace == "quick" else 0.0,
    )


def _pace(directives: Sequence[Directive]) -> Pace:
    asked = _last([d for d in directives if d.argument in get_args(Pace)], "change_pace")
    return next((pace for pace in get_args(Pace) if pace == asked), "normal")


def _last(directives: Sequence[Directive], action: Action) -> str | None:
    """Return the argument of the last directive of ``action``."""
    return next((d.argument for d in reversed(directives) if d.action == action), None)


def last_move(messages: Sequence[Message]) -> str:
    """Return the person's last move, "" before the first."""
    return next((m.move or "" for m in reversed(messages) if m.speaker == "persona"), "")
