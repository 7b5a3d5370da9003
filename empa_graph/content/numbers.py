"""The annotated numbers of persona cards side by side, so that like is given like."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import Field

from empa_graph.content.loading import load_model
from empa_graph.errors import ContentError, NotFoundError
from empa_graph.models.persona import Goal, Persona, Scenario
from empa_graph.models.record import Record, Slug
from empa_graph.scoring.agreement import weighted_kappa


class Number(NamedTuple):
    """One annotated number of one card: ``name`` as ``sdt.start.calm``, ``epm.a2`` or ``priorities.affective``."""

    name: str
    where: str
    """``persona/goal``, or the persona alone for what all its goals share."""
    value: float
    reason: str


class SecondAnnotation(Record):
    """A second annotation, made without sight of the first one's numbers and reasons."""

    annotator: Slug
    numbers: Annotated[dict[str, dict[str, float]], Field(max_length=1_000)]
    """Value by name of the number, by ``persona/goal`` or persona."""


class Kappa(NamedTuple):
    """How far two annotations of one number agree: quadratic kappa (None: not defined) over ``n`` cards."""

    name: str
    n: int
    kappa: float | None
    difference: float
    """Mean of second minus first."""
    furthest: str
    """Where they differ most."""


def numbers(scenarios: Iterable[Scenario]) -> list[Number]:
    """Return every annotated number of ``scenarios``; what belongs to a persona stands once."""
    found: dict[tuple[str, str], Number] = {}
    for scenario in scenarios:
        for number in (*_of_goal(scenario.id, scenario.goal), *_of_persona(scenario.persona)):
            found[number.name, number.where] = number
    return list(found.values())


def _of_goal(where: str, goal: Goal) -> Iterator[Number]:
    for space, route in goal.spaces.items():
        for point in ("start", "target"):
            for dimension, note in getattr(route, point).items():
                yield Number(f"{space}.{point}.{dimension}", where, note.value, note.reason)
        if route.radius is not None:
            yield Number(f"{space}.radius", where, route.radius.value, route.radius.reason)
        for indicator, level in route.levels.items():
            yield Number(f"{space}.{indicator}", where, level.value, level.reason)


def _of_persona(persona: Persona) -> Iterator[Number]:
    for need in ("cognitive", "affective", "motivational"):
        note = getattr(persona.priorities, need)
        yield Number(f"priorities.{need}", persona.id, note.value, note.reason)
    yield Number("voice.directness", persona.id, persona.voice.directness, persona.voice.diction)


def side_by_side(found: Sequence[Number], pattern: str) -> dict[str, list[Number]]:
    """Return the numbers whose name fits ``pattern`` (``epm.a2``, ``sdt.start.*``, ``all``), each from low to high.

    Raises NotFoundError where none fits.
    """
    grouped: dict[str, list[Number]] = defaultdict(list)
    for number in found:
        if pattern == "all" or fnmatchcase(number.name, pattern):
            grouped[number.name].append(number)
    if not grouped:
        raise NotFoundError("number", pattern, sorted({number.name for number in found}), where="--compare")
    return {name: sorted(group, key=lambda number: (number.value, number.where)) for name, group in grouped.items()}


def load_annotation(path: Path) -> SecondAnnotation:
    """Read a second annotation from a YAML file. Raises ContentError."""
    return load_model(path, SecondAnnotation)


def agreement_with(second: SecondAnnotation, first: Mapping[str, Sequence[Number]]) -> list[Kappa]:
    """Return how far ``second`` agrees with the ``first`` annotation, by number; cards that it lacks are left out.

    Raises ContentError for a card or a number that there is not.
    """
    known = {(number.where, number.name) for group in first.values() for number in group}
    for where, values in second.numbers.items():
        for name in values:
            if name in first and (where, name) not in known:
                raise ContentError(f"annotation '{second.annotator}': {where} has no number '{name}'")
    return [kappa for group in first.values() if (kappa := _kappa(group, second)) is not None]


def _kappa(group: Sequence[Number], second: SecondAnnotation) -> Kappa | None:
    pairs = [
        (number, second.numbers[number.where][number.name])
        for number in group
        if number.name in second.numbers.get(number.where, {})
    ]
    if not pairs:
        return None
    ours, theirs = [number.value for number, _ in pairs], [value for _, value in pairs]
    furthest = max(pairs, key=lambda pair: abs(pair[1] - pair[0].value))
    difference = (sum(theirs) - sum(ours)) / len(pairs)
    return Kappa(group[0].name, len(pairs), weighted_kappa(ours, theirs), difference, furthest[0].where)
