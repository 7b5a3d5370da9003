"""A person in danger with lines of their own, and other small changes of the shared cards."""

from __future__ import annotations

from typing import Any

from empa_graph.models.line import Danger, GoalLines
from empa_graph.models.persona import Scenario
from tests.scripted_parts import CRISIS, SCENARIO

OWN = {
    "answer_yes": ["I think of dying, since the morning.", "It is about my life, as I said."],
    "answer_no": ["I would never touch anybody."],
    "refuse_help": ["I will not ring strangers.", "Not yet. Stay a while.", "Leave my sister out of it."],
    "accept_help": ["I will ring the line, and my sister comes."],
    "has_called": ["They have answered. My sister is on the stairs."],
    "means_put_away": ["I stand by the stairs now."],
    "brief": ["Yes.", "Hm."],
    "leave": ["Enough talk. Goodbye."],
}


def with_lines(scenario: Scenario = SCENARIO, *, card: bool = False, **lines: Any) -> Scenario:
    """Return ``scenario`` with ``lines`` in its goal, or in the card."""
    if card:
        persona = scenario.persona
        phrases = type(persona.lines).model_validate(persona.lines.model_dump() | lines)
        return Scenario(persona=persona.model_copy(update={"lines": phrases}), goal=scenario.goal)
    own = GoalLines.model_validate(lines)
    return Scenario(persona=scenario.persona, goal=scenario.goal.model_copy(update={"lines": own}))


def in_danger(**truth: Any) -> Scenario:
    """Return a crisis whose person can answer, refuse and accept."""
    danger = Danger.model_validate({"suicidal": True, "means": "the railing", "note": "His sister is near."} | truth)
    goal = with_lines(CRISIS, **OWN).goal.model_copy(update={"danger": danger})
    return Scenario(persona=CRISIS.persona, goal=goal)
