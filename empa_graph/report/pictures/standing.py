"""Where entrants stand: means with intervals, distributions, scenario by scenario, the axes of support."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping

from empa_graph.models.script_finding import VOIDED
from empa_graph.report.page.records import Entrant, EpisodeRow, Page
from empa_graph.report.pictures.palette import Spec
from empa_graph.report.pictures.parts import (
    BOUNDS,
    GREY,
    ROW,
    WORDS,
    above,
    beside,
    colour,
    labels,
    of,
    row_of,
    shape,
    short,
    spec,
    spread,
    success,
    tips,
    value_axis,
)
from empa_graph.report.summary import Metric

_TRIO = ("composite", "progress", "support", "alignment_index", "impact_index", "stability_index")
MOST_ROWS = 60
"""Scenarios in one picture; of more, the highest and the lowest halves of so many are drawn."""
_EPMQ = ("epm_q", "epm_q_outcome", "epm_q_efficiency", "epm_q_stability")


def leaderboard(page: Page, metric: str = "composite") -> Spec | None:
    """Return each entrant's mean of ``metric`` with its interval; None where nobody has it."""
    values = [
        interval(mean, entrant.label) | {"filter": {"entrant": str(entrant.id)}}
        for entrant in page.entrants
        if (mean := mean_of(entrant, metric)) is not None
    ]
    if not values:
        return None
    return spec(
        values,
        f"Mean {WORDS.get(metric, metric)} of each entrant with its 95% interval.",
        width="container",
        height=row_of(page, ROW + 10) * len(values),
        encoding={"y": beside(page), "color": colour(page, legend=False)},
        layer=means(metric, page, legend=False),
    )


def mean_of(entrant: Entrant, metric: str) -> Metric | None:
    """Return the mean of a metric in the summary of an entrant; ``epm_q`` is EPM-Q as published."""
    if metric == "epm_q":
        return entrant.summary.epmq.get("published", {}).get("composite")
    return entrant.summary.metrics.get(metric)


def interval(mean: Metric, entrant: str) -> Spec:
    """Return a mean with its bounds; those that are not known are left out."""
    found: Spec = {"entrant": entrant, "mean": mean.mean}
    return found | ({} if mean.low is None else {"low": mean.low, "high": mean.high})


def means(metric: str, page: Page, *, legend: bool = True) -> list[object]:
    """Return the layers of a mean and its interval, over data as `interval` makes them."""
    shapes = shape(page) if legend else shape(page) | {"legend": None}
    bounds = tips(("entrant", "who"), ("mean", "mean"), ("low", "low"), ("high", "high"))
    return [
        {
            "transform": [{"filter": "isValid(datum.low)"}],
            "mark": {"type": "rule", "strokeWidth": 2, "clip": True},
            "encoding": {"x": value_axis(metric) | {"field": "low"}, "x2": {"field": "high"}},
        },
        {
            "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1},
            "encoding": {
                "x": value_axis(metric) | {"field": "mean"},
                "shape": shapes,
                "tooltip": bounds,
            },
        },
    ]


def distributions(page: Page) -> Spec | None:
    """Return every episode's trio, progress and support in parts of their range; None where nothing was scored."""
    about = "Composite, progress, support and trio of every episode, none that is provisional, in parts of their range."
    shares = {name: BOUNDS[name][1] for name in _TRIO}
    return _distributions(page, shares, about, {"scale": {"domain": [0, 1]}})


def epmq(page: Page) -> Spec | None:
    """Return every episode's EPM-Q as published, with its parts; None for other rubrics."""
    about = "EPM-Q of every episode, as published, with its three dimensions."
    found = _distributions(page, dict.fromkeys(_EPMQ, 1), about, {"scale": {"zero": False}})
    return found and found | {"resolve": {"scale": {"x": "independent"}}}


def _distributions(page: Page, ranges: Mapping[str, float], about: str, scale: Spec) -> Spec | None:
    """Return the points of every metric of ``ranges``, each in parts of its range."""
    values = [
        of(row, page.entrants) | {"metric": short(name), "value": value, "part": value / most, "spread": spread(row.id)}
        for row in page.episodes
        for name, most in ranges.items()
        if (value := row.counted(name)) is not None
    ]
    if not values:
        return None
    x: Spec = {"field": "part", "type": "quantitative", "title": None, **scale}
    points: Spec = {
        "mark": {"type": "point", "size": 28, "opacity": 0.75, "strokeWidth": 1.4},
        "encoding": {
            "yOffset": {"field": "spread", "type": "quantitative", "scale": {"domain": [-0.35, 1.35]}},
            "shape": success("shape"),
            "color": colour(page, legend=False),
            "tooltip": tips(("name", "what"), ("entrant", "who"), ("value", "value"), ("ending", "ended")),
        },
    }
    middle: Spec = {
        "mark": {"type": "tick", "thickness": 2, "size": 40, "color": GREY},
        "encoding": {"x": x | {"aggregate": "median"}},
    }
    return spec(
        values,
        f"{about} A stroke marks each median; what did not reach the target is a cross.",
        facet={"field": "metric", "type": "nominal", "title": None, "sort": [short(name) for name in ranges]},
        columns=3,
        spec={
            "width": 250,
            "height": {"step": row_of(page, 56)},
            "encoding": {"y": beside(page), "x": x},
            "layer": [points, middle],
        },
    )


def heatmap(page: Page, metric: str = "composite") -> Spec | None:
    """Return the mean of ``metric`` by scenario and entrant; what has no score is said so; None where nothing has."""
    cells: defaultdict[tuple[str, int], list[EpisodeRow]] = defaultdict(list)
    for row in page.episodes:
        cells[row.name, row.entrant].append(row)
    found = [_cell(rows, page, metric) for rows in cells.values()]
    order = _by_mean(found)
    if len(order) > MOST_ROWS:
        order = [*order[: MOST_ROWS // 2], *order[-MOST_ROWS // 2 :]]
    values = [cell for cell in found if cell["name"] in order]
    scored = [float(str(value["value"])) for value in values if "value" in value]
    if not scored:
        return None
    low, high = BOUNDS.get(metric, (min(scored), max(scored)))
    digits = ".0f" if metric in ("composite", "epm_q") else ".2f"
    tip = tips(("name", "what"), ("entrant", "who"), ("shown", WORDS.get(metric, metric)), ("episodes", "episodes"))
    title = WORDS.get(metric, metric)
    colours: Spec = {
        "field": "value",
        "type": "quantitative",
        "scale": {"scheme": "viridis", "domain": [low, high]},
        "title": title,
        "legend": {"gradientLength": 160},
    }
    return spec(
        values,
        f"Mean {title} by scenario (rows) and entrant (columns), the highest scenario first; of more than "
        f"{MOST_ROWS} scenarios the highest and the lowest.",
        width="container",
        height=ROW * len(order),
        transform=[
            {"calculate": f"isValid(datum.value) ? format(datum.value, '{digits}') : datum.none", "as": "shown"},
            {"calculate": f"isValid(datum.value) && datum.value < {low + 0.62 * (high - low)}", "as": "deep"},
        ],
        encoding={
            "x": above(page, len({cell["entrant"] for cell in values})),
            "y": {
                "field": "name",
                "type": "nominal",
                "title": None,
                "sort": order,
            },
        },
        layer=[
            {
                "transform": [{"filter": "isValid(datum.value)"}],
                "mark": {"type": "rect"},
                "encoding": {"color": colours, "tooltip": tip},
            },
            {
                "transform": [{"filter": "!isValid(datum.value)"}],
                "mark": {"type": "rect", "color": GREY, "opacity": 0.14},
                "encoding": {"tooltip": tip},
            },
            {
                "mark": {"type": "text", "fontSize": 11},
                "encoding": {
                    "text": {"field": "shown"},
                    "color": {
                        "condition": [
                            {"test": "datum.deep", "value": "#ffffff"},
                            {"test": "isValid(datum.value)", "value": "#10161c"},
                        ],
                        "value": GREY,
                    },
                    "tooltip": tip,
                },
            },
        ],
    )


def _by_mean(cells: list[Spec]) -> list[object]:
    """Return the names of the rows, the highest mean first, those without a value last."""
    found: defaultdict[object, list[float]] = defaultdict(list)
    for cell in cells:
        found[cell["name"]] += [float(str(cell["value"]))] if "value" in cell else []
    return sorted(found, key=lambda name: -sum(found[name]) / len(found[name]) if found[name] else math.inf)


def _cell(rows: list[EpisodeRow], page: Page, metric: str) -> Spec:
    found = [value for row in rows if (value := row.counted(metric)) is not None]
    kept: Spec = {
        "episode": rows[0].id,
        "name": rows[0].name,
        "entrant": page.entrants[rows[0].entrant].label,
        "episodes": len(rows),
    }
    if found:
        return kept | {"value": sum(found) / len(found)}
    void = page.entrants[rows[0].entrant].void and metric in VOIDED
    provisional = any(metric in row.provisional for row in rows)
    return kept | {"none": "void" if void else "provisional" if provisional else "none"}


def axes(page: Page) -> Spec | None:
    """Return the mean code of each axis of support by entrant; None where no support was coded."""
    values = [
        interval(mean, entrant.label) | {"axis": axis.replace("_", " "), "filter": {"entrant": str(entrant.id)}}
        for entrant in page.entrants
        for axis, mean in entrant.axes.items()
    ]
    if not values:
        return None
    order = list(dict.fromkeys(value["axis"] for value in values))
    return spec(
        values,
        "What the replies do: the mean code of six behaviours; the last three count against support.",
        width="container",
        height=ROW * len(values),
        encoding={
            "y": {"field": "axis", "type": "nominal", "title": None, "sort": order},
            "yOffset": {"field": "entrant", "type": "nominal", "sort": labels(page)},
            "color": colour(page),
        },
        layer=means("code", page),
    )
