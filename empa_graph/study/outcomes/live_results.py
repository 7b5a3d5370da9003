"""Live results of agent versions, read from a CSV file: one row is one outcome of one version in one arm or cluster.

Columns: ``version``, ``outcome``, ``n``, either ``count`` or ``mean``, and optionally ``date``, ``arm``, ``cluster``,
``conversation`` (the row is then of this one conversation, and n is 1).
A line that begins with ``#`` is a comment. All of it is foreign: limited here, escaped where it is shown.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import NamedTuple

from empa_graph.content.loading import read_text
from empa_graph.errors import ContentError, hint

LARGEST = 4 * 1024 * 1024
MOST_ROWS = 20_000
MOST_OUTCOMES = 50
LONGEST_CELL = 200
NEEDED = ("version", "outcome", "n")
COLUMNS = (*NEEDED, "count", "mean", "date", "arm", "cluster", "conversation")


class LiveRow(NamedTuple):
    """What ``n`` conversations, users or answers of a version came to: a share, for a count, or a mean."""

    line: int
    version: str
    outcome: str
    value: float
    n: int
    date: date | None
    arm: str
    """Empty without one, as the cluster and the conversation."""
    cluster: str
    conversation: str = ""
    counted: bool = False
    """Whether ``value`` is the share of a count."""


class _Cells:
    """The cells of one row by column, and where they stand."""

    def __init__(self, path: Path, line: int, cells: Mapping[str, str]) -> None:
        self.line = line
        self._where = f"{path}:{line}"
        self._cells = cells

    def __getitem__(self, column: str) -> str:
        return self._cells.get(column, "").strip()

    def wrong(self, column: str, what: str) -> ContentError:
        return ContentError(f"{self._where}: {column}: {what}")

    def number(self, column: str) -> float:
        try:
            found = float(self[column])
        except ValueError:
            found = math.nan
        if not math.isfinite(found):
            raise self.wrong(column, f"'{self[column]}' is no number")
        return found


def live_rows(path: Path) -> list[LiveRow]:
    """Read the rows of ``path``. Raises ContentError for the first fault, with file, line and column."""
    lines = [
        (number, text)
        for number, text in enumerate(read_text(path, LARGEST).removeprefix("\ufeff").splitlines(), start=1)
        if text.strip() and not text.startswith("#")
    ]
    if not lines:
        raise ContentError(f"{path}: no line with the columns {', '.join(COLUMNS)}")
    columns = _columns(path, lines[0][0], _split(path, *lines[0]))
    if len(lines) - 1 > MOST_ROWS:
        raise ContentError(f"{path}: {len(lines) - 1:,} rows, allowed are {MOST_ROWS:,}")
    rows = [_row(_Cells(path, number, cells)) for number, cells in _cells(path, columns, lines[1:])]
    if not rows:
        raise ContentError(f"{path}: no row below the columns")
    if (count := len({row.outcome for row in rows})) > MOST_OUTCOMES:
        raise ContentError(f"{path}: {count} outcomes, allowed are {MOST_OUTCOMES}")
    return rows


def _split(path: Path, number: int, text: str) -> list[str]:
    """Return the cells of one line; a cell never runs over lines."""
    try:
        (cells,) = csv.reader([text], strict=True)
    except (csv.Error, ValueError) as error:
        raise ContentError(f"{path}:{number}: no line of CSV ({str(error)[:80]})") from None
    long = next((cell for cell in cells if len(cell) > LONGEST_CELL), None)
    if long is not None:
        raise ContentError(f"{path}:{number}: a cell of {len(long)} characters, allowed are {LONGEST_CELL}")
    return cells


def _columns(path: Path, number: int, cells: list[str]) -> list[str]:
    columns = [cell.strip().lower() for cell in cells]
    for name in columns:
        if name not in COLUMNS:
            raise ContentError(f"{path}:{number}: unknown column '{name}'{hint(name, COLUMNS)}")
    missing = [name for name in NEEDED if name not in columns]
    if missing or not {"count", "mean"} & set(columns):
        raise ContentError(f"{path}:{number}: no column '{(missing or ['count or mean'])[0]}'")
    if len(set(columns)) < len(columns):
        raise ContentError(f"{path}:{number}: a column stands twice")
    return columns


def _cells(path: Path, columns: list[str], lines: list[tuple[int, str]]) -> Iterator[tuple[int, dict[str, str]]]:
    for number, text in lines:
        cells = _split(path, number, text)
        if len(cells) != len(columns):
            raise ContentError(f"{path}:{number}: {len(cells)} cells, the first line has {len(columns)} columns")
        yield number, dict(zip(columns, cells, strict=True))


def _row(cells: _Cells) -> LiveRow:
    for column in ("version", "outcome"):
        if not cells[column]:
            raise cells.wrong(column, "it is empty")
    n = cells.number("n")
    if n < 1 or n != int(n):
        raise cells.wrong("n", f"{n:g}, allowed is a whole number from 1 on")
    if cells["conversation"] and n != 1:
        raise cells.wrong("n", f"{n:g}, a row of one conversation has n 1")
    return LiveRow(
        line=cells.line,
        version=cells["version"],
        outcome=cells["outcome"],
        value=_value(cells, n),
        n=int(n),
        date=_date(cells),
        arm=cells["arm"],
        cluster=cells["cluster"],
        conversation=cells["conversation"],
        counted=not cells["mean"],
    )


def _value(cells: _Cells, n: float) -> float:
    if bool(cells["count"]) == bool(cells["mean"]):
        raise cells.wrong("count", "a row has either a count or a mean")
    if cells["mean"]:
        return cells.number("mean")
    count = cells.number("count")
    if not 0 <= count <= n:
        raise cells.wrong("count", f"{count:g} of n = {n:g}; what can happen more than once each is a mean")
    return count / n


def _date(cells: _Cells) -> date | None:
    if not cells["date"]:
        return None
    try:
        return date.fromisoformat(cells["date"])
    except ValueError:
        raise cells.wrong("date", f"'{cells['date']}', allowed is a day such as 2026-01-31") from None
