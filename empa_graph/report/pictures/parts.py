"""What pictures have in common: how an entrant, the target and a value are encoded, and the words for them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence

from empa_graph.report.page.records import Entrant, EpisodeRow, Page
from empa_graph.report.pictures.metrics import width
from empa_graph.report.pictures.palette import Spec

BESIDE = 200
"""Pixels of a line beside a picture."""
_ACROSS = 400
"""Pixels of the columns of a picture, at least."""
HEIGHT = 14
"""Pixels of a line."""

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
WORDS = {
    "composite": "composite (0 to 100)",
    "progress": "progress (share of the way)",
    "support": "support (0.5: mean human supporter)",
    "support_judged": "support by a model (0.5: in balance)",
    "alignment_index": "alignment",
    "impact_index": "impact",
    "stability_index": "stability",
    "code": "mean code (0 not at all, 4 strongly)",
    "epm_q": "EPM-Q",
    "epm_q_outcome": "EPM-Q outcome",
    "epm_q_efficiency": "EPM-Q efficiency",
    "epm_q_stability": "EPM-Q stability",
}
"""The metrics as axes name them."""
BOUNDS = {"composite": (0, 100), "code": (0, 4)} | dict.fromkeys(
    ("progress", "support", "support_judged", "alignment_index", "impact_index", "stability_index"), (0, 1)
)
REACHED = {True: "reached the target", False: "did not"}
_CROSS = "M-0.8,-0.8L0.8,0.8M0.8,-0.8L-0.8,0.8"
GREY = "#808890"
"""Of what is no entrant's; it stands out from light and from dark paper."""
ROW = 22
"""Pixels of a row that names something."""


LEGEND = 240
"""Pixels of a line of a legend."""
LINES = 4
_PIECE = re.compile(r"[^:\-@/_. ]*[:\-@/_. ]|[^:\-@/_. ]+")


def spec(values: Iterable[Spec], about: str, **parts: object) -> Spec:
    """Return a specification over ``values``, ``about`` which says in a sentence what it shows."""
    fit: Spec = {"autosize": {"type": "fit-x", "contains": "padding"}} if parts.get("width") == "container" else {}
    return {"$schema": SCHEMA, "description": about, "data": {"values": list(values)}, **fit, **parts}


def labels(page: Page) -> list[object]:
    """Return the labels of the entrants in their order."""
    return [entrant.label for entrant in page.entrants]


def colour(page: Page, *, legend: bool = True) -> Spec:
    """Return the encoding of an entrant by colour; without a legend where there is one entrant only."""
    shown: Spec = {"field": "entrant", "type": "nominal", "scale": {"domain": labels(page)}, "title": None}
    return shown | {"legend": named(page) if legend and len(page.entrants) > 1 else None}


def named(page: Page) -> Spec:
    """Return the legend of the entrants, in which long names stand in lines."""
    lines = {str(label): in_lines(str(label), LEGEND) for label in labels(page)}
    return {"symbolOpacity": 1, "labelExpr": looked_up(lines, "datum.label")}


def shape(page: Page) -> Spec:
    """Return the encoding of an entrant by shape."""
    shown: Spec = {"field": "entrant", "type": "nominal", "scale": {"domain": labels(page)}, "title": None}
    return shown | {"legend": named(page) if len(page.entrants) > 1 else None}


def in_lines(name: str, most: float) -> list[str]:
    """Return ``name`` in lines of at most ``most`` pixels, broken behind punctuation; a variant on its own.

    Of more than four lines the middle is left out.
    """
    lines: list[str] = []
    for part in name.split(", "):
        line = ""
        for piece in _PIECE.findall(part):
            if line and width(line + piece) > most:
                lines.append(line)
                line = ""
            line += piece
            while len(line) > 1 and width(line) > most:
                fits = next(place for place in range(len(line) - 1, 0, -1) if place == 1 or width(line[:place]) <= most)
                lines.append(line[:fits])
                line = line[fits:]
        lines += [line] if line else []
    return lines if len(lines) <= LINES else [*lines[:2], "\u2026", lines[-1]]


def looked_up(named: dict[str, list[str]], name: str) -> str:
    """Return the expression that gives the lines of ``name``; as JSON in ASCII names are no part of its code."""
    return f"{json.dumps([*named.values()])}[indexof({json.dumps([*named])}, {name})]"


def success(channel: str) -> Spec:
    """Return the encoding of success by ``shape`` or ``strokeDash``, which needs no colour."""
    seen: Mapping[str, list[object]] = {"shape": ["circle", _CROSS], "strokeDash": [[1, 0], [4, 3]]}
    scale: Spec = {"domain": list(REACHED.values()), "range": seen[channel]}
    return {"field": "reached", "type": "nominal", "scale": scale, "title": None}


def tips(*fields: tuple[str, str]) -> object:
    """Return the tooltip of a mark from its fields and what they are called."""
    return [{"field": field, "title": title} for field, title in fields]


def short(metric: str) -> str:
    """Return what a metric is called, without its range."""
    return WORDS.get(metric, metric).partition(" (")[0]


def value_axis(metric: str) -> Spec:
    """Return the horizontal axis of a metric, over its whole range where it has one."""
    bounds = BOUNDS.get(metric)
    scale: Spec = {"domain": [*bounds]} if bounds else {"zero": False}
    return {"type": "quantitative", "scale": scale, "title": WORDS.get(metric, metric)}


def of(row: EpisodeRow, entrants: Sequence[Entrant]) -> Spec:
    """Return what is shown of an episode wherever it stands: where a click leads, and its names."""
    return {
        "episode": row.id,
        "name": row.name,
        "entrant": entrants[row.entrant].label,
        "reached": REACHED[row.reached],
        "ending": row.ending,
    }


def spread(episode: int) -> float:
    """Return a place in [0, 1] for an episode among others of equal value, the same each time."""
    return (episode * 0.6180339887498949) % 1.0


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
