"""docs/annotating.md: every variable with its words and its measure, and every column of the table, stands there."""

from __future__ import annotations

from pathlib import Path

from empa_graph.content.library import load_rubric
from empa_graph.distill.mark_rows import COLUMNS
from empa_graph.distill.mark_tables import FILE
from empa_graph.distill.marks import variables

PAGE = (Path(__file__).parents[1] / "docs" / "annotating.md").read_text(encoding="utf-8")
GROUPS = {"start": "start.X", "end": "end.X", "indicator": "indicator.c1"}
MEASURES = {
    "nominal": "nominal",
    "ordinal": "weighted kappa",
    "interval": "interval",
    "order": "Kendall",
    "set": "MASI",
}


def test_every_variable_stands_in_the_table_with_its_words_and_its_measure():
    rows = [line for line in PAGE.splitlines() if line.startswith("| `")]
    for variable in variables(load_rubric("sdt").space):
        name = GROUPS.get(variable.id.partition(".")[0], variable.id)
        (row,) = [line for line in rows if f"`{name}`" in line.split("|")[1]]
        assert MEASURES[variable.scale] in row
        if variable.scale != "set":
            assert [word for word in variable.allowed if f"`{word}`" not in row] == []


def test_every_column_and_the_file_are_named():
    assert [name for name in (*COLUMNS, FILE) if f"`{name}`" not in PAGE] == []
    assert ",".join(COLUMNS) in PAGE
