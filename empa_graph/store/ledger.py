"""The durable store of one run: entries go in with one transaction each time, and are never changed."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Self, TypeVar

from sqlalchemy import Connection

from empa_graph.errors import NotFoundError, UsageError
from empa_graph.models.episode import Episode
from empa_graph.models.run import Run
from empa_graph.models.turn_record import ModelCall, Totals, TurnRecord
from empa_graph.store import outcomes, queries
from empa_graph.store.chain_writer import ChainWriter, connected, end_of
from empa_graph.store.database import Database, database, plain_errors
from empa_graph.store.entries import Closing, Entry
from empa_graph.store.lock import FileLock, take_server_lock
from empa_graph.store.opening import find_run, make_run
from empa_graph.store.outcomes import Filter, Outcome, VariantOutcome
from empa_graph.store.verify import Verification, verification

_T = TypeVar("_T")


class Store:
    """One run in its database; it may be read from several threads, and while another process writes it.

    Made by `create` and `open`. One that writes holds the run's lock until it is closed.
    """

    def __init__(self, base: Database, *, name: str | None, made: Run | None = None, writing: bool = False) -> None:
        """Connect: make the run ``made``, or find run ``name`` (None for the only one)."""
        self._base, self.place = base, base.place
        self._pen: ChainWriter | None = None
        self._lock: FileLock | None = None
        try:
            if writing and base.file is not None:
                self._lock = FileLock(base.file)
            with plain_errors(base):
                if made is not None:
                    with connected(base.engine) as connection, connection.begin():
                        make_run(connection, made, self.place)
                with self._reading() as connection:
                    self._key, self.run = find_run(connection, name, self.place)
                if writing:
                    self._pen = self._inked()
        except BaseException:
            self.close()
            raise

    @classmethod
    def create(cls, url: str, run: Run) -> Self:
        """Make a run in the database of ``url``, which is made too if need be, and open it for writing.

        Raises UsageError when the run exists, another process writes there, or the database cannot be reached.
        """
        base = database(url)
        if base.file is not None:
            try:
                base.file.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise UsageError(f"{base.place}: {(error.strerror or 'error').lower()}") from None
        return cls(base, name=run.id, made=run, writing=True)

    @classmethod
    def open(cls, url: str, run_id: str | None = None, *, writing: bool = False) -> Self:
        """Open a run, by default the only one there, for reading or to go on with it.

        Raises UsageError when there is none, another process writes it, or its layout is of another version.
        """
        base = database(url)
        if base.file is not None and not base.file.is_file():
            raise UsageError(f"{base.place}: no run store here (the file is missing)")
        return cls(base, name=run_id, writing=writing)

    def append(self, entries: Sequence[Entry]) -> None:
        """Store ``entries`` in one transaction and extend the chain: all are durable on return, or none is.

        Raises ContentError for an entry that does not fit what is stored, and SuspendedError when the database fails
        (limit ``store``; what was stored before stays) or its file is gone (limit ``lost``).
        """
        self._writes().append(entries)

    def add_episode(self, number: int, episode: Episode) -> None:
        """Store a finished episode at once, with all its turns."""
        self.append([Closing(number=number, episode=episode)])

    def seal(self) -> str:
        """Write count and head of the chain beside the run and return the head; note it elsewhere too."""
        return self._writes().seal()

    @property
    def head(self) -> str:
        """The hash of the last link, as hex."""
        return self._read(lambda connection: end_of(connection, self._key).head.hex())

    def answer(self, key: str) -> str | None:
        """Return the completion kept under ``key``; None when there is none."""
        return self._read(lambda connection: queries.answer_of(connection, self._key, key))

    def turns(self, number: int) -> tuple[TurnRecord, ...]:
        """Return the finished turns of an episode, ended or not; none for one that has not begun."""
        return tuple(self._read(lambda connection: queries.turns_of(connection, self._key, [number])).get(number, ()))

    def episode(self, number: int) -> Episode:
        """Return an ended episode. Raises NotFoundError."""
        found = self._read(lambda connection: queries.episode_of(connection, self._key, number))
        if found is None:
            raise NotFoundError("ended episode", str(number), map(str, sorted(self.ended())[:100]), where=self.place)
        return found

    def episodes(
        self, *, scenario: str | None = None, variant: str | None = None, ending: str | None = None
    ) -> Iterator[Episode]:
        """Yield the ended episodes by number, a bounded number in memory at a time."""
        for _, episode in self.numbered(scenario=scenario, variant=variant, ending=ending):
            yield episode

    def numbered(
        self, *, scenario: str | None = None, variant: str | None = None, ending: str | None = None
    ) -> Iterator[tuple[int, Episode]]:
        """Yield what `episodes` yields with the number of each."""
        with plain_errors(self._base), self._reading() as connection:
            yield from queries.episodes_of(connection, self._key, Filter(scenario, variant, ending))

    def ended(self) -> frozenset[int]:
        """Return the numbers of the ended episodes."""
        return self._read(lambda connection: queries.ended_of(connection, self._key))

    def open_episodes(self) -> frozenset[int]:
        """Return the numbers of the episodes that have turns and no end."""
        return self._read(lambda connection: queries.open_of(connection, self._key))

    def outcomes(
        self, *, scenario: str | None = None, variant: str | None = None, ending: str | None = None
    ) -> list[Outcome]:
        """Return how the episodes ended, by number, from columns alone."""
        wanted = Filter(scenario, variant, ending)
        return self._read(lambda connection: list(outcomes.outcomes(connection, self._key, wanted)))

    def each_outcome(self) -> Iterator[Outcome]:
        """Yield how each episode ended, by number, a page in memory at a time."""
        with plain_errors(self._base), self._reading() as connection:
            yield from outcomes.outcomes(connection, self._key, Filter())

    def by_variant(self, *, scenario: str | None = None, ending: str | None = None) -> list[VariantOutcome]:
        """Return counts and means per variant, by name, summed by the database."""
        wanted = Filter(scenario, None, ending)
        return self._read(lambda connection: outcomes.by_variant(connection, self._key, wanted))

    def totals(self) -> Totals:
        """Return the sums over all calls and sessions."""
        return self._read(lambda connection: outcomes.totals(connection, self._key))

    def usage(self) -> dict[str, Totals]:
        """Return the sums over the calls of each model, by the name it was asked for."""
        return self._read(lambda connection: outcomes.usage(connection, self._key))

    def usage_by_episode(self) -> Generator[tuple[int, dict[str, Totals]], None, None]:
        """Yield the same for each episode with calls, by number."""
        with plain_errors(self._base), self._reading() as connection:
            yield from outcomes.usage_by_episode(connection, self._key)

    def answered(self) -> dict[str, tuple[str, ...]]:
        """Return the models that answered, by role, as their servers named them."""
        return self._read(lambda connection: outcomes.answered(connection, self._key))

    def left_out(self) -> dict[str, tuple[str, ...]]:
        """Return what the models of each role were asked without, since they refuse it, as ``MODEL: FIELD``."""
        return self._read(lambda connection: outcomes.left_out(connection, self._key))

    def calls(self) -> Iterator[ModelCall]:
        """Yield every model call in the order it was stored."""
        with plain_errors(self._base), self._reading() as connection:
            yield from queries.calls_of(connection, self._key)

    def verify(self, *, head: str | None = None) -> Verification:
        """Check each row against the chain, and the chain against its seal and a ``head`` noted elsewhere (hex)."""
        with plain_errors(self._base), self._reading() as connection:
            return verification(connection, self._key, head)

    def close(self) -> None:
        """Close the database and free the lock of the run."""
        if self._pen is not None:
            self._pen.close()
        self._base.engine.dispose()
        if self._lock is not None:
            self._lock.free()
        self._pen = self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _inked(self) -> ChainWriter:
        """Return a pen on a connection of its own, which holds the run's lock on a server."""
        connection = connected(self._base.engine)
        try:
            if self._base.file is None:
                take_server_lock(connection, run=self.run.id, place=self.place)
            return ChainWriter(self._base, connection, self._key)
        except BaseException:
            connection.close()
            raise

    def _writes(self) -> ChainWriter:
        if self._pen is None:
            raise UsageError(f"{self.place}: run '{self.run.id}' is open for reading only")
        return self._pen

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """Give a connection that sees one state of the database throughout."""
        if self._pen is not None:
            self._pen.check()
        with self._base.engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    def _read(self, query: Callable[[Connection], _T]) -> _T:
        with plain_errors(self._base), self._reading() as connection:
            return query(connection)
