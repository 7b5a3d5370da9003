"""The ways that people came: turn by turn, beside the straight way, and in pairs of dimensions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import combinations

from empa_graph.report.page.records import EpisodeRow, Page
from empa_graph.report.pictures.palette import Spec
from empa_graph.report.pictures.parts import GREY, colour, labels, named, of, spec, success, tips

MOST_PATHS = 120
"""Paths in one picture; of more, an even choice is drawn."""
_SHARE = "share of the way to the target"


def chosen(rows: Sequence[EpisodeRow]) -> list[EpisodeRow]:
    """Return the episodes with a judged turn, or an even choice of `MOST_PATHS` of them."""
    moved = [row for row in rows if len(row.way) > 1]
    step = max(1.0, len(moved) / MOST_PATHS)
    return [moved[int(place * step)] for place in range(min(len(moved), MOST_PATHS))]


def progress(page: Page) -> Spec | None:
    """Return how far people had come turn by turn: the mean and the middle half; None where no turn was judged."""
    values: list[Spec] = [
        stage.model_dump() | {"entrant": page.entrants[stage.entrant].label, "filter": {"entrant": str(stage.entrant)}}
        for stage in page.stages
    ]
    if not values:
        return None
    turn: Spec = {"field": "turn", "type": "quantitative", "title": "turn", "axis": {"tickMinStep": 1, "format": "d"}}
    dash: Spec = {"field": "entrant", "type": "nominal", "scale": {"domain": labels(page)}, "title": None}
    tip = tips(("entrant", "who"), ("turn", "turn"), ("mean", _SHARE), ("talking", "still talking"))
    return spec(
        values,
        "Mean share of the way to the target after each turn, with the middle half of the episodes; one that has ended "
        "stays where it ended.",
        width="container",
        height=280,
        encoding={"x": turn, "color": _lined(page)},
        layer=[
            {
                "mark": {"type": "area", "opacity": 0.16},
                "encoding": {
                    "y": {"field": "low", "type": "quantitative", "title": _SHARE},
                    "y2": {"field": "high"},
                },
            },
            {
                "mark": {"type": "line", "strokeWidth": 2.5},
                "encoding": {
                    "y": {"field": "mean", "type": "quantitative", "title": _SHARE},
                    "strokeDash": dash | ({} if len(page.entrants) > 1 else {"legend": None}),
                },
            },
            {
                "mark": {"type": "point", "filled": True, "size": 30, "opacity": 1},
                "encoding": {"y": {"field": "mean", "type": "quantitative", "title": _SHARE}, "tooltip": tip},
            },
            _level(1, "target"),
            _level(0, "start"),
        ],
    )


def _lined(page: Page) -> Spec:
    """Return the encoding of an entrant by colour, with lines in its legend, whose dashes can be seen there."""
    found = colour(page)
    return (
        found
        if found["legend"] is None
        else found | {"legend": named(page) | {"symbolType": "stroke", "symbolSize": 500}}
    )


def _level(at: float, name: str) -> Spec:
    """Return a horizontal line with its name at the right, where fewest lines meet."""
    data: Spec = {"values": [{"level": at, "called": name}]}
    y: Spec = {"field": "level", "type": "quantitative"}
    text: Spec = {"type": "text", "align": "right", "dx": -4, "dy": -7, "fontSize": 11}
    return {
        "data": data,
        "encoding": {"y": y, "x": {"value": 0}, "color": {"value": GREY}},
        "layer": [
            {"mark": {"type": "rule", "strokeDash": [2, 3]}, "encoding": {"x": {"value": 0}, "x2": {"value": "width"}}},
            {"mark": text, "encoding": {"text": {"field": "called"}, "x": {"value": "width"}}},
        ],
    }


def course(page: Page) -> Spec | None:
    """Return every path as parts of the straight way from start to target; None where no turn was judged.

    The start of each is at (0, 0), its target at (1, 0). Ends are circles where the target was reached and crosses
    where not, and the line is dashed there.
    """
    drawn = chosen(page.episodes)
    if not drawn:
        return None
    values = [
        of(row, page.entrants)
        | {"turn": spot.turn, "along": round(spot.along, 4), "off": round(spot.off, 4), "last": spot is row.way[-1]}
        for row in drawn
        for spot in row.way
    ]
    more = f" {len(drawn)} of {len(page.episodes)} episodes are drawn." if len(drawn) < len(page.episodes) else ""
    ends: Spec = {"values": [{"along": 0, "off": 0, "called": "start"}, {"along": 1, "off": 0, "called": "target"}]}
    x: Spec = {"field": "along", "type": "quantitative", "title": _SHARE}
    y: Spec = {
        "field": "off",
        "type": "quantitative",
        "title": "beside the straight way",
        "scale": {"domainMin": -0.05},
    }
    tip = tips(("name", "what"), ("entrant", "who"), ("ending", "ended"), ("turn", "turn"), ("along", _SHARE))
    return spec(
        values,
        f"Every path, from its start at the left to its target; dashed, with a cross, where it was not reached.{more}",
        width="container",
        height=320,
        layer=[
            {
                "mark": {"type": "line", "strokeWidth": 1.3, "opacity": 0.55},
                "encoding": {
                    "x": x,
                    "y": y,
                    "detail": {"field": "episode"},
                    "order": {"field": "turn"},
                    "color": colour(page),
                    "strokeDash": success("strokeDash") | {"legend": None},
                },
            },
            {
                "transform": [{"filter": "datum.last"}],
                "mark": {"type": "point", "size": 60, "strokeWidth": 2, "opacity": 1},
                "encoding": {"x": x, "y": y, "color": colour(page), "shape": success("shape"), "tooltip": tip},
            },
            {
                "data": ends,
                "mark": {"type": "text", "fontWeight": 600, "dy": 14},
                "encoding": {"x": x, "y": y, "text": {"field": "called"}},
            },
            {"data": ends, "mark": {"type": "tick", "thickness": 3, "size": 14}, "encoding": {"x": x, "y": y}},
        ],
    )


def trajectories(page: Page, scenario: str = "") -> Spec | None:
    """Return the paths of one scenario in every pair of dimensions, by default of the one most played.

    None where episodes share no space of two dimensions and more.
    """
    pairs = list(combinations(range(len(page.dimensions)), 2))
    wanted = scenario or most_played(page)
    rows = [row for row in page.episodes if len(row.way) > 1 and row.name == wanted]
    if not pairs or not rows:
        return None
    return spec(
        points(rows, page),
        f"The paths of {rows[0].name} in each pair of dimensions: from the start (triangle) to the target (ring).",
        concat=[_projection(page, a, b) for a, b in pairs],
        columns=3,
    )


def most_played(page: Page) -> str:
    """Return the scenario with the most episodes; empty without any."""
    names = Counter(row.name for row in page.episodes if len(row.way) > 1)
    return max(names, key=lambda name: names[name], default="")


def points(rows: Sequence[EpisodeRow], page: Page) -> list[Spec]:
    """Return the positions of paths, and their targets, a row each."""
    found: list[Spec] = []
    for row in chosen(rows):
        kept = of(row, page.entrants)
        last = len(row.path) - 1
        for place, at in enumerate(row.path):
            what = "start" if place == 0 else "end" if place == last else "way"
            found.append(kept | {"turn": row.way[place].turn, "what": what} | _placed(at))
        found.append(kept | {"turn": -1, "what": "target"} | _placed(row.target))
    return found


def _placed(at: Sequence[float]) -> Spec:
    return {f"d{place}": round(x, 4) for place, x in enumerate(at)}


def _projection(page: Page, a: int, b: int) -> Spec:
    x, y = (
        {"field": f"d{i}", "type": "quantitative", "title": page.dimensions[i], "scale": {"zero": False}}
        for i in (a, b)
    )
    both: Spec = {"x": x, "y": y}
    tip = tips(("entrant", "who"), ("ending", "ended"), ("turn", "turn"), (f"d{a}", "x"), (f"d{b}", "y"))

    def only(what: str, mark: Spec, **more: object) -> Spec:
        return {"transform": [{"filter": what}], "mark": mark, "encoding": both | {"color": colour(page), **more}}

    line: Spec = {"order": {"field": "turn"}, "detail": {"field": "episode"}}
    dash = success("strokeDash") | {"legend": None}
    ring: Spec = {
        "type": "point",
        "shape": "circle",
        "size": 320,
        "strokeWidth": 2,
        "filled": False,
        "color": GREY,
    }
    return {
        "width": 230,
        "height": 210,
        "layer": [
            only(
                "datum.what != 'target'", {"type": "line", "strokeWidth": 1.6, "opacity": 0.8}, strokeDash=dash, **line
            ),
            {"transform": [{"filter": "datum.what == 'target'"}], "mark": ring, "encoding": both},
            only("datum.what == 'start'", {"type": "point", "shape": "triangle-up", "filled": True, "size": 60}),
            only(
                "datum.what == 'end'",
                {"type": "point", "size": 60, "strokeWidth": 2, "opacity": 1},
                shape=success("shape"),
                tooltip=tip,
            ),
        ],
    }
