"""The axis of entrants: long names stand in lines, each whole, so that what tells two apart is never cut off."""

from __future__ import annotations

import json
import re

from empa_graph.report.page.records import Page
from empa_graph.report.pictures.palette import Spec
from empa_graph.report.pictures.parts import labels

BESIDE = 32
"""Characters of a line beside a picture."""
_ACROSS = 56
"""Characters that stand beside each other above a picture."""
_LINES = 4
_HEIGHT = 14
"""Pixels of a line."""
_PIECE = re.compile(r"[^:\-@/_. ]*[:\-@/_. ]|[^:\-@/_. ]+")


def beside(page: Page) -> Spec:
    """Return the vertical axis of the entrants."""
    named = {str(label): in_lines(str(label), BESIDE) for label in labels(page)}
    tests: list[object] = [
        {"test": f"length({_looked_up(named, 'datum.value')}) == {count}", "value": -_HEIGHT * (count - 1) / 2}
        for count in range(2, _LINES + 1)
    ]
    return _axis(named, labelOffset={"condition": tests, "value": 0})


def above(page: Page, columns: int) -> Spec:
    """Return the horizontal axis of the entrants, above a picture of so many ``columns``."""
    named = {str(label): in_lines(str(label), max(8, _ACROSS // columns)) for label in labels(page)}
    most = max(map(len, named.values()))
    return _axis(named, orient="top", labelBaseline="bottom", labelPadding=4 + _HEIGHT * (most - 1))


def in_lines(name: str, most: int) -> list[str]:
    """Return ``name`` in lines of at most ``most`` characters, broken behind punctuation; a variant on its own.

    Of more than four lines the middle is left out.
    """
    lines: list[str] = []
    for part in name.split(", "):
        line = ""
        for piece in _PIECE.findall(part):
            if line and len(line) + len(piece) > most:
                lines.append(line)
                line = ""
            line += piece
            while len(line) > most:
                lines.append(line[:most])
                line = line[most:]
        lines += [line] if line else []
    return lines if len(lines) <= _LINES else [*lines[:2], "\u2026", lines[-1]]


def _axis(named: dict[str, list[str]], **more: object) -> Spec:
    axis: Spec = {"labelExpr": _looked_up(named, "datum.label"), "labelOverlap": False, **more}
    return {"field": "entrant", "type": "nominal", "title": None, "sort": [*named], "axis": axis}


def _looked_up(named: dict[str, list[str]], name: str) -> str:
    """Return the expression that gives the lines of ``name``; as JSON in ASCII names are no part of its code."""
    return f"{json.dumps([*named.values()])}[indexof({json.dumps([*named])}, {name})]"
