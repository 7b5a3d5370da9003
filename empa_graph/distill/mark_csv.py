"""Marks as a CSV file, a row each, and back into a store."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from empa_graph.distill.mark_rows import COLUMNS, mark_of, row_of
from empa_graph.distill.mark_store import MarkStore
from empa_graph.distill.marks import Mark, Variable, fault, quote_fault
from empa_graph.distill.records import Conversation
from empa_graph.errors import ContentError, UsageError

LARGEST = 64 * 1024 * 1024
"""Bytes of a file that is read."""


class Imported(NamedTuple):
    """What became of the rows of a file."""

    new: int
    known: int
    """Rows that say what stands already."""
    older: int
    """Rows that were marked before the current mark of the same annotator, which stays."""
    faults: tuple[str, ...]
    """Of each row that says no mark, its line and why."""


def write_csv(marks: Iterable[Mark], known: Mapping[str, Variable], file: Path) -> int:
    """Write a row for each mark to ``file``, whole or not at all, and return how many. Raises UsageError."""
    part, number = file.with_name(f".{file.name}.part"), 0
    try:
        descriptor = os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as lines:
            rows = csv.writer(lines)
            rows.writerow(COLUMNS)
            for number, mark in enumerate(marks, start=1):  # noqa: B007
                rows.writerow(row_of(mark, known[mark.variable]))
        part.replace(file)
    except OSError as error:
        raise UsageError(f"{file}: cannot be written ({(error.strerror or str(error)).lower()})") from None
    return number


def read_csv(file: Path, store: MarkStore, talks: Mapping[str, Conversation]) -> Imported:
    """Keep the marks of ``file`` in ``store``; a row that says none is named by its line, and the others are kept.

    A conversation's rows are kept together. Raises ContentError for a file that is no table of marks.
    """
    known, faults, found = store.variables, [], []
    for line, row in _rows(file):
        try:
            mark = mark_of(row, known)
            _refuse_unfit(mark, known[mark.variable], talks)
        except UsageError as error:
            faults.append(f"{file}:{line}: {error}")
        else:
            found.append(mark)
    new = known_ = older = 0
    for conversation, group in groupby(
        sorted(found, key=lambda mark: mark.conversation), lambda mark: mark.conversation
    ):
        current = {(mark.variable, mark.annotator): mark for mark in store.marks(conversation)}
        given = list(group)
        fresh = [mark for mark in given if not _is_older(mark, current.get((mark.variable, mark.annotator)))]
        added = store.add(fresh)
        new, known_, older = new + added, known_ + len(fresh) - added, older + len(given) - len(fresh)
    return Imported(new, known_, older, tuple(faults))


def _is_older(mark: Mark, current: Mark | None) -> bool:
    return current is not None and None not in (mark.at, current.at) and mark.at < current.at  # type: ignore[operator]


def _refuse_unfit(mark: Mark, variable: Variable, talks: Mapping[str, Conversation]) -> None:
    if (talk := talks.get(mark.conversation)) is None:
        raise UsageError(f"conversation: '{mark.conversation[:80]}' is none of this folder")
    if wrong := fault(variable, mark.value):
        raise UsageError(wrong)
    for quote in mark.quotes:
        if wrong := quote_fault(talk, quote):
            raise UsageError(wrong)


def _rows(file: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the rows of a table of marks, each with the line it begins on."""
    try:
        if file.stat().st_size > LARGEST:
            raise ContentError(f"{file}: is larger than {LARGEST // 1024**2} MB")
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows = csv.reader(lines)
            header = next(rows, [])
            if missing := [name for name in COLUMNS if name not in header]:
                raise ContentError(f"{file}:1: is no table of marks; missing: {', '.join(missing)}")
            begins = rows.line_num + 1
            for row in rows:
                if any(row):
                    yield begins, dict(zip(header, [*row, *[""] * len(header)], strict=False))
                begins = rows.line_num + 1
    except OSError as error:
        raise ContentError(f"{file}: cannot be read ({(error.strerror or str(error)).lower()})") from None
    except UnicodeDecodeError:
        raise ContentError(f"{file}: is no UTF-8 text; save it as CSV UTF-8") from None
    except csv.Error as error:
        raise ContentError(f"{file}:{rows.line_num}: is no CSV ({error})") from None
