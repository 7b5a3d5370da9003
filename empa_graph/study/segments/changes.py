"""What may be changed on a card: numbers, each with what it was. No word is written anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, get_args

from empa_graph.models.persona import Annotation, Goal, Need, Persona, Priorities, Route, Threshold

NEEDS: tuple[Need, ...] = get_args(Need)
LEVELS: tuple[Threshold, ...] = get_args(Threshold)
MARGIN = 0.05
"""By how much a need that comes first weighs more than the next."""
ANNOTATOR = "segment"
LIKE_DIRECTNESS = 0.15
LIKE_LENGTH = 1.5
"""Voices are alike that differ no more in directness, and in the words of their longest messages by no more than so
many times."""


class Change(NamedTuple):
    """A field of a card, what it was and what it is now."""

    field: str
    before: float | str
    after: float | str
    how: str


class Changed(NamedTuple):
    """A card and what was changed on it."""

    persona: Persona
    changes: tuple[Change, ...]


def with_need_first(given: Changed, need: Need, *, most: float) -> Changed | None:
    """Move as little weight as puts ``need`` first by `MARGIN`, from the others by theirs; None above ``most``."""
    before = given.persona.priorities.weights
    others = [other for other in NEEDS if other != need]
    rest = sum(before[other] for other in others)
    for cents in range(1, round(100 * most) + 1):
        moved = cents / 100
        after = {others[0]: round(before[others[0]] * (1.0 - moved / rest), 2)} if rest >= moved else {}
        if not after:
            return None
        after |= {need: round(before[need] + moved, 2)}
        after |= {others[1]: round(1.0 - sum(after.values()), 2)}
        if after[need] - max(after[other] for other in others) >= MARGIN - 1e-9 and min(after.values()) >= 0.0:
            return _weighed(given, after, f"shifted towards {need}")
    return None


def with_level(given: Changed, level: Threshold) -> Changed:
    """Put the empathy threshold at ``level``; what it rejects stays."""
    threshold = given.persona.empathy_threshold
    persona = given.persona.model_copy(update={"empathy_threshold": threshold.model_copy(update={"level": level})})
    change = Change("empathy_threshold.level", threshold.level, level, "shifted by one level")
    return Changed(persona, (*given.changes, change))


def with_age(given: Changed, age: int) -> Changed:
    """Make the person ``age`` years old."""
    old = given.persona.demographics
    persona = given.persona.model_copy(update={"demographics": old.model_copy(update={"age": age})})
    return Changed(persona, (*given.changes, Change("demographics.age", old.age, age, "shifted")))


def of_like_voice(one: Persona, other: Persona) -> bool:
    """Say whether numbers of ``other`` may go into the card of ``one``: same language, as direct, as long."""
    longest = sorted((one.voice.words[1], other.voice.words[1]))
    return (
        one.language == other.language
        and abs(one.voice.directness - other.voice.directness) <= LIKE_DIRECTNESS + 1e-9
        and longest[1] <= LIKE_LENGTH * longest[0]
    )


def mixed(given: Changed, other: Persona, goal: Goal, *, weight: float) -> Changed:
    """Mix ``weight`` of the other's priorities, and of its starts in ``goal``, into a card with one goal.

    Levels go a whole step towards the other's, if at all. Targets, radii and words stay.
    """
    theirs, before = other.priorities.weights, given.persona.priorities.weights
    after = {need: round((1.0 - weight) * before[need] + weight * theirs[need], 2) for need in NEEDS[:2]}
    after[NEEDS[2]] = round(1.0 - sum(after.values()), 2)
    how = f"mixed with {weight:g} of {other.id}"
    found = _weighed(given, after, how)
    (own,) = found.persona.goals
    changes = list(found.changes)
    spaces = {
        name: _mixed_route(name, route, goal.spaces.get(name), weight, how, given.persona.id, changes)
        for name, route in own.spaces.items()
    }
    persona = found.persona.model_copy(update={"goals": (own.model_copy(update={"spaces": spaces}),)})
    return Changed(persona, tuple(changes))


def _mixed_route(
    space: str, own: Route, other: Route | None, weight: float, how: str, base: str, changes: list[Change]
) -> Route:
    if other is None:
        return own
    start = {
        name: _moved(
            f"spaces.{space}.start.{name}",
            note,
            (1.0 - weight) * note.value + weight * other.start[name].value,
            how,
            base,
            changes,
        )
        if name in other.start
        else note
        for name, note in own.start.items()
    }
    levels = {
        name: _moved(
            f"spaces.{space}.levels.{name}",
            note,
            note.value + int(weight * (other.levels[name].value - note.value)),
            how,
            base,
            changes,
        )
        if name in other.levels
        else note
        for name, note in own.levels.items()
    }
    return own.model_copy(update={"start": start, "levels": levels})


def _weighed(given: Changed, after: Mapping[Need, float], how: str) -> Changed:
    changes = list(given.changes)
    notes = {
        need: _moved(
            f"priorities.{need}", getattr(given.persona.priorities, need), after[need], how, given.persona.id, changes
        )
        for need in NEEDS
    }
    return Changed(given.persona.model_copy(update={"priorities": Priorities(**notes)}), tuple(changes))


def _moved(field: str, note: Annotation, value: float, how: str, base: str, changes: list[Change]) -> Annotation:
    """Return the number at ``value``, to two places, with where it comes from; as it is where it stays."""
    value = round(value, 2)
    if value == note.value:
        return note
    changes.append(Change(field, note.value, value, how))
    return Annotation(value=value, annotator=ANNOTATOR, reason=f"segment of {base}: {note.value:g} on its card, {how}.")
