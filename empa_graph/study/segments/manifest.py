"""What a segment was drawn from and what was changed, as ``segment.json`` holds it beside the persona files."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from empa_graph.errors import UsageError
from empa_graph.models.persona import Persona, words_of
from empa_graph.models.record import Record
from empa_graph.study.segments.changes import NEEDS, Change
from empa_graph.study.segments.description import Base, Description
from empa_graph.study.segments.drawing import drawn, effective, reached
from empa_graph.study.segments.pool import Candidate, pool

LONGEST_ID = 48


class ChangeRecord(Record):
    """A field that was changed: what it was and is, how, and in which way that goes beyond the card, if it does."""

    field: str
    before: float | str
    after: float | str
    how: str
    extrapolated: str


class PersonRecord(Record):
    """One person of a segment and the card and goal whose words it speaks."""

    id: str
    base: str
    goal: str
    changes: tuple[ChangeRecord, ...]


class ShareRecord(Record):
    """A wanted and a reached share, ``count`` of ``n`` persons; ``note`` says why it was not reached."""

    dimension: str
    value: str
    wanted: float
    reached: float
    difference: float
    count: int
    n: int
    note: str


class SegmentRecord(Record):
    """A whole segment."""

    schema_version: Literal[1] = 1
    description: Description
    bases: dict[str, str]
    """SHA-256 of the file of each base persona."""
    persons: tuple[PersonRecord, ...]
    shares: tuple[ShareRecord, ...]
    drawn_bases: dict[str, int]
    effective_bases: float
    distinct: int
    """Persons that differ in more than their id."""
    refused: tuple[str, ...]


class Segment(Record):
    """The record of a segment and its cards, in its order."""

    record: SegmentRecord
    cards: tuple[Persona, ...]


def segment(description: Description, given: Sequence[Base]) -> Segment:
    """Draw the segment from ``given``. Raises UsageError for a base whose id leaves no room for the segment's."""
    personas = [base.persona for base in given]
    found = pool(personas, description)
    picked = drawn(found.candidates, description)
    ids = [_id(one.base, description.id, number) for number, one in enumerate(picked, start=1)]
    ranges = _ranges(personas)
    persons = tuple(
        PersonRecord(
            id=name, base=one.base, goal=one.goal, changes=tuple(_record(change, ranges) for change in one.changes)
        )
        for name, one in zip(ids, picked, strict=True)
    )
    record = SegmentRecord(
        description=description,
        bases={base.persona.id: hashlib.sha256(base.file.read_bytes()).hexdigest() for base in given},
        persons=persons,
        shares=tuple(_shares(picked, found.candidates, description)),
        drawn_bases=dict(sorted(Counter(one.base for one in picked).items())),
        effective_bases=effective(picked),
        distinct=len({(one.base, one.goal, one.changes) for one in picked}),
        refused=found.refused,
    )
    cards = (one.card.persona.model_copy(update={"id": name}) for name, one in zip(ids, picked, strict=True))
    return Segment(record=record, cards=tuple(cards))


def _id(base: str, segment: str, number: int) -> str:
    name = f"{words_of(base)}__{segment}_{number:03d}"
    if len(name) > LONGEST_ID:
        raise UsageError(f"base persona '{base}': '{name}' is longer than {LONGEST_ID} characters; shorten the ids")
    return name


def _ranges(personas: Sequence[Persona]) -> Mapping[str, tuple[float, float]]:
    """Return the least and greatest value of each number among the bases that may be shifted, by field."""
    found = {f"priorities.{need}": [persona.priorities.weights[need] for persona in personas] for need in NEEDS} | {
        "demographics.age": [float(persona.demographics.age) for persona in personas]
    }
    return {name: (min(values), max(values)) for name, values in found.items()}


def _record(change: Change, ranges: Mapping[str, tuple[float, float]]) -> ChangeRecord:
    return ChangeRecord(**change._asdict(), extrapolated="; ".join(_beyond(change, ranges)))


def _beyond(change: Change, ranges: Mapping[str, tuple[float, float]]) -> Iterator[str]:
    """Say in which ways a change goes beyond what the card and the base personas hold."""
    if change.field == "empathy_threshold.level":
        yield f"the card's words on comfort were written for a {change.before} threshold"
    if change.field == "demographics.age":
        yield "no line of the card speaks for or against the age"
    if change.field in ranges and not isinstance(change.after, str):
        low, high = ranges[change.field]
        if not low <= change.after <= high:
            yield f"outside the base personas ({low:g} to {high:g})"
    if change.field.startswith(("priorities.", "spaces.")):
        yield "the card's words were written for another number"


def _shares(
    picked: Sequence[Candidate], candidates: Sequence[Candidate], description: Description
) -> Iterator[ShareRecord]:
    for one in reached(picked, candidates, description):
        missing = round(one.wanted * one.n - one.persons, 6)
        note = ""
        if missing >= 1.0:
            note = (
                "not together with the other shares"
                if one.possible
                else "no base persona has it, nor an allowed change"
            )
        yield ShareRecord(
            dimension=one.dimension,
            value=one.value,
            wanted=one.wanted,
            reached=one.persons / one.n,
            difference=round(one.persons / one.n - one.wanted, 9),
            count=one.persons,
            n=one.n,
            note=note,
        )
