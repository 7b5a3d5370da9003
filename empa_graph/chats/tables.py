"""Conversations in a table: a row a message, or a row a prompt and its answer."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from empa_graph.chats.chat_roles import Roles, speaker
from empa_graph.chats.pieces import LARGEST, ChatError, Fault, Piece, Said, named
from empa_graph.chats.source import Raw

IDS = (
    "conversation",
    "conversation_id",
    "conv_id",
    "dialog_id",
    "dialogue_id",
    "chat_id",
    "session_id",
    "thread_id",
    "id",
)
ROLES = ("role", "speaker", "from", "sender", "author")
TEXTS = ("content", "text", "message", "utterance", "value", "body")
ASKED = ("prompt", "question", "user", "input")
ANSWERED = ("completion", "response", "answer", "assistant", "output", "reply")
"""The names of columns that are known, in small letters; the first that is there counts."""
RATING = "ratings."
"""Begins the name of a column that holds a rating."""
DELIMITERS = (",", ";", "\t", "|")


class Columns(NamedTuple):
    """Where the parts of a row stand, from 0; both ``role`` and ``text`` are there, or ``asked`` and ``answered``."""

    width: int
    id: int | None
    role: int | None
    text: int | None
    asked: int | None
    answered: int | None
    ratings: tuple[tuple[str, int], ...]


class Table(NamedTuple):
    """How a table is written."""

    delimiter: str
    columns: Columns


def table(header: str) -> Table | None:
    """Return the table that begins with this line; None where it is none of conversations."""
    for delimiter in DELIMITERS:
        try:
            names = next(csv.reader([header], delimiter=delimiter), [])
        except csv.Error:
            continue
        found = _columns([name.strip().lower().replace(" ", "_") for name in names])
        if found is not None:
            return Table(delimiter, found)
    return None


def _columns(names: Sequence[str]) -> Columns | None:
    def place(known: Sequence[str]) -> int | None:
        return next((names.index(name) for name in known if name in names), None)

    role, text, asked, answered = map(place, (ROLES, TEXTS, ASKED, ANSWERED))
    if (role is None or text is None) and (asked is None or answered is None):
        return None
    ratings = tuple((name.removeprefix(RATING), at) for at, name in enumerate(names) if name.startswith(RATING))
    return Columns(len(names), place(IDS), role, text, asked, answered, ratings)


class _Oversized(Exception):  # noqa: N818 - it passes through the csv module
    pass


class _Texts:
    """The lines of a table as text; what is no UTF-8 passes as surrogates and is found in its field."""

    def __init__(self, raws: Iterator[Raw]) -> None:
        self._raws = raws
        self.line = 0

    def __iter__(self) -> _Texts:
        return self

    def __next__(self) -> str:
        raw = next(self._raws)
        self.line = raw.line
        if raw.data is None:
            raise _Oversized
        return raw.data.decode("utf-8", "surrogateescape")


def rows(raws: Iterator[Raw], roles: Roles) -> Iterator[Piece | Fault]:
    """Yield the rows of a table, each a message or a prompt with its answer. Raises ChatError for another header."""
    texts = _Texts(raws)
    try:
        header = next((line for line in texts if line.strip()), "")
    except _Oversized:
        header = ""
    found = table(header)
    if found is None:
        raise ChatError(
            f"no csv of conversations: its first line needs the columns {ROLES[0]} and {TEXTS[0]}, "
            f"or {ASKED[0]} and {ANSWERED[0]}",
            "other_format",
        )
    first = next(csv.reader([header], delimiter=found.delimiter))
    for line, cells in _cells(texts, found.delimiter):
        if isinstance(cells, Fault):
            yield cells
        elif cells and cells != first:
            try:
                yield _row(cells, found.columns, roles)._replace(line=line)
            except ChatError as error:
                yield error.at(line, row=True, of=_of(cells, found.columns))


def _cells(texts: _Texts, delimiter: str) -> Iterator[tuple[int, list[str] | Fault]]:
    """Yield each row with the line that it begins in, or what is wrong there."""
    reader = csv.reader(texts, delimiter=delimiter)
    while True:
        line = texts.line + 1
        try:
            yield line, next(reader)
        except StopIteration:
            return
        except _Oversized:
            yield line, Fault(texts.line, f"more than the allowed {LARGEST:,} bytes", "oversized", row=True)
        except csv.Error as error:
            yield line, Fault(line, f"no row of a csv: {error}", "wrong_row", row=True)


def _of(cells: Sequence[str], columns: Columns) -> str | None:
    return (cells[columns.id] or None) if columns.id is not None and columns.id < len(cells) else None


def _row(cells: Sequence[str], columns: Columns, roles: Roles) -> Piece:
    if len(cells) != columns.width:
        raise ChatError(f"{len(cells)} fields, the header has {columns.width}", "wrong_row")
    try:
        "".join(cells).encode()
    except UnicodeEncodeError:
        raise ChatError("not UTF-8 text", "not_utf8") from None
    name = named(_of(cells, columns), "conversation")
    beside: dict[str, object] = {"ratings": _ratings(cells, columns)} if columns.ratings else {}
    if columns.role is not None and columns.text is not None:
        who = speaker(cells[columns.role], roles, "role")
        return Piece(name, (None if who is None else Said(who, cells[columns.text]),), "row", beside)
    asked, answered = cells[columns.asked or 0], cells[columns.answered or 0]
    return Piece(name, (Said("persona", asked), Said("empathic", answered)), "row" if name else "whole", beside)


def _ratings(cells: Sequence[str], columns: Columns) -> dict[str, float | None]:
    try:
        return {name: float(cells[at]) if cells[at].strip() else None for name, at in columns.ratings}
    except ValueError:
        raise ChatError("ratings: a rating is a number", "wrong_rating") from None
