"""Episodes as a person looks through them: a page of outcomes, what there is to choose from, words found in messages.

Rule: filters, order and sums are the database's; only a search unpacks turns, a bounded number at a time.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple, get_args

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, func, select

from empa_graph.models.dialogue import Message
from empa_graph.models.record import Record
from empa_graph.store.packing import unpacked
from empa_graph.store.queries import turns_of
from empa_graph.store.records import assembled
from empa_graph.store.tables import CALLS, EPISODES, SESSIONS, TURNS, EpisodeOutcome

Order = Literal[
    "number", "scenario", "variant", "ending", "turns", "composite", "coverage", "alignment_index", "impact_index",
    "stability_index",
]  # fmt: skip
ANY = "any"
"""Stands for whatever cause."""
ORDERS: tuple[Order, ...] = get_args(Order)
_CHOICES = 500
"""Values of one column that are offered."""
_AT_A_TIME = 200
"""Episodes whose turns are unpacked at a time."""


class Wanted(Record):
    """Which episodes are meant; what is None is any."""

    scenario: str | None = None
    """A part of its name."""
    variant: str | None = None
    ending: str | None = None
    cause: str | None = None
    """Why there is no score; `ANY` for whatever cause."""
    low: float | None = None
    """The composite at least."""
    high: float | None = None
    """The composite at most."""


class Page(NamedTuple):
    """Some of the episodes that are meant, and how many there are."""

    total: int
    rows: tuple[EpisodeOutcome, ...]


class Hit(NamedTuple):
    """A message that holds the words that were looked for."""

    number: int
    message: Message


class Found(NamedTuple):
    """What a search has found so far; ``after`` is the episode to go on behind, None when it has seen them all."""

    hits: tuple[Hit, ...]
    searched: int
    after: int | None


class Mean(NamedTuple):
    """The episodes of a scenario under a variant: how many ended, how many have a score, and their mean composite."""

    scenario: str
    variant: str
    episodes: int
    scored: int
    composite: float | None


class Extent(NamedTuple):
    """How far a run has come; ``links`` grows with everything that is written."""

    episodes: int
    scored: int
    turns: int
    calls: int
    links: int


def page_of(
    connection: Connection, run: int, wanted: Wanted, order: Order, *, falling: bool, offset: int, limit: int
) -> Page:
    """Return ``limit`` outcomes from ``offset`` on; those without a value for ``order`` come last."""
    condition, column = _condition(run, wanted), EPISODES.c[order]
    total = connection.scalar(select(func.count()).select_from(EPISODES).where(condition)) or 0
    by = [column.is_(None), column.desc() if falling else column.asc(), EPISODES.c.number]
    # The keys first: sorting whole rows would carry every column through the sort.
    keys = select(EPISODES.c.number).where(condition).order_by(*by).limit(limit).offset(offset)
    numbers = list(connection.scalars(keys))
    query = select(*(EPISODES.c[name] for name in EpisodeOutcome._fields)).where(EPISODES.c.run == run)
    rows = connection.execute(query.where(EPISODES.c.number.in_(numbers)))
    found = {row.number: EpisodeOutcome._make(row) for row in rows}
    return Page(total, tuple(found[number] for number in numbers))


def latest_of(connection: Connection, run: int, most: int) -> list[EpisodeOutcome]:
    """Return the outcomes of the ``most`` episodes that ended last, the last first."""
    query = select(*(EPISODES.c[name] for name in EpisodeOutcome._fields)).where(EPISODES.c.run == run)
    return [EpisodeOutcome._make(row) for row in connection.execute(query.order_by(EPISODES.c.seq.desc()).limit(most))]


def choices_of(connection: Connection, run: int) -> dict[str, dict[str, int]]:
    """Return the values of scenario, variant, ending and cause with the number of episodes that have each."""
    columns = {"scenario": "scenario", "variant": "variant", "ending": "ending", "cause": "unscored"}
    found: dict[str, dict[str, int]] = {}
    for name, stored in columns.items():
        column = EPISODES.c[stored]
        query = select(column, func.count()).where(EPISODES.c.run == run, column.is_not(None))
        rows = connection.execute(query.group_by(column).order_by(column).limit(_CHOICES))
        found[name] = {str(value): count for value, count in rows}
    return found


def means_of(connection: Connection, run: int) -> list[Mean]:
    """Return counts and the mean composite of every scenario under every variant, by name."""
    keys = (EPISODES.c.scenario, EPISODES.c.variant)
    figures = (func.count(), func.count(EPISODES.c.composite), func.avg(EPISODES.c.composite))
    query = select(*keys, *figures).where(EPISODES.c.run == run).group_by(*keys).order_by(*keys)
    rows = connection.execute(query)
    return [Mean._make((*row[:4], None if row[4] is None else float(row[4]))) for row in rows]


def extent_of(connection: Connection, run: int, past: Extent | None = None) -> Extent:
    """Return how far a run has come, counting only what was written since ``past``."""
    since = past or Extent(0, 0, 0, 0, 1)
    scored = connection.scalar(select(func.count(EPISODES.c.composite)).where(*_behind(EPISODES, run, since))) or 0
    found = [connection.execute(_new(table, run, since)).one() for table in (EPISODES, TURNS, CALLS, SESSIONS)]
    (episodes, turns, calls, _), ends = zip(*found, strict=True)
    return Extent(
        since.episodes + episodes,
        since.scored + scored,
        since.turns + turns,
        since.calls + calls,
        max(since.links, *(end + 1 for end in ends if end is not None), 1),
    )


def _new(table: Table, run: int, since: Extent) -> Select[int, Any]:
    return select(func.count(), func.max(table.c.seq)).where(*_behind(table, run, since))


def _behind(table: Table, run: int, since: Extent) -> tuple[ColumnElement[bool], ...]:
    return table.c.run == run, table.c.seq >= since.links


def found_in(
    connection: Connection, run: int, wanted: Wanted, text: str, *, after: int, most: int, seconds: float
) -> Found:
    """Return messages of the episodes that are meant which hold ``text``, whatever its case, by number.

    The search ends with ``most`` messages or after so many ``seconds``; an episode is searched whole or not at all.
    """
    clock, needle = time.monotonic(), text.casefold()
    hits: list[Hit] = []
    searched, last = 0, after
    for number, messages in _said(connection, run, wanted, after, json.dumps(text, ensure_ascii=False)[1:-1]):
        hits += [Hit(number, message) for message in messages if needle in message.content.casefold()]
        searched, last = searched + 1, number
        if len(hits) >= most or time.monotonic() - clock > seconds:
            return Found(tuple(hits), searched, last)
    return Found(tuple(hits), searched, None)


def _said(
    connection: Connection, run: int, wanted: Wanted, after: int, raw: str
) -> Iterator[tuple[int, tuple[Message, ...]]]:
    """Yield the messages of episodes behind ``after``; none of one whose records cannot hold ``raw``."""
    needle = raw.casefold()
    query = select(EPISODES).where(_condition(run, wanted)).order_by(EPISODES.c.number).limit(_AT_A_TIME)
    rows = connection.execute(query.where(EPISODES.c.number > after)).mappings().all()
    while rows:
        numbers = [row["number"] for row in rows]
        packed = select(TURNS.c.episode, TURNS.c.record).where(TURNS.c.run == run, TURNS.c.episode.in_(numbers))
        records = ((row["number"], row["record"]) for row in rows)
        both = (*records, *connection.execute(packed))
        held = {number for number, record in both if needle in _text(record).casefold()}
        turns = turns_of(connection, run, sorted(held))
        for row in rows:
            number = row["number"]
            yield number, assembled(row, turns.get(number, ())).messages if number in held else ()
        rows = connection.execute(query.where(EPISODES.c.number > rows[-1]["number"])).mappings().all()


def _text(record: bytes) -> str:
    return unpacked(record, "a record that was searched")


def _condition(run: int, wanted: Wanted) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = [EPISODES.c.run == run]
    if wanted.scenario is not None:
        conditions.append(EPISODES.c.scenario.icontains(wanted.scenario, autoescape=True))
    for name in ("variant", "ending"):
        if (value := getattr(wanted, name)) is not None:
            conditions.append(EPISODES.c[name] == value)
    if wanted.cause is not None:
        column = EPISODES.c.unscored
        conditions.append(column.is_not(None) if wanted.cause == ANY else column == wanted.cause)
    if wanted.low is not None:
        conditions.append(EPISODES.c.composite >= wanted.low)
    if wanted.high is not None:
        conditions.append(EPISODES.c.composite <= wanted.high)
    return and_(*conditions)
