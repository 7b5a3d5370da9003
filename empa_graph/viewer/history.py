"""Runs over time: each metric of every agent and variant, at the time and commit of its run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from empa_graph.report.lines import BESIDE, COLUMNS
from empa_graph.report.pictures.palette import Spec
from empa_graph.report.pictures.parts import WORDS, spec, tips, value_axis
from empa_graph.viewer.run_lines import RunLine, Standing

DRAWN = ("composite", *BESIDE, *(name for name in COLUMNS if name != "composite"))
_HOURS, _DAYS = timedelta(hours=2), timedelta(days=4)
MOST_SERIES = 12
"""Pairs of agent and variant in one picture; more would not be told apart."""


def history(lines: Sequence[RunLine]) -> dict[str, Spec]:
    """Return a picture for each metric that at least one of ``lines`` has."""
    kept = _series(lines)
    found = {metric: [point for line in lines for point in _points(line, metric, kept)] for metric in DRAWN}
    return {metric: _picture(metric, points) for metric, points in found.items() if points}


def _series(lines: Iterable[RunLine]) -> list[str]:
    """Return the names of agents and variants that are drawn, those of the newest runs."""
    every = (_named(line, standing) for line in lines for standing in line.standings)
    return list(dict.fromkeys(every))[:MOST_SERIES]


def _named(line: RunLine, standing: Standing) -> str:
    return f"{line.agent}, {standing.variant}"


def _points(line: RunLine, metric: str, kept: Sequence[str]) -> Iterable[Spec]:
    for standing in line.standings:
        mean = standing.metrics.get(metric)
        if mean is None or _named(line, standing) not in kept:
            continue
        bounds = {} if mean.low is None else {"low": mean.low, "high": mean.high}
        yield {
            "agent and variant": _named(line, standing),
            "created": line.created,
            "mean": mean.mean,
            **bounds,
            "commit": line.commit or "none",
            "judged by": line.evaluator,
            "run": line.name,
            "filter": {"key": line.key},
        }


def _picture(metric: str, points: Sequence[Spec]) -> Spec:
    names = list(dict.fromkeys(point["agent and variant"] for point in points))
    series: Spec = {"field": "agent and variant", "type": "nominal", "title": None, "scale": {"domain": names}}
    unnamed: Spec = series | {"legend": None}
    time: Spec = {
        "field": "created",
        "type": "temporal",
        "title": "when the run was made (UTC)",
        "scale": {"type": "utc", "padding": 16},
        "axis": {"format": _format(points), "labelOverlap": True, "tickCount": 6},
    }
    told = tips(*((name, name) for name in ("agent and variant", "mean", "low", "high", "commit", "judged by", "run")))
    axis = value_axis(metric)
    return spec(
        points,
        f"{WORDS.get(metric, metric)} of each run at its time, with 95% intervals.",
        width="container",
        height=260,
        encoding={"x": time},
        # Else the colours of the legend would be those of no layer: it names colour and shape together.
        resolve={"scale": {"color": "independent", "shape": "independent"}},
        layer=[
            {
                "mark": {"type": "line", "opacity": 0.4},
                "encoding": {"y": axis | {"field": "mean"}, "color": unnamed},
            },
            {
                "transform": [{"filter": "isValid(datum.low)"}],
                "mark": {"type": "rule", "strokeWidth": 2, "opacity": 0.7},
                "encoding": {"y": axis | {"field": "low"}, "y2": {"field": "high"}, "color": unnamed},
            },
            {
                "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1},
                "encoding": {
                    "y": axis | {"field": "mean"},
                    "shape": series,
                    "color": series,
                    "tooltip": told,
                },
            },
        ],
    )


def _format(points: Sequence[Spec]) -> str:
    """Return how times are written, as finely as the span of the runs asks for."""
    times = sorted(datetime.fromisoformat(str(point["created"])) for point in points)
    span = times[-1] - times[0]
    return "%H:%M:%S" if span < _HOURS else "%d %b %H:%M" if span < _DAYS else "%d %b %Y"
