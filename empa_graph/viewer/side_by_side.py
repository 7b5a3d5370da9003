"""Two episodes turn by turn, and which episodes are worth putting beside one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from empa_graph.models.run import Run
from empa_graph.report.text import one_line

_MOST = 40


class Turn(NamedTuple):
    """One turn of both; None where an episode was over."""

    turn: int
    left: Mapping[str, Any] | None
    right: Mapping[str, Any] | None
    stands: tuple[float | None, float | None]
    """How far each has come after it, in parts of the way to the target."""


class Partner(NamedTuple):
    """An episode of the same run and scenario."""

    number: int
    variant: str
    repeat: int


def side_by_side(left: Mapping[str, Any], right: Mapping[str, Any]) -> list[Turn]:
    """Return the turns of two episodes as pages show them, beside each other."""
    ours, theirs = ({turn["turn"]: turn for turn in side["turns"]} for side in (left, right))
    ways = tuple({turn: along for turn, along, _ in side["way"]} for side in (left, right))
    last: list[float | None] = [way.get(0) for way in ways]
    found = []
    for turn in sorted({*ours, *theirs}):
        last = [way.get(turn, before) for way, before in zip(ways, last, strict=True)]
        there = (last[0] if turn in ours else None, last[1] if turn in theirs else None)
        found.append(Turn(turn, ours.get(turn), theirs.get(turn), there))
    return found


def partners(run: Run, number: int, ended: Collection[int]) -> list[Partner]:
    """Return the ended episodes of a run that play the same scenario: those of the same repeat first."""
    if number >= len(run.plan):
        return []
    mine = run.plan[number]
    alike = [n for n, item in enumerate(run.plan) if item.scenario == mine.scenario and n != number and n in ended]
    alike.sort(key=lambda n: (run.plan[n].repeat != mine.repeat, n))
    return [Partner(n, one_line(run.plan[n].variant)[:200], run.plan[n].repeat) for n in alike[:_MOST]]
