"""Marks as CSV and back, and rows that say none."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from empa_graph.distill.mark_csv import read_csv, write_csv
from empa_graph.distill.mark_rows import COLUMNS, safe, unsafe
from empa_graph.distill.mark_store import MarkStore
from empa_graph.distill.records import Conversation
from empa_graph.errors import ContentError
from tests.distill.marked import KNOWN, QUOTE, SPACE, conversation, every, folder, mark

ODD = "=SUM(1)\nsaid \\u000a she\u2028"
TALKS: dict[str, Conversation] = {
    "one": conversation("one", f"I have been crying every single night. {ODD}", "Oh."),
    "two": conversation("two"),
}
HEADER = ",".join(COLUMNS)


def read(tmp_path: Path, *rows: str) -> tuple[list[str], int]:
    """Read the rows into an empty store: the faults, and how many are new."""
    file = tmp_path / "in.csv"
    file.write_text("\n".join((HEADER, *rows)), encoding="utf-8")
    with MarkStore(folder(tmp_path / "distilled", kept=tuple(TALKS.values())), SPACE) as store:
        found = read_csv(file, store, TALKS)
    return [fault.removeprefix(f"{file}:") for fault in found.faults], found.new


def test_what_is_written_is_read_as_the_same_marks(tmp_path: Path):
    marks = [
        *every("two", "tom"),
        mark("start.calm", -0.123456789012345),
        mark("end.calm", -1),
        mark("wanted", ("reflection", "warmth")),
        mark(
            "danger",
            "none",
            quotes=(QUOTE, {"turn": 0, "text": ODD}),
            reason="'=cmd|'/c x'!A1",
            at="2026-03-01T10:00:00Z",
        ),
    ]
    file = tmp_path / "out.csv"
    assert write_csv(marks, KNOWN, file) == len(marks) and file.stat().st_mode & 0o777 == 0o600
    with MarkStore(folder(tmp_path / "distilled", kept=tuple(TALKS.values())), SPACE) as store:
        assert read_csv(file, store, TALKS)[:] == (len(marks), 0, 0, ())
        key = lambda one: (one.conversation, one.variable)  # noqa: E731
        assert sorted(store.marks(), key=key) == sorted(marks, key=key)
        assert read_csv(file, store, TALKS)[:] == (0, len(marks), 0, ())


def test_no_cell_is_a_formula_and_numbers_stay_numbers(tmp_path: Path):
    write_csv(
        [mark("start.calm", -0.5, reason="@SUM(A1)"), mark("danger", "none", reason="-1+1")], KNOWN, tmp_path / "o.csv"
    )
    with (tmp_path / "o.csv").open(newline="") as lines:
        first, second = csv.DictReader(lines)
    assert (first["value"], first["reason"], second["reason"]) == ("-0.5", "'@SUM(A1)", "'-1+1")


@given(st.text(alphabet="'=+-@ \t\na1|\uff1d", max_size=8))
def test_whatever_was_made_safe_comes_back(cell: str):
    made = safe(cell)
    assert unsafe(made) == cell
    assert made.lstrip("'")[:1] not in "=@" or not made or made.startswith("'")


def test_rows_that_say_no_mark_are_named_by_their_line_and_the_others_are_kept(tmp_path: Path):
    faults, new = read(
        tmp_path,
        'one,danger,none,"0: crying every\n",,ewa,',
        "",
        "one,dangr,none,,,ewa,",
        "six,danger,none,,,ewa,",
        "one,danger,maybe,,,ewa,",
        "one,start.calm,calm,,,ewa,",
        "one,start.calm,7,,,ewa,",
        "one,danger,none,0: words nobody said,,ewa,",
        "one,danger,none,9: crying,,ewa,",
        "one,danger,none,crying,,ewa,",
        "one,danger,none,,,two words,",
        "one,danger,none,,,ewa,yesterday",
        "one,wanted,,,,ewa,",
        "one,wanted,warmth; reflection,,,ewa,2026-01-01T00:00:00Z",
    )
    assert new == 2
    told = [
        "5: variable: 'dangr' is none",
        "6: conversation: 'six' is none of this folder",
        "7: danger: allowed is one of none, hinted, stated",
        "8: start.calm: allowed is a number from -1 to 1",
        "9: start.calm: allowed is a number from -1 to 1",
        "10: quote: message 0 does not say these words",
        "11: quote: message 9 is none, the last is 1",
        "12: quotes: a line is the number of a message",
        "13: annotator: ",
        "14: at: ",
        "15: wanted: allowed is any of",
    ]
    assert len(faults) == len(told)
    assert [fault for fault, begin in zip(faults, told, strict=True) if not fault.startswith(begin)] == []


def test_a_row_that_is_older_than_the_current_mark_does_not_replace_it(tmp_path: Path):
    faults, new = read(
        tmp_path, *(f"one,danger,{value},,,ewa,2026-01-0{day}T00:00:00Z" for value, day in (("none", 2),))
    )
    assert (faults, new) == ([], 1)
    file = tmp_path / "old.csv"
    file.write_text(f"{HEADER}\none,danger,stated,,,ewa,2026-01-01T00:00:00Z\n")
    with MarkStore(tmp_path / "distilled") as store:
        assert read_csv(file, store, TALKS)[:] == (0, 0, 1, ())
        assert [one.value for one in store.marks()] == ["none"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"conversation,value\n", r":1: is no table of marks; missing: variable, quotes, reason, annotator, at"),
        (b"\xff\xfea", "is no UTF-8 text"),
        (f'{HEADER}\n"{"x" * 200_000}",'.encode(), "is no CSV"),
    ],
)
def test_a_file_that_is_no_table_of_marks_is_one_line(content: bytes, told: str, tmp_path: Path):
    file = tmp_path / "in.csv"
    file.write_bytes(content)
    with MarkStore(folder(tmp_path / "distilled"), SPACE) as store, pytest.raises(ContentError, match=told):
        read_csv(file, store, TALKS)
