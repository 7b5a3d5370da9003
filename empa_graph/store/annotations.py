"""What people noted and rated on the turns of a run, in a table of its own beside the run's.

Rule: rows are added and never changed; the last one of a person on a turn stands, those before it are its history.
The run's own rows and their hashes are not touched.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NamedTuple, Self
from urllib.parse import quote

from pydantic import Field, StringConstraints, ValidationError, model_validator
from sqlalchemy import BigInteger, Column, Connection, Float, Index, Integer, MetaData, Table, insert, inspect, select
from sqlalchemy.exc import SQLAlchemyError

from empa_graph.errors import ContentError, UsageError
from empa_graph.models.record import Record, Slug
from empa_graph.store.database import Database, database, reason
from empa_graph.store.records import first_fault
from empa_graph.store.tables import FreeText

FILE = "annotations.db"
"""Beside the store of a run folder."""
NOTE = "note"
"""The name under which a text is kept; any other name is that of a rating."""
LONGEST_NOTE = 4_000
MOST = 100_000
"""Rows of one run that are read."""
_METADATA = MetaData()
_TABLE = Table(
    "annotations",
    _METADATA,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("run", FreeText, nullable=False),
    Column("episode", BigInteger, nullable=False),
    Column("turn", BigInteger),
    Column("annotator", FreeText, nullable=False),
    Column("name", FreeText, nullable=False),
    Column("rating", Float(53)),
    Column("text", FreeText, nullable=False),
    Column("at", FreeText, nullable=False),
    Index("annotations_run", "run", "episode"),
)


class Annotation(Record):
    """A note (``text``) or a ``rating`` by one person; of a turn, or of the whole conversation where that is None.

    One with neither takes back what the person said before.
    """

    episode: Annotated[int, Field(ge=0, lt=2**53)]
    turn: Annotated[int, Field(ge=1, le=100_000)] | None
    annotator: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
    name: Slug
    rating: Annotated[float, Field(ge=-1e6, le=1e6)] | None = None
    text: Annotated[str, StringConstraints(max_length=LONGEST_NOTE)] = ""
    at: Annotated[str, StringConstraints(max_length=40)] = Field(
        default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds")
    )

    @model_validator(mode="after")
    def _of_one_kind(self) -> Self:
        if self.name == NOTE and self.rating is not None:
            raise ValueError("a note carries a text and no rating")
        if self.name != NOTE and self.text:
            raise ValueError("a rating carries a number and no text")
        return self

    @property
    def taken_back(self) -> bool:
        """Whether it says nothing."""
        return self.rating is None and not self.text.strip()


class Place(NamedTuple):
    """What one person says one thing about."""

    episode: int
    turn: int | None
    annotator: str
    name: str


def place_of(annotation: Annotation) -> Place:
    """Return what later rows of the same place would stand for."""
    return Place(annotation.episode, annotation.turn, annotation.annotator, annotation.name)


class Annotations:
    """The annotations of the run ``name``; a file or table is made with the first."""

    def __init__(self, url: str, name: str) -> None:
        """Look at the database of ``url``; nothing is connected yet."""
        self._base: Database = database(url)
        self.run, self.location = name, self._base.location

    @classmethod
    def beside(cls, run: str | Path, name: str) -> Self:
        """Return those of a run folder, of a store's file (both in a file beside it) or in a server's database."""
        if not str(run).startswith(("sqlite:", "postgres")):
            return cls(f"sqlite:///{quote(str(Path(run) / FILE))}", name)
        base = database(str(run))
        if base.file is None:
            return cls(str(run), name)
        return cls(f"sqlite:///{quote(str(base.file.with_name(FILE)))}", name)

    def add(self, annotation: Annotation) -> None:
        """Keep an annotation; durable on return. Raises UsageError where it cannot be written."""
        with self._connected(writes=True) as connection:
            _METADATA.create_all(connection)
            connection.execute(insert(_TABLE), {**annotation.model_dump(), "run": self.run})

    def history(self, episode: int | None = None) -> list[Annotation]:
        """Return all that was ever said, of one episode or of every, in order. Raises ContentError."""
        if self._base.file is not None and not self._base.file.is_file():
            return []
        columns = [column for column in _TABLE.c if column.name not in ("id", "run")]
        query = select(*columns).where(_TABLE.c.run == self.run).order_by(_TABLE.c.id).limit(MOST)
        with self._connected() as connection:
            if not inspect(connection).has_table(_TABLE.name):
                return []
            of_one = query if episode is None else query.where(_TABLE.c.episode == episode)
            rows = [dict(row) for row in connection.execute(of_one).mappings()]
        try:
            return [Annotation.model_validate(row) for row in rows]
        except ValidationError as error:
            raise ContentError(f"{self.location}: table annotations: {first_fault(error)}") from None

    def standing(self, episode: int | None = None) -> list[Annotation]:
        """Return what stands: the last of each person, name and turn, without what was taken back."""
        last = {place_of(annotation): annotation for annotation in self.history(episode)}
        return [annotation for annotation in last.values() if not annotation.taken_back]

    def close(self) -> None:
        """Close the database."""
        self._base.engine.dispose()

    @contextmanager
    def _connected(self, *, writes: bool = False) -> Iterator[Connection]:
        try:
            with self._base.engine.connect().execution_options(writes=writes) as connection, connection.begin():
                yield connection
        except SQLAlchemyError as error:
            raise UsageError(f"{self.location}: {reason(error, self._base)}") from None
