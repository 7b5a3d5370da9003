"""What a card's lines must hold among themselves: ids, needs, places, a crisis's own lines, no twins."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Literal, NamedTuple

from empa_graph.content.loading import Document
from empa_graph.cues.tokens import read, stems
from empa_graph.errors import hint
from empa_graph.models.line import Line
from empa_graph.models.persona import Goal, Persona
from empa_graph.models.sayable import MOVES, PhraseMove, Sayable, card_lines, goal_lines, sayable

Rule = Literal["ids", "needs", "words", "settle", "crisis", "length", "twins"]
FEW_WORDS = 4
"""Words of a ``brief`` line and of a connective at most."""
TWINS = 0.75
"""Share of content words, of the two together, from which two lines are the same."""
LEAST_CONTENT = 4
"""Content words that a line must have to be compared by them; the same words for the same move are twins
at any length."""
OWN_IN_CRISIS: dict[PhraseMove, int] = {
    "elaborate": 2,
    "hesitate": 2,
    "deflect": 2,
    "withdraw": 2,
    "soften": 2,
    "settle": 2,
    "brief": 2,
    "leave": 2,
    "refuse_help": 2,
    "accept_help": 2,
    "has_called": 2,
}
"""Lines of its own that a crisis goal has at least, by move, beside push-backs, answers and the means."""
_ANY_LENGTH = frozenset(
    {"leave", "answer_yes", "answer_no", "refuse_help", "accept_help", "has_called", "means_put_away"}
)
Field = tuple[str | int, ...]


class Fault(NamedTuple):
    """A fault and the field where it stands."""

    field: Field
    what: str


def card_faults(document: Document, persona: Persona, *, apart: frozenset[Rule] = frozenset()) -> list[str]:
    """Return every fault of the lines of one card, with file, line and field; ``apart`` from some rules."""
    rules: dict[Rule, Callable[[Persona], Iterator[Fault]]] = {
        "ids": _ids,
        "needs": _needs,
        "words": _words,
        "settle": _settle,
        "crisis": _crisis,
        "length": _length,
        "twins": _twins,
    }
    found = [fault for name, rule in rules.items() if name not in apart for fault in rule(persona)]
    return [f"{document.where(field)}: {'.'.join(map(str, field))}: {what}" for field, what in found]


def placed(persona: Persona) -> Iterator[tuple[Field, Sayable, Goal | None]]:
    """Yield every line of a card with its field, and the goal in which it stands."""
    for said in card_lines(persona):
        yield said.field, said, None
    for place, goal in enumerate(persona.goals):
        for said in goal_lines(goal):
            yield ("goals", place, *said.field), said, goal


def _ids(persona: Persona) -> Iterator[Fault]:
    """No line bears the id of another; beats of two goals may share one, since they are never said together."""
    seen: dict[str, list[Goal | None]] = {}
    for field, said, goal in placed(persona):
        others = seen.setdefault(said.id, [])
        if any(None in (goal, other) or other is goal or said.move != "disclose" for other in others):
            yield Fault(field, f"the id '{said.id}' stands twice in the card")
        others.append(goal)


def _needs(persona: Persona) -> Iterator[Fault]:
    """What is needed, and excluded, is there; and nothing waits for itself."""
    goals = [goal.id for goal in persona.goals]
    known = {"open", "disclose", *MOVES, *(said.id for _, said, _ in placed(persona))}
    for field, said, _ in placed(persona):
        for name in said.line.not_in:
            if name not in goals:
                yield Fault((*field, "not_in"), f"unknown goal '{name}'{hint(name, goals)}")
        for name in said.line.not_after:
            if name not in known:
                yield Fault((*field, "not_after"), f"'{name}' is no line, beat or move{hint(name, known)}")
    for goal in persona.goals:
        yield from _unreachable(persona, goal)


def _unreachable(persona: Persona, goal: Goal) -> Iterator[Fault]:
    there = sayable(persona, goal)
    known = {said.id for said in there}
    fields = {said.id: field for field, said, at in placed(persona) if at in (None, goal)}
    sayable_ones = _reached(there)
    for said in there:
        lacking = [needed for needed in said.line.needs if known.isdisjoint(needed.split("|"))]
        for needed in lacking:
            why = f"'{needed}' is no line that can be said in goal '{goal.id}'{hint(needed, known)}"
            yield Fault((*fields[said.id], "needs"), why)
        if not lacking and said.id not in sayable_ones:
            yield Fault((*fields[said.id], "needs"), f"never met in goal '{goal.id}': its needs wait for each other")


def _reached(there: Sequence[Sayable]) -> set[str]:
    """Return the lines that can come up at all, each behind what it needs."""
    reached: set[str] = set()
    while more := {
        said.id
        for said in there
        if said.id not in reached and all(not reached.isdisjoint(needed.split("|")) for needed in said.line.needs)
    }:
        reached |= more
    return reached


def _words(persona: Persona) -> Iterator[Fault]:
    for field, said, _ in placed(persona):
        if said.move == "brief":
            yield from _few(field, said.line)
    for name in type(persona.connectives).model_fields:
        for place, line in enumerate(getattr(persona.connectives, name)):
            yield from _few(("connectives", name, place), line)


def _few(field: Field, line: Line) -> Iterator[Fault]:
    if (words := read(line.text).length) > FEW_WORDS:
        yield Fault(field, f"{words} words, allowed are {FEW_WORDS}")


def _settle(persona: Persona) -> Iterator[Fault]:
    for place, goal in enumerate(persona.goals):
        if len(goal.lines.settle) < 2:
            yield Fault(("goals", place, "lines", "settle"), "a goal has two settle lines of its own, or more")


def _crisis(persona: Persona) -> Iterator[Fault]:
    for place, goal in enumerate(persona.goals):
        if goal.context != "crisis":
            continue
        field: Field = ("goals", place)
        if not (goal.content_note or persona.content_note):
            yield Fault((*field, "content_note"), "a crisis goal has a content note")
        if goal.danger is None:
            yield Fault((*field, "danger"), "a crisis goal says what is true about danger")
            continue
        for move, least in _own_lines(goal).items():
            count = len(goal.lines.push_back.get("any", ()) if move == "push_back" else getattr(goal.lines, move))
            if count < least:
                what = f"{count} lines of its own, a crisis goal has {least} or more"
                yield Fault((*field, "lines", move), what)


def _own_lines(goal: Goal) -> dict[PhraseMove, int]:
    """Return how many lines of its own a goal in crisis needs, by move."""
    danger, least = goal.danger, {**OWN_IN_CRISIS, "push_back": 2}
    if danger is not None:
        least |= {"answer_yes": 2} if danger.real else {}
        least |= {} if danger.suicidal or danger.self_harm else {"answer_no": 2}
        least |= {"means_put_away": 1} if danger.means else {}
    return least


def _length(persona: Persona) -> Iterator[Fault]:
    most = persona.voice.words[1]
    for field, said, _ in placed(persona):
        words = read(said.line.text).length
        if words > most and said.move not in _ANY_LENGTH:
            yield Fault(field, f"{words} words, the voice writes {most} at most")


def _twins(persona: Persona) -> Iterator[Fault]:
    same = _same_words(persona)
    yield from (Fault(field, f"has the same words as '{name}'") for field, name in same.items())
    seen: list[tuple[frozenset[str], str]] = []
    for field, said, _ in placed(persona):
        content = stems(said.line.text)
        if len(content) < LEAST_CONTENT or field in same:
            continue
        for other, name in seen:
            if len(content & other) >= TWINS * len(content | other):
                yield Fault(field, f"says nearly the same as '{name}'")
                break
        seen.append((content, said.id))


def _same_words(persona: Persona) -> dict[Field, str]:
    """Return the lines whose words another line says for the same move in the same goal, and the id of that one.

    "I don't know" and "I do not know" have the same words.
    """
    found: dict[Field, str] = {}
    for goal in persona.goals:
        fields = {said.id: field for field, said, at in placed(persona) if at in (None, goal)}
        seen: dict[tuple[str, ...], str] = {}
        for said in sayable(persona, goal):
            words = read(said.line.text).words()
            if words and (first := seen.setdefault((said.move, *words), said.id)) != said.id:
                found.setdefault(fields[said.id], first)
    return found
