"""Entrants by kind of episode, and against each other scenario by scenario."""

from __future__ import annotations

from empa_graph.report.page.records import Difference, Facet, Page
from empa_graph.report.pictures.palette import Spec
from empa_graph.report.pictures.parts import ROW, WORDS, colour, labels, named, shape, short, spec, tips
from empa_graph.report.pictures.standing import interval, means

ORDERS: dict[Facet, list[object]] = {
    "context": ["casual", "work", "crisis"],
    "need": ["cognitive", "affective", "motivational"],
    "threshold": ["low", "medium", "high"],
}
_ASKED: dict[Facet, str] = {
    "persona": "person",
    "context": "context",
    "need": "the person's leading need",
    "threshold": "the person's threshold for comfort",
}


def profile(page: Page, facet: Facet, metric: str = "composite") -> Spec | None:
    """Return each entrant's mean of ``metric`` by a ``facet``; None where it is not known of any episode."""
    values = [
        interval(group.mean, page.entrants[group.entrant].label)
        | {"value": group.value, "episodes": group.episodes}
        | {"filter": {"entrant": str(group.entrant), facet: group.value}}
        for group in page.groups
        if (group.facet, group.metric) == (facet, metric)
    ]
    if not values:
        return None
    rows = len({value["value"] for value in values}) * len({value["entrant"] for value in values})
    return spec(
        values,
        f"Mean {WORDS.get(metric, metric)} with its 95% interval by {_ASKED[facet]}.",
        width="container",
        height=ROW * rows,
        encoding={
            "y": {"field": "value", "type": "nominal", "title": None, "sort": ORDERS.get(facet, "ascending")},
            "yOffset": {"field": "entrant", "type": "nominal", "sort": labels(page)},
            "color": colour(page),
        },
        layer=means(metric, page),
    )


def paired(page: Page, metric: str = "composite") -> Spec | None:
    """Return how entrants differ from the first in ``metric``, scenario by scenario; None without a second one."""
    found = [difference for difference in page.differences if difference.metric == metric]
    if not found:
        return None
    points: list[Spec] = [
        {
            "entrant": page.entrants[one.entrant].label,
            "name": name,
            "difference": difference,
            "episode": next((row.id for row in page.episodes if (row.entrant, row.name) == (one.entrant, name)), None),
        }
        for one in found
        for name, difference in one.by_scenario.items()
    ]
    x: Spec = {"type": "quantitative", "title": f"difference in {short(metric)}"}
    order = sorted(points, key=lambda point: -float(str(point["difference"])))
    sort = list(dict.fromkeys(point["name"] for point in order))
    legend: Spec = {"values": list(dict.fromkeys(point["entrant"] for point in points)), **named(page)}
    who = colour(page)
    tip = tips(("name", "what"), ("entrant", "who"), ("difference", "difference"))
    zero: Spec = {
        "data": {"values": [{"zero": 0}]},
        "mark": {"type": "rule"},
        "encoding": {"x": {"field": "zero", **x}},
    }
    each: Spec = {
        "mark": {"type": "point", "filled": True, "size": 60, "opacity": 1},
        "encoding": {
            "x": {"field": "difference", **x},
            "y": {"field": "name", "type": "nominal", "title": None, "sort": sort},
            "color": who | {"legend": legend},
            "shape": shape(page) | {"legend": legend},
            "tooltip": tip,
        },
    }
    return spec(
        points,
        f"What each scenario gains or loses against {page.entrants[found[0].baseline].label}; the line is no difference"
        f", the band the 95% interval of the mean.",
        width="container",
        height=ROW * len({point["name"] for point in points}),
        layer=[
            *(_band(one, page, x, who | {"legend": legend}) for one in found if one.contrast.low is not None),
            zero,
            each,
        ],
    )


def _band(found: Difference, page: Page, x: Spec, who: Spec) -> Spec:
    contrast = found.contrast
    row: Spec = {"low": contrast.low, "high": contrast.high, "entrant": page.entrants[found.entrant].label}
    return {
        "data": {"values": [row]},
        "mark": {"type": "rect", "opacity": 0.18},
        "encoding": {"x": {"field": "low", **x}, "x2": {"field": "high"}, "color": who},
    }
