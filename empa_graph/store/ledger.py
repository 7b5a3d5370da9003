"""The durable store of one run: entries go in with one transaction each time, and are never changed."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Concatenate, ParamSpec, Self, TypeVar, Unpack

from sqlalchemy import Connection

from empa_graph.errors import Error, NotFoundError, UsageError
from empa_graph.models.episode import Episode
from empa_graph.models.run import Run
from empa_graph.models.turn_record import ModelCall, Totals, TurnRecord
from empa_graph.store import listing, queries
from empa_graph.store.chain import Verification, verification
from empa_graph.store.database import Database, database, plain_errors
from empa_graph.store.lock import FileLock, file_is_locked, server_lock_is_taken
from empa_graph.store.opening import find_run, make_run
from empa_graph.store.queries import Labels, VariantOutcome
from empa_graph.store.records import Closing, Entry, Tally
from empa_graph.store.tables import EpisodeOutcome
from empa_graph.store.writer import Writer

_T = TypeVar("_T")
_P = ParamSpec("_P")


class Store:
    """One run in its database; it may be read from several threads, and while another process writes it.

    Made by `create` and `open`. One that writes holds the run's lock until it is closed.
    """

    def __init__(
        self, base: Database, *, name: str | None = None, made: Run | None = None, writing: bool = False
    ) -> None:
        """Connect: make the run ``made``, or find run ``name`` (None for the only one)."""
        self._base, self.location = base, base.location
        self._writer: Writer | None = None
        self._lock: FileLock | None = None
        try:
            if writing and base.file is not None:
                self._lock = FileLock(base.file)
            with plain_errors(base):
                if made is not None:
                    self._key, self.run = make_run(base, made), made
                else:
                    with self._reading() as connection:
                        self._key, self.run = find_run(connection, name, self.location)
                if writing:
                    self._writer = Writer(base, self._key, name=self.run.id, lock=self._lock)
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
                raise UsageError(f"{base.location}: {(error.strerror or 'error').lower()}") from None
        return cls(base, made=run, writing=True)

    @classmethod
    def open(cls, url: str, run_id: str | None = None, *, writing: bool = False) -> Self:
        """Open a run, by default the only one there, for reading or to go on with it.

        Raises UsageError when there is none, another process writes it, or its layout is of another version.
        """
        base = database(url)
        if base.file is not None and not base.file.is_file():
            raise UsageError(f"{base.location}: no run store here (the file is missing)")
        return cls(base, name=run_id, writing=writing)

    def append(self, entries: Sequence[Entry]) -> None:
        """Store ``entries`` in one transaction and extend the chain: all are durable on return, or none is.

        Raises ContentError for an entry that does not fit what is stored, and SuspendedError when the database fails
        (limit ``store``; what was stored before stays) or its file is gone (limit ``lost``).
        """
        self._writes().append(entries)

    def add_episode(self, number: int, episode: Episode) -> None:
        """Store a finished episode at once, with all of it that was not stored turn by turn."""
        self.append([Closing(number, episode)])

    def seal(self) -> str:
        """Write count and head of the chain beside the run and return the head; note it elsewhere too."""
        return self._writes().seal()

    def answer(self, key: str) -> str | None:
        """Return the completion kept under ``key``; None when there is none."""
        return self._read(queries.answer_of, key)

    def turns(self, number: int) -> tuple[TurnRecord, ...]:
        """Return the turns of an episode that were stored one by one; none for one that has not begun."""
        return tuple(self._read(queries.turns_of, [number]).get(number, ()))

    def episode(self, number: int) -> Episode:
        """Return an ended episode. Raises NotFoundError."""
        for episode in list(self.episodes(number=number)):
            return episode
        known = map(str, sorted(self.ended())[:100])
        raise NotFoundError("ended episode", str(number), known, where=self.location)

    def episodes(self, **labels: Unpack[Labels]) -> Iterator[Episode]:
        """Return the ended episodes, or those with ``labels``, by number, a bounded number in memory at a time."""
        return (episode for _, episode in self._each(queries.episodes_of, labels))

    def numbered(self, **labels: Unpack[Labels]) -> Iterator[tuple[int, Episode]]:
        """Yield what `episodes` returns with the number of each."""
        return self._each(queries.episodes_of, labels)

    def outcomes(self, **labels: Unpack[Labels]) -> Iterator[EpisodeOutcome]:
        """Yield how the episodes, or those with ``labels``, ended, by number, from columns alone."""
        return self._each(queries.outcomes_of, labels)

    def by_variant(self) -> list[VariantOutcome]:
        """Return counts and means per variant, by name, summed by the database."""
        return self._read(queries.by_variant)

    def ended(self) -> frozenset[int]:
        """Return the numbers of the ended episodes."""
        return self._read(queries.ended_of)

    def tallies(self) -> dict[int, Tally | None]:
        """Return how much is stored of each episode that has begun; None for one that has ended."""
        return self._read(queries.tallies_of)

    def has_begun(self) -> bool:
        """Say whether a turn, an episode or a call is stored; true where that cannot be read."""
        try:
            return bool(self.tallies() or self.totals().calls)
        except Error:
            return True

    def totals(self) -> Totals:
        """Return the sums over all calls and sessions."""
        return self._read(queries.totals)

    def usage_by_episode(self) -> Generator[tuple[int, dict[str, Totals]], None, None]:
        """Yield, for each episode with calls, the sums over those of each model, by number of the episode."""
        return self._each(queries.usage_by_episode)

    def answered(self) -> dict[str, tuple[str, ...]]:
        """Return the models that answered, by role, as their servers named them."""
        return self._read(queries.answered)

    def left_out(self) -> dict[str, tuple[str, ...]]:
        """Return what the models of each role were asked without, since they refuse it, as ``MODEL: FIELD``."""
        return self._read(queries.left_out)

    def calls(self) -> Iterator[ModelCall]:
        """Yield every model call in the order it was stored."""
        return self._each(queries.calls_of)

    def page(
        self,
        wanted: listing.Wanted,
        *,
        order: listing.Order = "number",
        falling: bool = False,
        offset: int = 0,
        limit: int = 50,
    ) -> listing.Page:
        """Return some of the outcomes that are ``wanted`` and how many there are, from columns alone."""
        return self._read(listing.page_of, wanted, order, falling=falling, offset=offset, limit=limit)

    def choices(self) -> dict[str, dict[str, int]]:
        """Return the values of scenario, variant, ending and cause, with the number of episodes of each."""
        return self._read(listing.choices_of)

    def means(self) -> list[listing.Mean]:
        """Return counts and the mean composite of every scenario under every variant."""
        return self._read(listing.means_of)

    def extent(self, past: listing.Extent | None = None) -> listing.Extent:
        """Return how far the run has come, counting from ``past`` on."""
        return self._read(listing.extent_of, past)

    def latest(self, most: int) -> list[EpisodeOutcome]:
        """Return the outcomes of the episodes that ended last, the last first."""
        return self._read(listing.latest_of, most)

    def search(
        self, text: str, wanted: listing.Wanted, *, after: int = -1, most: int = 50, seconds: float = 1.0
    ) -> listing.Found:
        """Return messages that hold ``text``, whatever its case, of ended episodes behind ``after``."""
        return self._read(listing.found_in, wanted, text, after=after, most=most, seconds=seconds)

    def being_written(self) -> bool | None:
        """Say whether a process holds the run open for writing; None where that cannot be seen."""
        if self._base.file is not None:
            return file_is_locked(self._base.file)
        with plain_errors(self._base), self._reading() as connection:
            return server_lock_is_taken(connection, run=self.run.id)

    def verify(self, *, head: str | None = None) -> Verification:
        """Check each row against the chain, and the chain against its seal and a ``head`` noted elsewhere (hex)."""
        return self._read(verification, head)

    def close(self) -> None:
        """Close the database and free the lock of the run."""
        if self._writer is not None:
            self._writer.close()
        self._base.engine.dispose()
        if self._lock is not None:
            self._lock.free()
        self._writer = self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _writes(self) -> Writer:
        if self._writer is None:
            raise UsageError(f"{self.location}: run '{self.run.id}' is open for reading only")
        return self._writer

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """Give a connection that sees one state of the database throughout."""
        if self._writer is not None:
            self._writer.check()
        with self._base.engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    def _read(self, query: Callable[Concatenate[Connection, int, _P], _T], *given: _P.args, **named: _P.kwargs) -> _T:
        with plain_errors(self._base), self._reading() as connection:
            return query(connection, self._key, *given, **named)

    def _each(
        self, query: Callable[Concatenate[Connection, int, _P], Iterator[_T]], *given: _P.args, **named: _P.kwargs
    ) -> Generator[_T, None, None]:
        with plain_errors(self._base), self._reading() as connection:
            yield from query(connection, self._key, *given, **named)
