from __future__ import annotations

import io

import pytest
from rich.console import Console

from empa_graph.cli.listing import in_lines, listed

ROWS = [("1", "apprentice_electrician/site_banter", "84.7", ""), ("12", "a/b", "-", "")]


def shown(width: int) -> str:
    out = io.StringIO()
    for part in listed(("#", "scenario", "composite", "why"), ROWS, width=width, numbers=("#", "composite"), title="T"):
        Console(file=out, width=width, highlight=False).print(part)
    return out.getvalue()


@pytest.mark.parametrize("width", [20, 30, 40, 80])
def test_nothing_is_cut_at_any_width(width: int):
    text = shown(width)
    assert "…" not in text and "84.7" in text and "12" in text and "site_banter"[-3:] in text


def test_a_name_is_whole_where_the_other_texts_wrap():
    words = "a title that is long enough to wrap in a column of its own"
    rows = [("apprentice_electrician/boost_motivation", words, "a second text that is as long as the first one")]
    for width in (40, 66, 80, 120):
        out = io.StringIO()
        for part in listed(("scenario", "title", "more"), rows, width=width, names=("scenario",)):
            Console(file=out, width=width, highlight=False).print(part)
        assert rows[0][0] in out.getvalue() and max(map(len, out.getvalue().splitlines())) <= width


def test_where_no_table_fits_each_record_names_its_fields():
    assert "composite 84.7" in " ".join(shown(20).split())


def test_a_column_without_content_is_left_out():
    assert "why" not in shown(80)


def test_the_id_of_a_scenario_is_cut_between_person_and_goal_alone():
    rows = [("apprentice_electrician/bad_weekend", "x" * 40), ("night_nurse/call_home", "y" * 40)]
    out = {}
    for width in (45, 120):
        drawn = io.StringIO()
        for part in listed(("scenario", "words"), rows, width=width):
            Console(file=drawn, width=width, highlight=False).print(part)
        out[width] = drawn.getvalue()
    assert rows[0][0] in out[120] and "┃ scenario" in out[45]
    assert " apprentice_electrician/ " in out[45] and " bad_weekend " in out[45] and " call_home " in out[45]


HEADINGS = ("scenario", "person", "context", "what it is about")
SCENARIOS = [
    ("night_nurse/boost_motivation", "Joselito Palmares, 38", "work", "want something for himself on the ward again"),
    ("night_nurse/call_home", "Joselito Palmares, 38", "casual", "ring his [i]mother[/i] again"),
]


def lines(rows: list[tuple[str, ...]], width: int) -> list[str]:
    out = io.StringIO()
    for part in in_lines(HEADINGS, rows, width=width, spared=("person", "context"), title="T"):
        Console(file=out, width=width, highlight=False).print(part)
    return out.getvalue().splitlines()


def test_a_narrow_list_has_a_line_for_each_whose_last_column_alone_is_cut() -> None:
    assert lines(SCENARIOS, 66) == [
        "T",
        "scenario                      context  what it is about",
        "night_nurse/boost_motivation  work     want something for himself…",
        "night_nurse/call_home         casual   ring his [i]mother[/i] aga…",
        "left out at this width: person; --json has all",
    ]
    assert lines(SCENARIOS, 56)[1] == "scenario                      what it is about"


@pytest.mark.parametrize(("rows", "width"), [(SCENARIOS, 120), (SCENARIOS, 45), (SCENARIOS[:1], 66)])
def test_nothing_is_cut_where_all_fits_or_nothing_would_or_one_is_asked_for(
    rows: list[tuple[str, ...]], width: int
) -> None:
    words = " ".join(" ".join(lines(rows, width)).replace("│", " ").split())
    assert "…" not in words and "Joselito" in words and "left out" not in words
