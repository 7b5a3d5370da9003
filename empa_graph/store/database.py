"""Opening the database behind a store URL; a password goes to the driver and nowhere else."""

from __future__ import annotations

import importlib.util
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from sqlalchemy import URL, Connection, Dialect, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from empa_graph.errors import MissingExtraError, UsageError

ALLOWED = "allowed are sqlite:///FILE and postgresql+psycopg://USER@HOST/DATABASE"
_WRITING = ("page_size = 8192", "journal_mode = WAL", "synchronous = FULL")
_PRAGMAS = ("busy_timeout = 10000", "foreign_keys = ON")
_READ_ONLY = "empa: read-only"
"""Marks in the pool a connection to a file that cannot be written."""
_SECRET = re.compile("pass|secret|token|key|sign|cred", re.IGNORECASE)
"""What the name of an option holds whose value is not kept or shown."""


class Database(NamedTuple):
    """An engine, its location without secrets, and its file (None for a server)."""

    engine: Engine
    location: str
    file: Path | None


def shown_url(url: str) -> str:
    """Return a store URL without its secrets, fit for a manifest. Raises UsageError for no store URL."""
    return _public(_parsed(url))


def database(url: str) -> Database:
    """Return the database of a store URL; nothing is connected yet. Raises UsageError, MissingExtraError."""
    parsed = _parsed(url)
    location = _public(parsed)
    if parsed.get_backend_name() == "sqlite":
        # hide_parameters: what a model wrote stays out of error messages.
        engine = create_engine(parsed, hide_parameters=True)
        event.listen(engine, "do_connect", _connected)
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
        return Database(engine, location, Path(str(parsed.database)))
    if importlib.util.find_spec("psycopg") is None:
        raise MissingExtraError("a PostgreSQL store needs psycopg: pip install 'empa-graph[postgres]'")
    arguments = {} if "connect_timeout" in parsed.query else {"connect_timeout": 10}
    return Database(create_engine(parsed, hide_parameters=True, connect_args=arguments), location, None)


@contextmanager
def plain_errors(base: Database) -> Iterator[None]:
    """Turn what the database raises into one line without secrets: a UsageError."""
    try:
        yield
    except SQLAlchemyError as error:
        raise UsageError(f"{base.location}: {reason(error, base)}") from None


def reason(error: SQLAlchemyError, base: Database) -> str:
    """Say in one line why the database refused, without statement, values or password."""
    cause: object = getattr(error, "orig", None) or error
    text = " ".join(str(cause).split()) or type(cause).__name__
    password = base.engine.url.password
    for secret in (str(password or ""), *_texts(base.engine.url)):
        text = text.replace(secret, "***") if secret else text
    return text[:300]


def _texts(url: URL) -> list[str]:
    return [str(value) for key, value in url.query.items() if _SECRET.search(key)]


def _public(url: URL) -> str:
    # Not url.set(password=None), which leaves the password as it is.
    query = {name: value for name, value in url.query.items() if not _SECRET.search(name)}
    bare = URL.create(url.drivername, url.username, None, url.host, url.port, url.database, query)
    return bare.render_as_string(hide_password=False)


def _parsed(url: str) -> URL:
    """Read a URL. What is wrong is said without the URL itself, which may hold a password in any place."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise UsageError(f"the store URL cannot be read; {ALLOWED}") from None
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername not in ("sqlite", "postgresql+psycopg"):
        raise UsageError(f"unknown kind of store '{parsed.drivername[:40]}'; {ALLOWED}")
    if parsed.drivername == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise UsageError(f"the store URL names no file; {ALLOWED}")
    if "@" in (parsed.host or ""):
        raise UsageError("the store URL has more than one '@'; write one inside a password as %40")
    return parsed


def _connected(dialect: Dialect, record: ConnectionPoolEntry, given: list[Any], options: dict[str, Any]) -> Any:
    """Open what cannot be written for reading; None leaves any other file to the usual way."""
    file = Path(given[0])
    how = _only_readable(file)
    if how is None:
        return None
    record.info[_READ_ONLY] = True
    return dialect.connect(f"file:{quote(str(file))}?{how}", **{**options, "uri": True})


def _only_readable(file: Path) -> str | None:
    """Return how SQLite is told to open a file that cannot be written; None for one that can be, or is not there.

    In a folder that cannot be written SQLite finds no place for its index of the write-ahead log. Where a writer of
    another user has made one, that is read; else the file is taken as it lies, which would leave out such a log.
    """
    if not file.is_file():
        return None
    if os.access(file.parent, os.W_OK):
        return None if os.access(file, os.W_OK) else "mode=ro"
    log, index = Path(f"{file}-wal"), Path(f"{file}-shm")
    if log.exists() and index.exists():
        return "mode=ro"
    if log.exists() and log.stat().st_size:
        raise sqlite3.OperationalError(
            f"{log.name} holds what was written last, and is read only where the folder can be written; "
            "copy the folder to such a place"
        )
    return "mode=ro&immutable=1"


def _prepare(connection: Any, record: ConnectionPoolEntry) -> None:
    """Set up one SQLite connection; its transactions are begun by us, so that reads see one state."""
    connection.isolation_level = None
    try:
        for pragma in _PRAGMAS if record.info.get(_READ_ONLY) else (*_WRITING, *_PRAGMAS):
            connection.execute(f"PRAGMA {pragma}").close()
    except sqlite3.Error:
        connection.close()
        raise


def _begin(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
