"""The tables of the store, the same on SQLite and PostgreSQL.

Every row but those of ``log`` and ``store_schema`` belongs to one link of its run's hash chain, by its ``seq``;
the rows of ``judgements`` belong to the link of their turn.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Dialect,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    RowMapping,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

SCHEMA = 2
"""The version of this layout; a store of another version is refused."""
METADATA = MetaData()
RowLike = Mapping[str, Any] | RowMapping
"""A row by column name, made or read."""


class FreeText(TypeDecorator[str]):
    r"""Text from anywhere. PostgreSQL cannot hold NUL: it is written as ``\0``, and a backslash twice."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Escape on the way in."""
        return value if value is None else value.replace("\\", "\\\\").replace("\0", "\\0")

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """Undo it on the way out."""
        if value is None or "\\" not in value:
            return value
        return "\\".join(part.replace("\\0", "\0") for part in value.split("\\\\"))


def _run() -> Column[int]:
    return Column("run", ForeignKey("runs.id"), primary_key=True)


def _key(name: str) -> Column[int]:
    return Column(name, BigInteger, primary_key=True, autoincrement=False)


def _seq() -> Column[int]:
    return Column("seq", BigInteger, nullable=False)


def _level(name: str) -> Column[int]:
    return Column(name, Integer)


STORE_SCHEMA = Table("store_schema", METADATA, Column("version", Integer, primary_key=True, autoincrement=False))

RUNS = Table(
    "runs",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", FreeText, nullable=False, unique=True),
    _seq(),
    Column("manifest", Text, nullable=False),
    Column("sealed_count", BigInteger),
    Column("sealed_head", Text),
)

EPISODES = Table(
    "episodes",
    METADATA,
    _run(),
    _key("number"),
    _seq(),
    Column("scenario", FreeText, nullable=False),
    Column("agent", FreeText, nullable=False),
    Column("variant", FreeText, nullable=False),
    Column("repeat", BigInteger, nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("ending", Text, nullable=False),
    Column("turns", Integer, nullable=False),
    Column("composite", Float(53)),
    Column("alignment_index", Float(53)),
    Column("impact_index", Float(53)),
    Column("stability_index", Float(53)),
    Column("coverage", Float(53)),
    Column("epm_q", Float(53)),
    Column("unscored", FreeText),
    Column("faults", Text, nullable=False),
    Column("closing", LargeBinary, nullable=False),
    UniqueConstraint("run", "seq"),
)

TURNS = Table(
    "turns",
    METADATA,
    _run(),
    _key("number"),
    _key("turn"),
    _seq(),
    Column("said", Text, nullable=False),
    Column("rest", LargeBinary, nullable=False),
    UniqueConstraint("run", "seq"),
)

JUDGEMENTS = Table(
    "judgements",
    METADATA,
    _run(),
    _key("seq"),
    _key("place"),
    Column("number", BigInteger, nullable=False),
    Column("turn", BigInteger, nullable=False),
    Column("dimension", FreeText),
    _level("progress"),
    Column("progress_evidence", FreeText),
    _level("regress"),
    Column("regress_evidence", FreeText),
    Column("progress_serves", FreeText),
    Column("regress_serves", FreeText),
    Column("evaluator", FreeText),
    Column("model", FreeText),
    Column("failure", FreeText),
    sqlite_with_rowid=False,
)

CALLS = Table(
    "calls",
    METADATA,
    _run(),
    _key("seq"),
    Column("episode", BigInteger, nullable=False),
    Column("turn", BigInteger, nullable=False),
    Column("role", FreeText, nullable=False),
    Column("model", FreeText, nullable=False),
    Column("endpoint", FreeText, nullable=False),
    Column("answered_by", FreeText),
    Column("parameters", Text, nullable=False),
    Column("prompt_hash", FreeText, nullable=False),
    Column("prompt_characters", BigInteger, nullable=False),
    Column("has_usage", Integer, nullable=False),
    Column("tokens_in", BigInteger),
    Column("tokens_cached", BigInteger),
    Column("tokens_out", BigInteger),
    Column("latency", Float(53), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("cost", Float(53)),
    Column("finish_reason", FreeText),
    Column("failure", FreeText),
    Column("replayed", Integer, nullable=False),
    sqlite_with_rowid=False,
)

ANSWERS = Table(
    "answers",
    METADATA,
    _run(),
    Column("key", FreeText, primary_key=True),
    _seq(),
    Column("completion", FreeText, nullable=False),
    UniqueConstraint("run", "seq"),
)

SESSIONS = Table(
    "sessions",
    METADATA,
    _run(),
    _key("seq"),
    Column("began", FreeText, nullable=False),
    Column("seconds", Float(53), nullable=False),
    sqlite_with_rowid=False,
)

LOG = Table(
    "log",
    METADATA,
    _run(),
    _key("seq"),
    Column("kind", Text, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

LINKED: dict[str, Table] = {
    "turn": TURNS,
    "episode": EPISODES,
    "call": CALLS,
    "answer": ANSWERS,
    "session": SESSIONS,
}
"""The tables whose every row is a link of the chain, by the kind of the link; the run's own row is link 0."""
_UNCOVERED = {"run", "id", "sealed_count", "sealed_head"}
COVERED: dict[str, tuple[str, ...]] = {
    table.name: tuple(column.name for column in table.columns if column.name not in _UNCOVERED)
    for table in (RUNS, JUDGEMENTS, *LINKED.values())
}
"""The columns of each table that its links cover, in order: all but keys of the database itself and the seal."""
