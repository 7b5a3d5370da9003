from __future__ import annotations

import io

from rich.console import Console

from empa_graph.cli.distill_annotation import shown_annotation
from empa_graph.distill.annotation_report import AnnotationReport, OfVariable


def test_the_table_of_marks_breaks_no_name_of_a_variable_at_80_columns():
    values = {"-0.6 to -0.2": 2, "-0.2 to 0.2": 1}
    one = OfVariable(marked=3, not_told=0, refused={}, mean=-0.3, values=values)
    found = AnnotationReport(
        annotator="offline",
        space="sdt",
        finished=True,
        annotated=3,
        profiled=3,
        variables={"start.competence": one, "start.relatedness": one},
    )
    page = io.StringIO()
    terminal = Console(width=80, file=page)
    for shown in shown_annotation(found):
        terminal.print(shown)
    assert all(name in page.getvalue() for name in found.variables)
