"""The tables of the store, the same on SQLite and PostgreSQL.

Every row of a run is a link of its hash chain: ``seq`` is its number there (a run's own row is link 0) and ``hash``
covers it and all before it. ``record`` is the record of the row, packed, without the fields that have a column.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, get_args, get_type_hints

from sqlalchemy import (
    BigInteger,
    Column,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    RowMapping,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.types import TypeEngine

from empa_graph.models.dialogue import Usage
from empa_graph.models.turn_record import ModelCall

SCHEMA = 3
"""The version of this layout; a store of another version is refused."""
METADATA = MetaData()
RowLike = Mapping[str, Any] | RowMapping
"""A row by column name, made or read: the border to the database."""


class EpisodeOutcome(NamedTuple):
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


_TYPES: dict[type, TypeEngine[Any]] = {int: BigInteger(), bool: Integer(), float: Float(53), str: FreeText()}
LABELS = EpisodeOutcome._fields[1:7]
"""The columns of an episode that are fields of its record."""
FIGURES = EpisodeOutcome._fields[8:14]
"""The columns of an episode with its score."""
COUNTED = ("episode", "role", "model", "answered_by", "cost", "failure", "replayed")
"""The columns of a call that are fields of its record."""
TOKENS = ("tokens_in", "tokens_cached", "tokens_out")


def _columns(kind: type, names: Iterable[str], *, key: str = "") -> Iterator[Column[Any]]:
    """Yield columns of the types that the fields ``names`` of ``kind`` have; ``key`` is part of the primary key."""
    hints = get_type_hints(kind)
    for name in names:
        plain, *none = get_args(hints[name]) or (hints[name],)
        yield Column(name, _TYPES[plain], nullable=bool(none), primary_key=name == key, autoincrement=False)


def _linked(name: str, *columns: Column[Any] | Index, key: bool = False) -> Table:
    """Return a table whose every row is a link of a chain; ``key`` makes the number of the link the key of the row."""
    run: Column[int] = Column("run", ForeignKey("runs.id"), primary_key=True)
    seq = Column("seq", BigInteger, primary_key=key, nullable=False, autoincrement=False)
    last = Column("hash", LargeBinary, nullable=False)
    return Table(name, METADATA, run, seq, *columns, last, *(() if key else [UniqueConstraint("run", "seq")]))


STORE_SCHEMA = Table("store_schema", METADATA, Column("version", Integer, primary_key=True, autoincrement=False))

RUNS = Table(
    "runs",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", FreeText, nullable=False, unique=True),
    Column("manifest", Text, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("sealed_count", BigInteger),
    Column("sealed_head", Text),
)

EPISODES = _linked(
    "episodes",
    *_columns(EpisodeOutcome, EpisodeOutcome._fields, key="number"),
    Column("record", LargeBinary, nullable=False),
    # Lists are filtered and sorted without a look at the rows.
    Index("episodes_listed", "run", "scenario", "variant", "ending", "unscored", "composite", "turns", "number"),
)

TURNS = _linked(
    "turns",
    Column("episode", BigInteger, primary_key=True, autoincrement=False),
    Column("turn", BigInteger, primary_key=True, autoincrement=False),
    Column("record", LargeBinary, nullable=False),
)

CALLS = _linked(
    "calls",
    *_columns(ModelCall, COUNTED),
    *_columns(Usage, TOKENS),
    Column("left_out", FreeText),
    Column("key", FreeText),
    Column("answer", LargeBinary),
    Column("record", LargeBinary, nullable=False),
    Index("calls_key", "run", "key"),
    key=True,
)

SESSIONS = _linked(
    "sessions",
    Column("began", FreeText, nullable=False),
    Column("seconds", Float(53), nullable=False),
    key=True,
)

LINKED = {table.name: table for table in (EPISODES, TURNS, CALLS, SESSIONS)}
"""The tables whose rows follow the run's own in its chain."""
_UNCOVERED = {"id", "run", "seq", "hash", "sealed_count", "sealed_head"}
COVERED = {
    table.name: tuple(column.name for column in table.columns if column.name not in _UNCOVERED)
    for table in (RUNS, *LINKED.values())
}
"""The columns of each table that a link covers besides its number: all but keys of the database itself and the seal."""
