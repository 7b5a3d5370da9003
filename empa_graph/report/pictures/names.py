"""The axis of entrants: long names stand in lines, each whole, so that what tells two apart is never cut off."""

from __future__ import annotations

from empa_graph.report.page.records import Page
from empa_graph.report.pictures.palette import Spec
from empa_graph.report.pictures.parts import LINES, in_lines, labels, looked_up

BESIDE = 200
"""Pixels of a line beside a picture."""
_ACROSS = 400
"""Pixels of the columns of a picture, at least."""
HEIGHT = 14
"""Pixels of a line."""


def beside(page: Page) -> Spec:
    """Return the vertical axis of the entrants."""
    named = {str(label): in_lines(str(label), BESIDE) for label in labels(page)}
    tests: list[object] = [
        {"test": f"length({looked_up(named, 'datum.value')}) == {count}", "value": -HEIGHT * (count - 1) / 2}
        for count in range(2, LINES + 1)
    ]
    return _axis(named, labelOffset={"condition": tests, "value": 0})


def row_of(page: Page, least: int) -> int:
    """Return the height of a row that holds the lines of every entrant."""
    return max(least, HEIGHT * max(len(in_lines(str(label), BESIDE)) for label in labels(page)) + 8)


def above(page: Page, columns: int) -> Spec:
    """Return the horizontal axis of the entrants, above a picture of so many ``columns``."""
    named = {str(label): in_lines(str(label), max(48, _ACROSS // columns - 8)) for label in labels(page)}
    most = max(map(len, named.values()))
    return _axis(named, orient="top", labelBaseline="bottom", labelPadding=4 + HEIGHT * (most - 1))


def _axis(named: dict[str, list[str]], **more: object) -> Spec:
    axis: Spec = {"labelExpr": looked_up(named, "datum.label"), "labelOverlap": False, **more}
    return {"field": "entrant", "type": "nominal", "title": None, "sort": [*named], "axis": axis}
