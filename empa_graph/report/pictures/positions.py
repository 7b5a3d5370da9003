"""One path: the position on each dimension, turn by turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from empa_graph.models.latent import LatentState
from empa_graph.report.page.records import Page
from empa_graph.report.pictures.palette import Spec
from empa_graph.report.pictures.parts import GREY, REACHED, spec, tips
from empa_graph.report.text import one_line

NO_MARKS: Mapping[int, str] = MappingProxyType({})
LONGEST_WORD = 60
"""Characters of a mark, and of the name of a dimension beside it."""


def episode(page: Page, number: int = 0) -> Spec | None:
    """Return one episode's position on each dimension, turn by turn, with its target; None for one never judged."""
    row = page.episodes[number]
    names = page.dimensions or tuple(f"dimension {place + 1}" for place in range(len(row.target)))
    if len(row.way) < 2:
        return None
    values = [
        {"dimension": names[d], "turn": spot.turn, "position": round(at[d], 4), "target": row.target[d]}
        for spot, at in zip(row.way, row.path, strict=True)
        for d in range(len(names))
    ]
    about = f"{row.name}, {page.entrants[row.entrant].label}: {row.ending}. {REACHED[row.reached]}."
    return lines(names, values, about)


def path(latent: LatentState, marks: Mapping[int, str] = NO_MARKS) -> Spec | None:
    """Return the position on each dimension, turn by turn, with ``marks`` at turns; None for a path never judged."""
    turns = (0, *(step.turn for step in latent.judged))
    names = [one_line(name)[:LONGEST_WORD] for name in latent.dimensions]
    values: list[Spec] = [
        {"dimension": name, "turn": turn, "position": round(at[d], 4), "target": latent.target[d]}
        for turn, at in zip(turns, latent.positions, strict=True)
        for d, name in enumerate(names)
    ]
    return lines(names, values, "Positions by turn.", marks) if len(turns) > 1 else None


def lines(names: Sequence[str], values: Sequence[Spec], about: str, marks: Mapping[int, str] = NO_MARKS) -> Spec:
    """Return the picture of positions by turn, over rows of dimension, turn, position and target.

    ``marks`` are upright lines at turns with a word each.
    """
    y: Spec = {"field": "position", "type": "quantitative", "title": None}
    turn: Spec = {"field": "turn", "type": "quantitative", "title": "turn", "axis": {"tickMinStep": 1, "format": "d"}}
    tip = tips(("dimension", "dimension"), ("turn", "turn"), ("position", "position"), ("target", "target"))
    return spec(
        values,
        f"{about} The dashed line is the target.",
        facet={"field": "dimension", "type": "nominal", "title": None, "sort": [*names]},
        columns=2,
        spec={
            "width": 190,
            "height": 110,
            "layer": [
                {
                    "mark": {"type": "rule", "strokeDash": [4, 3]},
                    "encoding": {"y": {"field": "target", "type": "quantitative", "aggregate": "mean"}},
                },
                {
                    "mark": {"type": "line", "point": {"filled": True, "size": 36}, "strokeWidth": 2},
                    "encoding": {"x": turn, "y": y, "tooltip": tip},
                },
                *([_upright(marks, turn)] if marks else []),
            ],
        },
    )


def _upright(marks: Mapping[int, str], turn: Spec) -> Spec:
    """Return an upright line at each marked turn, with its word along it."""
    word: Spec = {"type": "text", "angle": 270, "align": "left", "baseline": "bottom", "fontSize": 10}
    return {
        "data": {"values": [{"turn": at, "mark": one_line(text)[:LONGEST_WORD]} for at, text in marks.items()]},
        "encoding": {"x": turn, "color": {"value": GREY}},
        "layer": [
            {"mark": {"type": "rule"}, "encoding": {"y": {"value": 0}, "y2": {"value": "height"}}},
            {"mark": word | {"dx": 3, "dy": -5}, "encoding": {"y": {"value": "height"}, "text": {"field": "mark"}}},
        ],
    }
