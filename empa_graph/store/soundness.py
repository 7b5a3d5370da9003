"""Whether the cells of a SQLite store hold what their columns say: SQLite itself keeps anything anywhere."""

from __future__ import annotations

import sys

from sqlalchemy import ColumnElement, Connection, Float, Integer, LargeBinary, Table, case, func, or_, select
from sqlalchemy.sql.elements import ColumnClause

from empa_graph.errors import ContentError

_SHOWN = 60
"""Characters of a row's key in a message."""


def refuse_unsound(connection: Connection, table: Table, location: str) -> None:
    """Raise ContentError naming table, row and column of the first cell of a wrong type; a server keeps none."""
    if connection.dialect.name != "sqlite":
        return
    wrong = [(_wrong(column), column.name) for column in table.columns]
    keys = [column for column in table.primary_key if column.name != "run"] or list(table.primary_key)
    shown = [func.substr(func.quote(key), 1, _SHOWN) for key in keys]
    kind = case(*((broken, func.typeof(table.c[name])) for broken, name in wrong))
    query = select(case(*wrong), kind, *shown).where(or_(*(broken for broken, _ in wrong))).limit(1)
    row = connection.execute(query).one_or_none()
    if row is None:
        return
    name, found, *values = row
    at = ", ".join(f"{key.name} {value}" for key, value in zip(keys, values, strict=True))
    wanted = " or ".join(_kinds(table.c[name]))
    held = "an infinite number" if found in _kinds(table.c[name]) else found
    raise ContentError(f"{location}: table {table.name}, row {at}: column {name} holds {held}, allowed is {wanted}")


def _wrong(column: ColumnClause[object]) -> ColumnElement[bool]:
    """Return the condition under which a cell of ``column`` is broken."""
    mistyped = func.typeof(column).not_in(_kinds(column))
    return or_(mistyped, func.abs(column) > sys.float_info.max) if isinstance(column.type, Float) else mistyped


def _kinds(column: ColumnClause[object]) -> list[str]:
    """Return the storage classes that a cell of ``column`` may have."""
    kinds = ["text"]
    if isinstance(column.type, Integer):
        kinds = ["integer"]
    elif isinstance(column.type, Float):
        kinds = ["real", "integer"]
    elif isinstance(column.type, LargeBinary):
        kinds = ["blob"]
    return [*kinds, "null"] if column.nullable else kinds
