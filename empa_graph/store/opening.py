"""Making and finding runs in a database; what a store holds is looked at before it is read.

SQLite keeps any value in any column: a cell that is not what its column says is named by table, row and column.
"""

from __future__ import annotations

import sys

from sqlalchemy import (
    ColumnElement,
    Connection,
    Float,
    Integer,
    LargeBinary,
    Table,
    case,
    func,
    insert,
    inspect,
    or_,
    select,
)
from sqlalchemy.sql.elements import ColumnClause

from empa_graph.errors import ContentError, NotFoundError, UsageError, first_of
from empa_graph.models.run import Run, read_run
from empa_graph.store.chain import ORIGIN, digest, link
from empa_graph.store.database import Database
from empa_graph.store.tables import METADATA, RUNS, SCHEMA, STORE_SCHEMA

_CREATION = 0x656D7061
"""The key of the PostgreSQL lock under which the tables are made."""
_SHOWN = 60
"""Characters of a row's key in a message."""


def make_run(base: Database, run: Run) -> int:
    """Write the manifest as link 0 of a new chain and return the run's key. Raises UsageError when the run exists."""
    with base.engine.connect().execution_options(writes=True) as connection, connection.begin():
        _make_tables(connection, base.location)
        if connection.scalar(select(RUNS.c.id).where(RUNS.c.name == run.id)) is not None:
            raise UsageError(f"{base.location}: run '{run.id}' lies there already")
        row = {"name": run.id, "manifest": run.model_dump_json()}
        made = insert(RUNS).returning(RUNS.c.id)
        key: int = connection.scalars(made, {**row, "hash": link(ORIGIN, 0, digest("runs", row))}).one()
        return key


def find_run(connection: Connection, name: str | None, location: str) -> tuple[int, Run]:
    """Return key and manifest of run ``name``, or of the only one there. Raises UsageError, ContentError."""
    _check_version(connection, location)
    for table in METADATA.sorted_tables:
        _refuse_unsound(connection, table, location)
    names = _names(connection)
    if name is None and len(names) != 1:
        which = f"; name one behind the URL, as in URL#{names[-1]} ({first_of(names)})" if names else ""
        raise UsageError(f"{location}: {len(names)} runs lie here{which}")
    wanted = names[0] if name is None else name
    if wanted not in names:
        raise NotFoundError("run", wanted, names, where=location)
    row = connection.execute(select(RUNS.c.id, RUNS.c.manifest).where(RUNS.c.name == wanted)).one()
    return row.id, read_run(row.manifest, f"{location}: run '{wanted}'")


def names_in(connection: Connection, location: str) -> tuple[str, ...]:
    """Return the names of all runs, the oldest first. Raises UsageError, ContentError."""
    _check_version(connection, location)
    _refuse_unsound(connection, RUNS, location)
    return tuple(_names(connection))


def _names(connection: Connection) -> list[str]:
    return list(connection.scalars(select(RUNS.c.name).order_by(RUNS.c.id)))


def _make_tables(connection: Connection, location: str) -> None:
    """Make what is missing of an empty database; refuse one of another version or with other tables in it."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_CREATION)))
    found = set(inspect(connection).get_table_names())
    if STORE_SCHEMA.name in found:
        _check_version(connection, location)
        return
    ours = sorted(found & set(METADATA.tables))
    if ours:
        raise UsageError(f"{location}: other tables lie there ('{ours[0]}'); a store needs a database of its own")
    METADATA.create_all(connection, checkfirst=False)
    connection.execute(insert(STORE_SCHEMA).values(version=SCHEMA))


def _check_version(connection: Connection, location: str) -> None:
    """Refuse a database that holds no store, or one of another layout."""
    if not inspect(connection).has_table(STORE_SCHEMA.name):
        raise UsageError(f"{location}: no run store here")
    _refuse_unsound(connection, STORE_SCHEMA, location)
    versions = list(connection.scalars(select(STORE_SCHEMA.c.version)))
    if versions != [SCHEMA]:
        found = ", ".join(map(str, versions)) or "none"
        wrote = f"{'a newer' if max(versions, default=0) > SCHEMA else 'an older'} empa-graph wrote it"
        raise UsageError(f"{location}: schema version {found}, this version reads {SCHEMA}; {wrote}")


def _refuse_unsound(connection: Connection, table: Table, location: str) -> None:
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
