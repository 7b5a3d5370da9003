"""Reading the turns and episodes of a run, a bounded number at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, RowMapping, select

from empa_graph.models.episode import Episode
from empa_graph.models.turn_record import ModelCall, TurnRecord
from empa_graph.store.outcomes import Filter
from empa_graph.store.rows import assembled, model_call, turn_record
from empa_graph.store.tables import ANSWERS, CALLS, EPISODES, JUDGEMENTS, TURNS

PAGE = 100
"""Episodes in memory at a time."""


def turns_of(connection: Connection, run: int, numbers: Sequence[int]) -> dict[int, list[TurnRecord]]:
    """Return the stored turns of some episodes, in order. Raises ContentError for a damaged one."""
    here = (TURNS.c.run == run) & TURNS.c.number.in_(numbers)
    same = (JUDGEMENTS.c.run == TURNS.c.run) & (JUDGEMENTS.c.seq == TURNS.c.seq)
    query = select(JUDGEMENTS).join(TURNS, same).where(here).order_by(JUDGEMENTS.c.seq, JUDGEMENTS.c.place)
    judged: dict[int, list[RowMapping]] = defaultdict(list)
    for row in connection.execute(query).mappings():
        judged[row["seq"]].append(row)
    found: dict[int, list[TurnRecord]] = defaultdict(list)
    ordered = select(TURNS).where(here).order_by(TURNS.c.number, TURNS.c.turn)
    for row in connection.execute(ordered).mappings():
        found[row["number"]].append(turn_record(row, judged.get(row["seq"], ())))
    return found


def episodes_of(connection: Connection, run: int, wanted: Filter, *, after: int = -1) -> Iterator[tuple[int, Episode]]:
    """Yield ended episodes by number, from the one behind ``after`` on. Raises ContentError for a damaged one."""
    last = after
    while True:
        query = select(EPISODES).where(wanted.clause(run), EPISODES.c.number > last)
        rows = connection.execute(query.order_by(EPISODES.c.number).limit(PAGE)).mappings().all()
        if not rows:
            return
        turns = turns_of(connection, run, [row["number"] for row in rows])
        for row in rows:
            yield row["number"], assembled(row, turns.get(row["number"], ()))
        last = rows[-1]["number"]


def episode_of(connection: Connection, run: int, number: int) -> Episode | None:
    """Return one ended episode; None where there is none of that number."""
    query = select(EPISODES).where(EPISODES.c.run == run, EPISODES.c.number == number)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else assembled(row, turns_of(connection, run, [number]).get(number, ()))


def ended_of(connection: Connection, run: int) -> frozenset[int]:
    """Return the numbers of the ended episodes."""
    return frozenset(connection.scalars(select(EPISODES.c.number).where(EPISODES.c.run == run)))


def open_of(connection: Connection, run: int) -> frozenset[int]:
    """Return the numbers of the episodes that have turns and no end."""
    same = (EPISODES.c.run == TURNS.c.run) & (EPISODES.c.number == TURNS.c.number)
    begun = select(TURNS.c.number).distinct().outerjoin(EPISODES, same)
    return frozenset(connection.scalars(begun.where(TURNS.c.run == run, EPISODES.c.number.is_(None))))


def calls_of(connection: Connection, run: int) -> Iterator[ModelCall]:
    """Yield the model calls in the order they were stored. Raises ContentError for a damaged one."""
    query = select(CALLS).where(CALLS.c.run == run).order_by(CALLS.c.seq).execution_options(yield_per=1_000)
    for row in connection.execute(query).mappings():
        yield model_call(row)


def answer_of(connection: Connection, run: int, key: str) -> str | None:
    """Return the completion kept under ``key``; None when there is none."""
    return connection.scalar(select(ANSWERS.c.completion).where(ANSWERS.c.run == run, ANSWERS.c.key == key))
