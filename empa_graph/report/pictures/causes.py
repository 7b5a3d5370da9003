"""What a run cost, and what went wrong by whose fault."""

from __future__ import annotations

from empa_graph.report.page.records import Page
from empa_graph.report.pictures.palette import Spec
from empa_graph.report.pictures.parts import ROW, colour, labels, spec, tips

FAULTY = {
    "empathic": "agent under test",
    "persona": "simulated person",
    "evaluator": "evaluator",
    "provider": "model service",
    "us": "this program",
    "unknown": "not known",
}
"""Whose fault it is, in words."""


def cost(page: Page) -> Spec | None:
    """Return tokens, cost and seconds by role; None where no model was asked."""
    values: list[Spec] = []
    for row in page.costs:
        label = "all" if row.entrant is None else page.entrants[row.entrant].label
        measures = {
            "tokens in": row.tokens_in,
            "tokens out": row.tokens_out,
            "US dollars": row.cost,
            "median seconds": row.seconds.get("median"),
        }
        values += [
            {"entrant": label, "role": row.role, "model": row.model, "measure": name, "value": value}
            | ({} if row.entrant is None else {"filter": {"entrant": str(row.entrant)}})
            for name, value in measures.items()
            if value
        ]
    if not values:
        return None
    tip = tips(("entrant", "who"), ("role", "role"), ("model", "model"), ("value", "value"))
    return spec(
        values,
        "Tokens, cost and latency by role. Cost is a lower bound where a price is not known.",
        facet={"field": "measure", "type": "nominal", "title": None, "sort": ["tokens in", "tokens out", "US dollars"]},
        columns=2,
        spec={
            "width": 250,
            "height": {"step": ROW},
            "mark": {"type": "bar"},
            "encoding": {
                "x": {
                    "field": "value",
                    "type": "quantitative",
                    "title": None,
                    "axis": {"format": "~s", "tickCount": 5},
                },
                "y": {"field": "role", "type": "nominal", "title": None},
                "yOffset": {"field": "entrant", "type": "nominal", "sort": labels(page)},
                "color": colour(page),
                "tooltip": tip,
            },
        },
        resolve={"scale": {"x": "independent"}},
    )


WHOLE = {"tickMinStep": 1, "format": "d"}
"""The axis of what is counted."""


def failures(page: Page) -> Spec | None:
    """Return what went wrong by cause and by whose fault; None where nothing did."""
    values = [
        {
            "kind": fault.kind.replace("_", " "),
            "entrant": page.entrants[fault.entrant].label,
            "blame": FAULTY[fault.blame],
            "count": fault.count,
            "what": "episodes without a score" if fault.ends else "turns, and the episode went on",
            "detail": fault.detail,
        }
        | ({} if fault.episode is None else {"episode": fault.episode})
        for fault in page.faults
    ]
    if not values:
        return None
    tip = tips(
        ("kind", "cause"), ("blame", "whose fault"), ("entrant", "who"), ("count", "count"), ("detail", "such as")
    )
    return spec(
        values,
        "Failures by cause and by whose fault: those that left episodes without a score, and those that did not.",
        facet={"field": "what", "type": "nominal", "title": None},
        columns=2,
        spec={
            "width": 260,
            "height": {"step": ROW},
            "encoding": {
                "y": {"field": "kind", "type": "nominal", "title": None, "sort": "-x"},
                "x": {"field": "count", "type": "quantitative", "title": None, "aggregate": "sum", "axis": WHOLE},
                "tooltip": tip,
            },
            "layer": [
                {
                    "mark": {"type": "bar"},
                    "encoding": {
                        "color": {"field": "blame", "type": "nominal", "title": "whose fault"},
                        "detail": {"field": "episode"},
                    },
                }
            ],
        },
        resolve={"scale": {"y": "independent"}},
    )
