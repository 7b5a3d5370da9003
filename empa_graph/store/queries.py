"""Reading a run: its turns, episodes and calls, a bounded number at a time, and lists and sums from columns alone."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import reduce
from itertools import groupby
from typing import Any, NamedTuple, TypedDict

from pydantic import ValidationError
from sqlalchemy import ColumnElement, Connection, and_, func, select

from empa_graph.errors import ContentError
from empa_graph.models.episode import Episode
from empa_graph.models.turn_record import ModelCall, Totals, TurnRecord
from empa_graph.store.packing import unpacked
from empa_graph.store.records import Tally, assembled, first_fault, model_call, turn_record
from empa_graph.store.tables import CALLS, EPISODES, FIGURES, SESSIONS, TOKENS, TURNS, EpisodeOutcome

PAGE = 100
"""Episodes in memory at a time."""
ROWS = 2_000
"""Rows of calls and outcomes fetched at a time."""


class Labels(TypedDict, total=False):
    """Which episodes are meant; what is left out is any."""

    number: int
    scenario: str
    variant: str
    ending: str


class VariantOutcome(NamedTuple):
    """One variant: its episodes, and means over the scored ones (None where there are none)."""

    variant: str
    episodes: int
    scored: int
    turns: float | None
    composite: float | None
    alignment_index: float | None
    impact_index: float | None
    stability_index: float | None
    coverage: float | None
    epm_q: float | None


def turns_of(connection: Connection, run: int, numbers: Sequence[int]) -> dict[int, list[TurnRecord]]:
    """Return the stored turns of some episodes, in order. Raises ContentError for a damaged one."""
    found: dict[int, list[TurnRecord]] = defaultdict(list)
    query = select(TURNS).where(TURNS.c.run == run, TURNS.c.episode.in_(numbers))
    for row in connection.execute(query.order_by(TURNS.c.episode, TURNS.c.turn)).mappings():
        found[row["episode"]].append(turn_record(row))
    return found


def episodes_of(connection: Connection, run: int, labels: Labels) -> Iterator[tuple[int, Episode]]:
    """Yield ended episodes by number. Raises ContentError for a damaged one."""
    query = select(EPISODES).where(_wanted(run, labels)).order_by(EPISODES.c.number).limit(PAGE)
    rows = connection.execute(query).mappings().all()
    while rows:
        turns = turns_of(connection, run, [row["number"] for row in rows])
        for row in rows:
            yield row["number"], assembled(row, turns.get(row["number"], ()))
        rows = connection.execute(query.where(EPISODES.c.number > rows[-1]["number"])).mappings().all()


def ended_of(connection: Connection, run: int) -> frozenset[int]:
    """Return the numbers of the ended episodes."""
    return frozenset(connection.scalars(select(EPISODES.c.number).where(EPISODES.c.run == run)))


def tallies_of(connection: Connection, run: int) -> dict[int, Tally | None]:
    """Return how much is stored of each episode that has begun; None for one that has ended."""
    found: dict[int, Tally | None] = dict.fromkeys(ended_of(connection, run))
    begun = frozenset(connection.scalars(select(TURNS.c.episode).where(TURNS.c.run == run).distinct()))
    for number in begun - found.keys():
        found[number] = reduce(Tally.after, turns_of(connection, run, [number])[number], Tally())
    return found


def calls_of(connection: Connection, run: int) -> Iterator[ModelCall]:
    """Yield the model calls in the order they were stored. Raises ContentError for a damaged one."""
    query = select(*(column for column in CALLS.c if column is not CALLS.c.answer)).where(CALLS.c.run == run)
    for row in connection.execute(query.order_by(CALLS.c.seq).execution_options(yield_per=ROWS)).mappings():
        yield model_call(row)


def answer_of(connection: Connection, run: int, key: str) -> str | None:
    """Return the completion kept under ``key``; None when there is none. Raises ContentError for a damaged one."""
    kept = select(CALLS.c.answer).where(CALLS.c.run == run, CALLS.c.key == key, CALLS.c.answer.is_not(None))
    found = connection.scalar(kept.order_by(CALLS.c.seq).limit(1))
    return None if found is None else unpacked(found, f"table calls, key '{key[:80]}': column answer")


def outcomes_of(connection: Connection, run: int, labels: Labels) -> Iterator[EpisodeOutcome]:
    """Yield the outcomes of ended episodes by number."""
    query = select(*(EPISODES.c[name] for name in EpisodeOutcome._fields)).where(_wanted(run, labels))
    for row in connection.execute(query.order_by(EPISODES.c.number).execution_options(yield_per=ROWS)):
        yield EpisodeOutcome._make(row)


def by_variant(connection: Connection, run: int) -> list[VariantOutcome]:
    """Return the sums per variant, made by the database."""
    figures = (func.avg(EPISODES.c[name]) for name in FIGURES)
    turns = func.avg(EPISODES.c.turns * 1.0).filter(EPISODES.c.composite.is_not(None))
    columns = (EPISODES.c.variant, func.count(), func.count(EPISODES.c.composite), turns, *figures)
    query = select(*columns).where(EPISODES.c.run == run).group_by(EPISODES.c.variant).order_by(EPISODES.c.variant)
    return [VariantOutcome(*row[:3], *map(_number, row[3:])) for row in connection.execute(query)]


def _wanted(run: int, labels: Labels) -> ColumnElement[bool]:
    return and_(EPISODES.c.run == run, *(EPISODES.c[name] == value for name, value in labels.items()))


def _number(value: object) -> float | None:
    found = None if value is None else float(str(value))
    if found is not None and not math.isfinite(found):
        raise ContentError("table episodes: a mean over its scores is no finite number")
    return found


def totals(connection: Connection, run: int) -> Totals:
    """Return the sums over the calls of ``run``; a replayed call counts as that and costs nothing."""
    row = connection.execute(select(*_sums()).where(CALLS.c.run == run)).one()
    seconds = connection.scalar(select(func.sum(SESSIONS.c.seconds)).where(SESSIONS.c.run == run))
    return _totals(row, seconds or 0.0)


def usage_by_episode(connection: Connection, run: int) -> Iterator[tuple[int, dict[str, Totals]]]:
    """Yield, for each episode with calls, the sums over those of each model, by number."""
    columns = (CALLS.c.episode, CALLS.c.model)
    query = select(*columns, *_sums()).where(CALLS.c.run == run).group_by(*columns).order_by(*columns)
    with connection.execute(query.execution_options(yield_per=ROWS)) as rows:
        for episode, group in groupby(rows, key=lambda row: int(row[0])):
            yield episode, {row[1]: _totals(row[2:]) for row in group}


def answered(connection: Connection, run: int) -> dict[str, tuple[str, ...]]:
    """Return the models that answered in ``run``, by role, as their servers named them."""
    columns = (CALLS.c.role, CALLS.c.answered_by)
    query = select(*columns).where(CALLS.c.run == run, CALLS.c.answered_by.is_not(None)).distinct().order_by(*columns)
    rows = connection.execute(query)
    return {role: tuple(row[1] for row in group) for role, group in groupby(rows, key=lambda row: str(row[0]))}


def left_out(connection: Connection, run: int) -> dict[str, tuple[str, ...]]:
    """Return what models were asked without, by role, as ``MODEL: FIELD``; empty for a role that left out nothing."""
    kept = {role: set[str]() for role in answered(connection, run)}
    query = select(CALLS.c.role, CALLS.c.model, CALLS.c.left_out).where(CALLS.c.run == run)
    for role, model, fields in connection.execute(query.where(CALLS.c.left_out.is_not(None)).distinct()):
        kept.setdefault(role, set()).update(f"{model}: {field}" for field in fields.split(",") if field)
    return {role: tuple(sorted(found)) for role, found in kept.items()}


def _sums() -> list[ColumnElement[Any]]:
    sent, answered = CALLS.c.replayed == 0, CALLS.c.failure.is_(None)
    return [
        func.count().filter(sent),
        func.count().filter(sent, CALLS.c.failure.is_not(None)),
        func.count().filter(CALLS.c.replayed != 0),
        *(func.coalesce(func.sum(CALLS.c[name]).filter(sent), 0) for name in TOKENS),
        func.coalesce(func.sum(CALLS.c.cost).filter(sent), 0.0),
        func.count().filter(sent, answered, CALLS.c.cost.is_(None)),
    ]


def _totals(row: Sequence[Any], seconds: float = 0.0) -> Totals:
    names = ("calls", "failed", "replayed", *TOKENS, "cost", "unpriced")
    try:
        return Totals.model_validate({**dict(zip(names, row, strict=True)), "seconds": seconds})
    except ValidationError as error:
        raise ContentError(f"table calls: the sum of {first_fault(error)}") from None
