"""The marks of a distill folder: who marked what, when, what was settled, and what stands of it all.

Rule: what a call has returned from is on disk. Several processes may write at once; the later call is the later mark.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import ValidationError

from empa_graph.distill.mark_tables import FILE, Settled, Tables
from empa_graph.distill.marks import Mark, Value, Variable, fault, variables
from empa_graph.distill.standing import standing
from empa_graph.errors import ContentError, NotFoundError, UsageError
from empa_graph.models.latent import Space
from empa_graph.models.record import Record

_R = TypeVar("_R", bound=Record)
State = Literal["open", "given", "skipped"]
"""How far an annotator is with a conversation: ``given`` is said by them, and lets them see what others marked."""
_CURRENT = """
SELECT mark FROM marks WHERE number IN (
  SELECT MAX(number) FROM marks WHERE (:conversation IS NULL OR conversation = :conversation)
  AND (:annotator IS NULL OR annotator = :annotator) AND (:independent = 0 OR afterwards = 0)
  GROUP BY conversation, variable, annotator
) AND mark IS NOT NULL ORDER BY number
"""
_HAS_SEEN = """
SELECT EXISTS (
  SELECT 1 FROM states WHERE conversation = :conversation AND annotator = :annotator AND state = 'given'
) OR EXISTS (
  SELECT 1 FROM seen WHERE conversation = :conversation AND annotator = :annotator
) OR EXISTS (
  SELECT 1 FROM settled WHERE conversation = :conversation AND json_extract(settled, '$.by') = :annotator
)
"""
_STATE = "SELECT state FROM states WHERE conversation = ? AND annotator = ? ORDER BY number DESC LIMIT 1"


class MarkStore(AbstractContextManager["MarkStore"]):
    """The marks of one distill ``folder``; a context that closes it."""

    def __init__(self, folder: Path, space: Space | None = None) -> None:
        """Open it; ``space`` is fixed with the first mark, and without one that of the earlier marks is meant.

        Raises UsageError where there is no such folder, it cannot be written, or was marked in another space.
        """
        self.folder = Path(folder)
        if not self.folder.is_dir():
            raise UsageError(f"{folder}: is no folder that `empa distill` made")
        self._tables = Tables(self.folder)
        self._asked, self._variables = space, dict[str, Variable]()
        try:
            self._agreed()
        except BaseException:
            self.close()
            raise

    def _agreed(self) -> None:
        if self._asked is None or (fixed := self._fixed()) is None or fixed == self._asked:
            return
        same = " as it was then" if fixed.id == self._asked.id else ""
        raise UsageError(
            f"{self.folder / FILE}: was marked in the space {fixed.id}{same}; it cannot be marked in {self._asked.id}"
            + (" as it is now" if same else "")
        )

    def _fixed(self) -> Space | None:
        row = self._tables.first("SELECT space FROM fixed")
        return None if row is None else self._read(Space, row, "fixed")

    @property
    def space(self) -> Space | None:
        """The space that is marked in; None where none was given and nothing is marked."""
        if self._asked is None:
            self._asked = self._fixed()  # it never changes again
        return self._asked

    @property
    def variables(self) -> dict[str, Variable]:
        """What is marked, by id. Raises UsageError without a space."""
        if (space := self.space) is None:
            raise UsageError(f"{self.folder / FILE}: nothing is marked yet, so its space has to be named")
        if not self._variables:
            self._variables = {variable.id: variable for variable in variables(space)}
        return self._variables

    def add(self, marks: Iterable[Mark]) -> int:
        """Keep marks, all or none, and return how many are new; durable on return.

        One that says what the same annotator's current mark says, whatever its time, is not kept again. Raises
        UsageError for a variable or value that the space has not.
        """
        given = tuple(mark.model_copy(update={"value": self._fitted(mark.variable, mark.value)}) for mark in marks)
        with self._tables.writing() as rows:
            if given:
                self._fix(rows)
            return sum(self._add(rows, mark) for mark in given)

    def _add(self, rows: sqlite3.Connection, mark: Mark) -> bool:
        place = (mark.conversation, mark.variable, mark.annotator)
        last = rows.execute(
            "SELECT mark FROM marks WHERE conversation = ? AND variable = ? AND annotator = ? "
            "ORDER BY number DESC LIMIT 1",
            place,
        ).fetchone()
        if last is not None and last[0] is not None and _timeless(self._mark(last[0])) == _timeless(mark):
            return False
        self._insert(rows, place, mark.model_dump_json())
        return True

    @staticmethod
    def _insert(rows: sqlite3.Connection, place: tuple[str, str, str], mark: str | None) -> None:
        conversation, _, annotator = place
        afterwards = rows.execute(_HAS_SEEN, {"conversation": conversation, "annotator": annotator}).fetchone()[0]
        rows.execute(
            "INSERT INTO marks (conversation, variable, annotator, afterwards, mark) VALUES (?, ?, ?, ?, ?)",
            (*place, afterwards, mark),
        )

    def take_back(self, conversation: str, variable: str, annotator: str) -> None:
        """Let an annotator's mark stand no longer; it stays in the history."""
        with self._tables.writing() as rows:
            self._insert(rows, (conversation, variable, annotator), None)

    def marks(
        self, conversation: str | None = None, annotator: str | None = None, *, independent: bool = False
    ) -> tuple[Mark, ...]:
        """Return the current marks, of one conversation or annotator, the earlier first.

        With ``independent`` what an annotator marked after having seen the others' does not count.
        """
        asked = {"conversation": conversation, "annotator": annotator, "independent": int(independent)}
        return tuple(self._mark(text) for text in self._tables.column(_CURRENT, asked))

    def history(self, conversation: str) -> tuple[Mark, ...]:
        """Return all marks that were ever made of a conversation, in order."""
        query = "SELECT mark FROM marks WHERE conversation = ? AND mark IS NOT NULL ORDER BY number"
        return tuple(self._mark(text) for text in self._tables.column(query, (conversation,)))

    def state(self, conversation: str, annotator: str) -> State:
        """Return how far an annotator is with a conversation."""
        found: State = self._tables.first(_STATE, (conversation, annotator)) or "open"  # type: ignore[assignment]
        return found

    def states(self, annotator: str) -> dict[str, State]:
        """Return how far an annotator is, by conversation; one that is absent is open."""
        query = "SELECT conversation, state FROM states WHERE annotator = ? ORDER BY number"
        with self._tables.reading() as rows:
            return dict(rows.execute(query, (annotator,)).fetchall())

    def say(self, state: State, conversation: str, annotator: str) -> None:
        """Note how far an annotator is with a conversation: skipped (no reason is asked), given, or open again."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        with self._tables.writing() as rows:
            rows.execute(
                "INSERT INTO states (conversation, annotator, state, at) VALUES (?, ?, ?, ?)",
                (conversation, annotator, state, now),
            )

    def saw(self, conversations: Iterable[str], annotator: str) -> None:
        """Note that somebody was shown what others marked: what they mark from here on is not independent."""
        with self._tables.writing() as rows:
            rows.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?)", [(one, annotator) for one in conversations])

    def settle(
        self, conversation: str, variable: str, value: Value, *, by: str, reason: str = "", after: int | None = None
    ) -> Settled:
        """Settle a value, which then stands before every mark; an earlier one stays in the history.

        ``after`` is how many earlier ones the caller has seen. Raises UsageError for a variable or value that the space
        has not, a name that is none, or where another was settled since.
        """
        value = self._fitted(variable, value)
        with self._tables.writing() as rows:
            self._fix(rows)
            earlier = [one for one in self.settled(conversation, history=True) if one.variable == variable]
            if after is not None and len(earlier) > after:
                raise UsageError(f"{variable}: {earlier[-1].by} has settled it since; look at that first")
            before = tuple(mark for mark in self.marks(conversation) if mark.variable == variable)
            try:
                found = Settled(
                    conversation=conversation,
                    variable=variable,
                    value=value,
                    by=by,
                    at=datetime.now(UTC),
                    reason=reason,
                    before=before,
                )
            except ValidationError as error:
                raise UsageError(f"{error.errors()[0]['loc'][0]}: {error.errors()[0]['msg']}") from None
            rows.execute(
                "INSERT INTO settled (conversation, variable, settled) VALUES (?, ?, ?)",
                (conversation, variable, found.model_dump_json()),
            )
        return found

    def settled(self, conversation: str | None = None, *, history: bool = False) -> tuple[Settled, ...]:
        """Return the settled values, of one conversation or all; with ``history`` also those settled anew since."""
        query = "SELECT settled FROM settled WHERE ? IS NULL OR conversation = ? ORDER BY number"
        every = [
            self._read(Settled, text, "settled") for text in self._tables.column(query, (conversation, conversation))
        ]
        last = {(one.conversation, one.variable): one for one in every}
        return tuple(every) if history else tuple(last.values())

    def standing(self, conversation: str) -> tuple[Mark, ...]:
        """Return the marks that stand, one a variable at most, in the order of the variables; see `standing`."""
        with self._tables.reading():  # one state of the store for both
            marks, settled = self.marks(conversation), self.settled(conversation)
        if not marks and not settled:
            return ()
        space = self.space
        if space is None:
            raise ContentError(f"{self.folder / FILE}: holds marks and no space")
        return standing(marks, settled, space)

    def close(self) -> None:
        """Close the database."""
        self._tables.close()

    def __exit__(self, *_: object) -> None:
        self.close()

    def _fitted(self, variable: str, value: Value) -> Value:
        """Return a value as it is kept, a set in the variable's order. Raises UsageError."""
        known = self.variables
        if variable not in known:
            raise NotFoundError("variable", variable, known)
        if wrong := fault(known[variable], value):
            raise UsageError(wrong)
        if known[variable].scale != "set" or not isinstance(value, tuple):
            return value
        return tuple(word for word in known[variable].allowed if word in value)

    def _fix(self, rows: sqlite3.Connection) -> None:
        """Fix the space with the first mark, or hold it to that of another process's. Raises UsageError."""
        if self._asked is None:
            return
        rows.execute("INSERT OR IGNORE INTO fixed VALUES (1, ?)", (self._asked.model_dump_json(),))
        self._agreed()

    def _mark(self, text: str) -> Mark:
        return self._read(Mark, text, "marks")

    def _read(self, kind: type[_R], text: str, table: str) -> _R:
        """Return the record that a row says. Raises ContentError."""
        try:
            return kind.model_validate_json(text)
        except ValidationError:
            raise ContentError(f"{self.folder / FILE}: table {table}: holds a row that cannot be read") from None


def _timeless(mark: Mark) -> Mark:
    return mark.model_copy(update={"at": None})
