"""How episodes ended, read from columns alone: lists, filters and sums over very many of them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from pydantic import ValidationError
from sqlalchemy import ColumnElement, Connection, and_, func, select

from empa_graph.errors import ContentError
from empa_graph.models.turn_record import Totals
from empa_graph.store.tables import CALLS, EPISODES, SESSIONS

PAGE = 2_000
"""Rows fetched at a time."""


class Outcome(NamedTuple):
    """How one episode ended; the figures are None where there is no score."""

    number: int
    scenario: str
    agent: str
    variant: str
    repeat: int
    seed: int
    ending: str
    turns: int
    composite: float | None
    alignment_index: float | None
    impact_index: float | None
    stability_index: float | None
    coverage: float | None
    epm_q: float | None
    """EPM-Q as published, for episodes of the Empathy Potential Model."""
    unscored: str | None
    """The kind of failure, or the cause, that left it without a score."""


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


_MEANS = VariantOutcome._fields[4:]
_TOKENS = ("tokens_in", "tokens_cached", "tokens_out")


class Filter(NamedTuple):
    """Which episodes are meant; None is any."""

    scenario: str | None = None
    variant: str | None = None
    ending: str | None = None

    def clause(self, run: int) -> ColumnElement[bool]:
        """Return the condition on the rows of ``run``."""
        given = {name: value for name, value in self._asdict().items() if value is not None}
        return and_(EPISODES.c.run == run, *(EPISODES.c[name] == value for name, value in given.items()))


def outcomes(connection: Connection, run: int, wanted: Filter) -> Iterator[Outcome]:
    """Yield the outcomes of ended episodes by number, page by page."""
    columns = [EPISODES.c[name] for name in Outcome._fields]
    query = select(*columns).where(wanted.clause(run)).order_by(EPISODES.c.number).execution_options(yield_per=PAGE)
    for row in connection.execute(query):
        yield Outcome._make(row)


def by_variant(connection: Connection, run: int, wanted: Filter) -> list[VariantOutcome]:
    """Return the sums per variant, made by the database."""
    scored = EPISODES.c.composite.is_not(None)
    query = (
        select(
            EPISODES.c.variant,
            func.count(),
            func.count(EPISODES.c.composite),
            func.avg(EPISODES.c.turns * 1.0).filter(scored),
            *(func.avg(EPISODES.c[name]) for name in _MEANS),
        )
        .where(wanted.clause(run))
        .group_by(EPISODES.c.variant)
        .order_by(EPISODES.c.variant)
    )
    return [VariantOutcome(*row[:3], *(_number(value) for value in row[3:])) for row in connection.execute(query)]


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


def usage(connection: Connection, run: int) -> dict[str, Totals]:
    """Return the sums over the calls of each model; ``seconds`` is then the time its calls took."""
    query = select(*_sums(), func.sum(CALLS.c.latency), CALLS.c.model).where(CALLS.c.run == run)
    rows = connection.execute(query.group_by(CALLS.c.model).order_by(CALLS.c.model))
    return {row[-1]: _totals(row[:-2], row[-2]) for row in rows}


def usage_by_episode(connection: Connection, run: int) -> Iterator[tuple[int, dict[str, Totals]]]:
    """Yield the same for each episode with calls, by number."""
    columns = (CALLS.c.episode, CALLS.c.model)
    query = select(*_sums(), func.sum(CALLS.c.latency), *columns).where(CALLS.c.run == run)
    with connection.execute(query.group_by(*columns).order_by(*columns).execution_options(yield_per=PAGE)) as rows:
        for episode, group in groupby(rows, key=lambda row: int(row[-2])):
            yield episode, {row[-1]: _totals(row[:-3], row[-3]) for row in group}


def answered(connection: Connection, run: int) -> dict[str, tuple[str, ...]]:
    """Return the models that answered in ``run``, by role, as their servers named them."""
    query = select(CALLS.c.role, CALLS.c.answered_by).where(CALLS.c.run == run, CALLS.c.answered_by.is_not(None))
    found: dict[str, list[str]] = {}
    for role, model in connection.execute(query.distinct().order_by(CALLS.c.role, CALLS.c.answered_by)):
        found.setdefault(role, []).append(model)
    return {role: tuple(models) for role, models in found.items()}


def left_out(connection: Connection, run: int) -> dict[str, tuple[str, ...]]:
    """Return what models were asked without, by role, as ``MODEL: FIELD``; empty for a role that left out nothing."""
    kept = {role: dict[str, None]() for role in answered(connection, run)}
    query = select(CALLS.c.role, CALLS.c.model, CALLS.c.parameters).where(CALLS.c.run == run)
    for role, model, parameters in connection.execute(query.where(CALLS.c.parameters.contains('"left_out"'))):
        fields = str(json.loads(parameters).get("left_out") or "").split(",")
        kept.setdefault(role, {}).update(dict.fromkeys(f"{model}: {field}" for field in fields if field))
    return {role: tuple(sorted(found)) for role, found in kept.items()}


def _sums() -> list[ColumnElement[Any]]:
    sent, answered = CALLS.c.replayed == 0, CALLS.c.failure.is_(None)
    return [
        func.count().filter(sent),
        func.count().filter(sent, CALLS.c.failure.is_not(None)),
        func.count().filter(CALLS.c.replayed != 0),
        *(func.coalesce(func.sum(CALLS.c[name]).filter(sent), 0) for name in _TOKENS),
        func.coalesce(func.sum(CALLS.c.cost).filter(sent), 0.0),
        func.count().filter(sent, answered, CALLS.c.cost.is_(None)),
    ]


def _totals(row: Sequence[Any], seconds: float) -> Totals:
    names = ("calls", "failed", "replayed", *_TOKENS, "cost", "unpriced")
    try:
        return Totals.model_validate({**dict(zip(names, row, strict=True)), "seconds": seconds})
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        raise ContentError(f"table calls: the sum of {fault['loc'][0]}: {fault['msg']}") from None
