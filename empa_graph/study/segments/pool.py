"""Every person that a segment can be drawn from: a base card with one goal, as it is or changed as is allowed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import regex
from pydantic import JsonValue

from empa_graph.content.library import load_rubric
from empa_graph.content.validation import goal_faults
from empa_graph.errors import UsageError
from empa_graph.models.persona import Goal, Persona
from empa_graph.models.sayable import MOVES, card_lines, goal_lines
from empa_graph.study.segments.changes import (
    LEVELS,
    NEEDS,
    Change,
    Changed,
    mixed,
    of_like_voice,
    with_age,
    with_level,
    with_need_first,
)
from empa_graph.study.segments.description import Allowed, Band, Description, band

_ONES = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_STAGES = regex.compile(
    r"\b(?:years?[ -]old|(?:my|your|his|her|their) (?:own )?age|birthday|born|retire\w*|pension\w*|students?|"
    r"appren\w+|(?:first|second|third|final)-year|(?:mid-|early |late )?(?:twenties|thirties|forties|fifties|sixties|"
    r"seventies|eighties)|grand(?:child\w*|sons?|daughters?)|turn(?:s|ed|ing)? (?:\d\d|twenty|thirty|forty|fifty|sixty|"
    r"seventy))\b",
    regex.IGNORECASE,
)
"""Words by which people say how old they are, or where in life they stand."""
_APART = frozenset(
    {"id", "answers", "needs", "not_in", "not_after", "after", "cue", "spaces", "priorities", "language"}
)

_KNOWN = frozenset({"open", "disclose", *MOVES})

OTHER = "other"
"""The value of a person whom no wanted value fits."""
_RUBRICS = ("sdt", "epm")


class Candidate(NamedTuple):
    """A person that can be drawn: the base and goal it comes from, its value on every wanted dimension."""

    base: str
    goal: str
    card: Changed
    values: Mapping[str, str]

    @property
    def changes(self) -> tuple[Change, ...]:
        """What was changed, field by field."""
        return self.card.changes


class Pool(NamedTuple):
    """All candidates, and what was refused, each in words, once."""

    candidates: tuple[Candidate, ...]
    refused: tuple[str, ...]


def pool(personas: Sequence[Persona], description: Description) -> Pool:
    """Return every person that ``personas`` give under what ``description`` allows; unsound ones are refused.

    Raises UsageError where none is left.
    """
    allowed, refused = description.allow, dict[str, None]()
    bands = [band(text) for text in description.shares.age or {}]
    found = []
    for start in _starts(personas, allowed):
        for card in _shifted(start, allowed, bands, refused):
            if (fault := _fault(card.persona)) is not None:
                refused[f"{card.persona.id}, {_how(card)}: {fault}"] = None
                continue
            found.append(Candidate(card.persona.id, card.persona.goals[0].id, card, _values(card, description)))
    if not found:
        raise UsageError(f"no base persona can be drawn: {next(iter(refused))}")
    return Pool(tuple(found), tuple(refused))


def _starts(personas: Sequence[Persona], allowed: Allowed) -> Iterator[Changed]:
    """Yield every card with one goal, and its mixtures with goals of others of the same context and like voice."""
    for persona in personas:
        for goal in persona.goals:
            own = Changed(with_one_goal(persona, goal), ())
            yield own
            for other in personas if allowed.mix is not None else ():
                if other.id == persona.id or not of_like_voice(persona, other):
                    continue
                for theirs in other.goals:
                    if theirs.context == goal.context and allowed.mix is not None:
                        yield mixed(own, other, theirs, weight=allowed.mix.weight)


def _shifted(start: Changed, allowed: Allowed, bands: Sequence[Band], refused: dict[str, None]) -> Iterator[Changed]:
    """Yield a card as it is and with every shift that is allowed, one or several at once.

    Priorities that were mixed are not shifted as well, so that no number is changed twice.
    """
    for leveled in _leveled(start, allowed):
        for weighed in _weighed(leveled, allowed) if not start.changes else (leveled,):
            yield weighed
            if allowed.shift.age:
                yield from _aged(weighed, allowed.shift.age, bands, refused)


def _leveled(given: Changed, allowed: Allowed) -> Iterator[Changed]:
    yield given
    place = LEVELS.index(given.persona.empathy_threshold.level)
    near = [LEVELS[n] for n in (place - 1, place + 1) if 0 <= n < len(LEVELS)] if allowed.shift.threshold else []
    yield from (with_level(given, level) for level in near)


def _weighed(given: Changed, allowed: Allowed) -> Iterator[Changed]:
    yield given
    first = given.persona.priorities.dominant
    if allowed.shift.priorities:
        moved = (with_need_first(given, need, most=allowed.shift.priorities) for need in NEEDS if need != first)
        yield from (card for card in moved if card is not None)


def _aged(given: Changed, most: int, bands: Sequence[Band], refused: dict[str, None]) -> Iterator[Changed]:
    """Yield a card in each band that is near enough; none whose words bind its age."""
    age = given.persona.demographics.age
    near = [min(max(age, one.low), one.high) for one in bands]
    ages = [wanted for wanted in dict.fromkeys(near) if 0 < abs(wanted - age) <= most]
    if not ages:
        return
    if (words := age_words(given.persona)) is not None:
        refused[f"{given.persona.id}: the age {age} stays, since the card binds it: {words}"] = None
        return
    yield from (with_age(given, wanted) for wanted in ages)


def _values(card: Changed, description: Description) -> dict[str, str]:
    """Return the value of a card on every dimension that has wanted shares."""
    persona, shares = card.persona, description.shares
    age = persona.demographics.age
    within = (text for text in shares.age or {} if band(text).low <= age <= band(text).high)
    found = {
        "threshold": persona.empathy_threshold.level,
        "need": persona.priorities.dominant or OTHER,
        "age": next(within, OTHER),
        "context": persona.goals[0].context,
    }
    mix = {"mixed": "mixed" if any(c.how.startswith("mixed") for c in card.changes) else "own numbers"}
    wanted = {name: value for name, value in found.items() if getattr(shares, name) is not None}
    return wanted | (mix if description.allow.mix is not None else {})


def _fault(persona: Persona) -> str | None:
    """Return why a changed card could not be played in a space that it has; None where it can."""
    for name in _RUBRICS:
        rubric = load_rubric(name)
        if rubric.space.id in persona.goals[0].spaces and (fault := next(goal_faults(persona, rubric), None)):
            return fault.what
    return None


def _how(card: Changed) -> str:
    return "; ".join(dict.fromkeys(change.how for change in card.changes)) or "as it is"


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


def age_words(persona: Persona) -> str | None:
    """Return the first words of the card that bind an age, with the field they stand in; None where there are none.

    The person's own age counts as a number and in words. Words about somebody else bind it too: whose they are is not
    told apart.
    """
    own = regex.compile(rf"\b(?:{persona.demographics.age}|{_spelt(persona.demographics.age)})\b", regex.IGNORECASE)
    for field, text in _texts(persona.model_dump(mode="json")):
        if found := _STAGES.search(text) or own.search(text):
            return f"'{found[0]}' in {field}"
    return None


def _spelt(age: int) -> str:
    tens, ones = divmod(age, 10)
    if not 2 <= tens <= 9:
        return str(age)
    return _TENS[tens - 2] + (f"[- ]{_ONES[ones - 1]}" if ones else "")


def _texts(value: object, field: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield field, value
    elif isinstance(value, dict):
        for name, part in value.items():
            if name not in _APART:
                yield from _texts(part, f"{field}.{name}".lstrip("."))
    elif isinstance(value, list):
        for place, part in enumerate(value):
            yield from _texts(part, f"{field}.{place}")
