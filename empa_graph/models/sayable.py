"""Every line that can be said in a scenario, with its id and the move it stands under."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Literal, NamedTuple, get_args

from empa_graph.models.line import Beat, GoalLines, Hurt, Line
from empa_graph.models.persona import Goal, Persona

PhraseMove = Literal[
    "elaborate",
    "hesitate",
    "deflect",
    "push_back",
    "withdraw",
    "soften",
    "settle",
    "brief",
    "leave",
    "answer_yes",
    "answer_no",
    "refuse_help",
    "accept_help",
    "has_called",
    "means_put_away",
]
"""The moves that have lines in a card, as its fields are named."""
Move = Literal["open", "disclose"] | PhraseMove
MOVES: tuple[PhraseMove, ...] = get_args(PhraseMove)


class Sayable(NamedTuple):
    """A line with its id, unique in its card, and the move it can be said for; ``hurt`` only of a push-back."""

    id: str
    move: Move
    line: Line
    hurt: Hurt | None = None
    field: tuple[str | int, ...] = ()
    """Where it stands in its card, or in its goal."""


def sayable(persona: Persona, goal: Goal, *, moves: Collection[PhraseMove] = MOVES) -> tuple[Sayable, ...]:
    """Return the lines for ``moves`` and the beats: the goal's own, and the card's for moves it has no lines for."""
    own = goal_lines(goal, moves)
    replaced = {said.move for said in own if said.field[0] == "lines"}
    shared = (said for said in card_lines(persona, moves) if said.move not in replaced)
    return (*own, *(said for said in shared if goal.id not in said.line.not_in))


def sayable_for(move: Move, persona: Persona, goal: Goal) -> tuple[Sayable, ...]:
    """Return of `sayable` what can be said for ``move``."""
    prefix = f"{goal.id}:"
    shared: Iterable[Sayable] = ()
    if move == "open":
        own = tuple(_numbered(f"{prefix}open", "open", goal.openings, field=("openings",)))
    elif move == "disclose":
        own, shared = tuple(_beats(goal.beats)), _beats(persona.beats)
    else:
        own = tuple(_under(goal.lines, prefix, (move,)))
        shared = () if own else _under(persona.lines, "", (move,))
    if move == "elaborate":
        own = (*_elaborations(goal), *own)
    return (*own, *(said for said in shared if goal.id not in said.line.not_in))


def goal_lines(goal: Goal, moves: Collection[PhraseMove] = MOVES) -> tuple[Sayable, ...]:
    """Return what stands in the goal itself: openings, beats, elaborations, and lines for ``moves``."""
    prefix = f"{goal.id}:"
    return (
        *_numbered(f"{prefix}open", "open", goal.openings, field=("openings",)),
        *_beats(goal.beats),
        *_elaborations(goal),
        *_under(goal.lines, prefix, moves),
    )


def card_lines(persona: Persona, moves: Collection[PhraseMove] = MOVES) -> tuple[Sayable, ...]:
    """Return what the card has for all goals: lines for ``moves``, and beats."""
    return (*_under(persona.lines, "", moves), *_beats(persona.beats))


def _under(lines: GoalLines, prefix: str, moves: Collection[PhraseMove]) -> Iterator[Sayable]:
    for move in moves:
        if move == "push_back":
            for hurt, told in lines.push_back.items():
                yield from _numbered(f"{prefix}push_back:{hurt}", move, told, hurt, field=("lines", move, hurt))
        else:
            yield from _numbered(f"{prefix}{move}", move, getattr(lines, move), field=("lines", move))


def _numbered(
    name: str, move: Move, lines: Sequence[Line], hurt: Hurt | None = None, *, field: tuple[str | int, ...]
) -> Iterator[Sayable]:
    for number, line in enumerate(lines, start=1):
        yield Sayable(line.id or f"{name}:{number}", move, line, hurt, (*field, number - 1))


def _elaborations(goal: Goal) -> Iterator[Sayable]:
    return _numbered(f"{goal.id}:elaborations", "elaborate", goal.elaborations, field=("elaborations",))


def _beats(beats: Iterable[Beat]) -> Iterator[Sayable]:
    return (Sayable(beat.id, "disclose", beat, None, ("beats", place)) for place, beat in enumerate(beats))
