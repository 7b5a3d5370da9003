"""A card with one of its goals, and nothing in its lines that names another."""

from __future__ import annotations

from pydantic import JsonValue

from empa_graph.models.persona import Goal, Persona
from empa_graph.models.sayable import MOVES, card_lines, goal_lines

_KNOWN = frozenset({"open", "disclose", *MOVES})


def with_one_goal(persona: Persona, goal: Goal) -> Persona:
    """Return the card with ``goal`` alone. What its lines say of other goals is dropped; texts stay."""
    alone = persona.model_copy(update={"goals": (goal,)})
    known = _KNOWN | {said.id for said in (*card_lines(alone), *goal_lines(goal))}
    data = alone.model_dump(mode="json", exclude_defaults=True)
    return Persona.model_validate(_kept(data, {goal.id}, known))


def _kept(value: JsonValue, goals: set[str], known: frozenset[str] | set[str]) -> JsonValue:
    if isinstance(value, list):
        return [_kept(part, goals, known) for part in value]
    if not isinstance(value, dict):
        return value
    kept = {"not_in": goals, "not_after": known}
    found: dict[str, JsonValue] = {}
    for name, part in value.items():
        if name in kept and isinstance(part, list):
            if names := [one for one in part if one in kept[name]]:
                found[name] = [*names]
        else:
            found[name] = _kept(part, goals, known)
    return found
