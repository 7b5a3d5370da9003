"""Recorded results of the published EMPA format (arXiv 2603.00552): what was said, judged and noted, turn by turn.

Rule: a judgement that lacks a level is None, and its reading with zeros stands beside it; an unknown level is an error.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import Field, JsonValue

from empa_graph.empa_import.cards import Stated, stated_levels, whole
from empa_graph.empa_import.source import Bounded, Loose, read_json
from empa_graph.errors import ContentError
from empa_graph.models.assessment import Item
from empa_graph.models.dialogue import LONGEST_REPLY, Message
from empa_graph.models.record import Point

MOST_TURNS = 1_000
LONGEST_EVIDENCE = 2_000
PERSON, AGENT = "actor", "test_model"
AXES = {"C": "cognitive", "A": "affective", "P": "proactive"}
NOTED = ("delta_E", "alignment", "E_total", "P_norm", "projection", "distance")
"""The numbers of a turn that are compared with ours."""
LARGEST_NUMBER = 1e9
"""What is noted beyond it is no position, energy or count; it stands as infinite, which differs from all of ours."""


class _Said(Loose):
    role: str
    content: str | None = None


class _Entry(Loose):
    turn: int = Field(ge=0, le=MOST_TURNS)
    P_t: JsonValue = None
    v_t: JsonValue = None
    distance: JsonValue = None
    epm: JsonValue = None
    mdep_analysis: JsonValue = None


class _Details(Loose):
    filled_iedr: JsonValue = None


class _Epj(Loose):
    trajectory: Annotated[list[_Entry], Bounded]
    iedr_details: _Details | None = None


class _Result(Loose):
    history: Annotated[list[_Said], Bounded]
    epj: _Epj
    termination_reason: JsonValue = None
    total_turns: JsonValue = None


class Noted(NamedTuple):
    """The numbers a recording notes at one turn, None where it notes none that can be read."""

    position: Point | None
    increment: Point | None
    numbers: dict[str, float]


class Judgement(NamedTuple):
    """What stands at one turn of the trajectory; ``items`` is None where any level is missing or its key misspelt."""

    items: tuple[Item, ...] | None
    as_zeros: tuple[Item, ...]
    """The levels as published runs read them: each that is missing counts as 0 by itself, the others stay."""
    noted: Noted


class Recording(NamedTuple):
    """One recorded conversation with its judgements by turn; turn 0 holds what is noted of the start."""

    file: Path
    messages: tuple[Message, ...]
    judgements: dict[int, Judgement]
    levels: Stated | None
    ended: str
    total_turns: float | None

    @property
    def turns(self) -> int:
        """Turns that were answered or judged."""
        answered = max((message.turn for message in self.messages if message.speaker == "empathic"), default=0)
        return max(answered, *self.judgements, 0)


def recording(file: Path) -> Recording:
    """Read one recorded result. Raises ContentError for what breaks the format, with its field."""
    raw = read_json(file, _Result)
    messages = _messages(file, raw.history)
    judgements: dict[int, Judgement] = {}
    for index, entry in enumerate(raw.epj.trajectory):
        where = f"{file}: epj.trajectory.{index}"
        if entry.turn in judgements:
            raise ContentError(f"{where}.turn: {entry.turn} stands twice")
        analysis = entry.mdep_analysis if isinstance(entry.mdep_analysis, dict) else {}
        judgements[entry.turn] = _judgement(f"{where}.mdep_analysis", analysis if entry.turn else {}, _noted(entry))
    details = raw.epj.iedr_details
    filled = details.filled_iedr if details else None
    return Recording(
        file=file,
        messages=messages,
        judgements=judgements,
        levels=stated_levels(f"{file}: epj.iedr_details.filled_iedr", filled) if filled else None,
        ended=raw.termination_reason if isinstance(raw.termination_reason, str) else "",
        total_turns=_number(raw.total_turns),
    )


def _messages(file: Path, history: Sequence[_Said]) -> tuple[Message, ...]:
    """Number what was said by turn: a turn begins with the person; what the agent says before is left out."""
    messages: list[Message] = []
    turn, last = 0, AGENT
    for index, said in enumerate(history):
        if said.role not in (PERSON, AGENT):
            continue
        content = said.content or ""
        if len(content) > LONGEST_REPLY:
            found = f"{len(content):,} characters, allowed are {LONGEST_REPLY:,}"
            raise ContentError(f"{file}: history.{index}.content: {found}")
        turn += said.role == PERSON and last != PERSON
        if turn:
            messages.append(
                Message(turn=turn, speaker="persona" if said.role == PERSON else "empathic", content=content)
            )
        last = said.role
    if not any(message.speaker == "empathic" for message in messages):
        raise ContentError(f"{file}: history: no message of role '{AGENT}' that answers one of role '{PERSON}'")
    if turn > MOST_TURNS:
        raise ContentError(f"{file}: history: {turn:,} turns, allowed are {MOST_TURNS:,}")
    return tuple(messages)


def _judgement(where: str, analysis: dict[str, JsonValue], noted: Noted) -> Judgement:
    names = [f"{axis}_{side}_level" for axis in AXES for side in ("Prog", "Neg")]
    lacking = {name: 0 for name in names if analysis.get(name) is None}
    items = tuple(_item(where, axis, {**analysis, **lacking}) for axis in AXES)
    return Judgement(None if lacking else items, items, noted)


def _item(where: str, axis: str, analysis: dict[str, JsonValue]) -> Item:
    progress = _level(f"{where}.{axis}_Prog_level", analysis.get(f"{axis}_Prog_level"), sign=1)
    regress = _level(f"{where}.{axis}_Neg_level", analysis.get(f"{axis}_Neg_level"), sign=-1)
    return Item(
        dimension=AXES[axis],
        progress=progress,
        progress_evidence=_evidence(analysis.get(f"{axis}_Prog_evidence")) if progress else "",
        regress=regress,
        regress_evidence=_evidence(analysis.get(f"{axis}_Neg_evidence")) if regress else "",
    )


def _level(where: str, value: JsonValue, *, sign: int) -> int:
    """Return the magnitude of a level: progress 0, 1, 2, regress 0, -1, -2."""
    level = whole(value)
    allowed = "0, 1 and 2" if sign > 0 else "0, -1 and -2"
    if level is None or level * sign not in (0, 1, 2):
        found = "is missing" if value is None else f"{str(value)[:40]!r} is no level"
        raise ContentError(f"{where}: {found}, allowed are {allowed}")
    return level * sign


def _evidence(value: JsonValue) -> str:
    return value[:LONGEST_EVIDENCE] if isinstance(value, str) else ""


def _noted(entry: _Entry) -> Noted:
    fields = {**(entry.epm if isinstance(entry.epm, dict) else {}), "distance": entry.distance}
    numbers = {name: _number(fields.get(name)) for name in NOTED}
    return Noted(
        position=_point(entry.P_t),
        increment=_point(entry.v_t),
        numbers={name: number for name, number in numbers.items() if number is not None},
    )


def _number(value: JsonValue) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) <= LARGEST_NUMBER else math.inf


def _point(value: JsonValue) -> Point | None:
    """Read a point as a list of three, or an object with C, A and P."""
    if isinstance(value, dict):
        value = [value.get(axis, value.get(name)) for axis, name in AXES.items()]
    if not isinstance(value, list) or len(value) != len(AXES):
        return None
    found = tuple(number for number in map(_number, value) if number is not None)
    return found if len(found) == len(AXES) else None
