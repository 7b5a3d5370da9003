"""The coverage of a set of scenarios: how many have each value, which pairs of values nobody has, and gaps in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from empa_graph.models.persona import Scenario
from empa_graph.models.record import Record
from empa_graph.report.audit.markdown import escaped
from empa_graph.report.coverage.aspects import CLOSED, NOT_KNOWN, Aspect, Known, in_order, values
from empa_graph.report.text import many

COUNTED: tuple[Aspect, ...] = (
    "need",
    "threshold",
    "context",
    "difficulty",
    "danger",
    "matter",
    "age",
    "gender",
    "culture",
    "language",
)
PAIRS: tuple[tuple[Aspect, Aspect], ...] = (
    ("need", "threshold"),
    ("need", "context"),
    ("threshold", "context"),
    ("threshold", "age"),
    ("context", "age"),
    ("need", "difficulty"),
    ("threshold", "difficulty"),
)
"""Aspects whose values should meet: an agent may do well with each and fail where both come together."""
FEW = 3
"""Scenarios below which a value stands on too few to say anything of it."""


class Counted(Record):
    """How many scenarios, of how many persons, have a value of an aspect."""

    aspect: Aspect
    value: str
    scenarios: int
    personas: int


class Pair(Record):
    """Two aspects, how many of the pairs of their values some scenario has, and those that none has."""

    aspects: tuple[Aspect, Aspect]
    filled: int
    of: int
    empty: tuple[tuple[str, str], ...]


class CardCoverage(Record):
    """What a set of scenarios holds, and what it lacks."""

    scenarios: int
    personas: int
    cells: tuple[Counted, ...]
    pairs: tuple[Pair, ...]
    gaps: tuple[str, ...]
    """In sentences."""


def card_coverage(scenarios: Sequence[Scenario], known: Known | None = None) -> CardCoverage:
    """Return the coverage of ``scenarios``; an aspect of which nothing is known is left out, and said so."""
    by_aspect = {aspect: _by_value(scenarios, aspect, known) for aspect in COUNTED}
    told = {aspect: held for aspect, held in by_aspect.items() if set(held) - {NOT_KNOWN}}
    cells = tuple(
        Counted(
            aspect=aspect,
            value=value,
            scenarios=len(held.get(value, ())),
            personas=len({scenario.persona.id for scenario in held.get(value, ())}),
        )
        for aspect, held in told.items()
        for value in in_order(aspect, held)
    )
    pairs = tuple(_pair(one, other, told) for one, other in PAIRS if one in told and other in told)
    return CardCoverage(
        scenarios=len(scenarios),
        personas=len({scenario.persona.id for scenario in scenarios}),
        cells=cells,
        pairs=pairs,
        gaps=tuple(_gaps(cells, pairs, [aspect for aspect in COUNTED if aspect not in told])),
    )


def _by_value(scenarios: Sequence[Scenario], aspect: Aspect, known: Known | None) -> dict[str, list[Scenario]]:
    found: dict[str, list[Scenario]] = {}
    for scenario in scenarios:
        for value in values(scenario, aspect, known):
            found.setdefault(value, []).append(scenario)
    return found


def _pair(one: Aspect, other: Aspect, told: Mapping[Aspect, Mapping[str, Sequence[Scenario]]]) -> Pair:
    """Return which pairs of the two aspects' closed values are met by a scenario."""
    met = {
        (a, b)
        for a in CLOSED[one]
        for b in CLOSED[other]
        if {scenario.id for scenario in told[one].get(a, ())} & {s.id for s in told[other].get(b, ())}
    }
    empty = tuple((a, b) for a in CLOSED[one] for b in CLOSED[other] if (a, b) not in met)
    return Pair(aspects=(one, other), filled=len(met), of=len(met) + len(empty), empty=empty)


def _gaps(cells: Sequence[Counted], pairs: Sequence[Pair], unknown: Sequence[Aspect]) -> Iterator[str]:
    for aspect in dict.fromkeys(cell.aspect for cell in cells):
        mine = [cell for cell in cells if cell.aspect == aspect]
        if missing := [cell.value for cell in mine if not cell.scenarios]:
            yield f"No scenario with {aspect}: {', '.join(missing)}."
        if thin := [cell.value for cell in mine if 0 < cell.scenarios < FEW and aspect in CLOSED]:
            yield f"Fewer than {FEW} scenarios with {aspect}: {', '.join(thin)}."
        if len(mine) == 1 and aspect not in CLOSED:
            yield f"All scenarios have the same {aspect}: {mine[0].value}."
    for pair in pairs:
        if pair.empty:
            yield f"{pair.aspects[0]} with {pair.aspects[1]}: {len(pair.empty)} of {pair.of} pairs have no scenario."
    if unknown:
        yield f"Not known of any scenario, and not counted: {', '.join(unknown)}."


def coverage_markdown(found: CardCoverage, *, level: int = 1) -> str:
    """Return the page, its first heading of ``level``; values of cards are escaped."""
    return "\n".join(_lines(found, "#" * level)) + "\n"


def _lines(found: CardCoverage, mark: str) -> Iterator[str]:
    yield f"{mark} Coverage\n"
    yield f"{many(found.scenarios, 'scenario')} of {many(found.personas, 'person')}.\n"
    yield f"{mark}# Gaps\n"
    yield from [f"- {escaped(gap)}" for gap in found.gaps] or ["None that is counted."]
    yield f"\n{mark}# Counts\n"
    yield "| aspect | value | scenarios | persons |\n|---|---|---|---|"
    yield from (f"| {c.aspect} | {escaped(c.value)} | {c.scenarios} | {c.personas} |" for c in found.cells)
    yield f"\n{mark}# Pairs that nobody has\n"
    yield "| of | filled | empty |\n|---|---|---|"
    for pair in found.pairs:
        empty = "; ".join(f"{escaped(a)} and {escaped(b)}" for a, b in pair.empty) or "none"
        yield f"| {pair.aspects[0]}, {pair.aspects[1]} | {pair.filled} of {pair.of} | {empty} |"
