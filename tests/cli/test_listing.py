from __future__ import annotations

import io

import pytest
from rich.console import Console

from empa_graph.cli.listing import listed

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
