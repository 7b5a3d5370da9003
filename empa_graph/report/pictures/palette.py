"""One palette for every picture, by Okabe and Ito, so that colour-blind readers tell it apart; shapes say it too."""

from __future__ import annotations

from typing import Literal

Mode = Literal["light", "dark"]
Spec = dict[str, object]
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif"
LONGEST = 480
"""Pixels of a name beside a picture; what is longer is cut."""
_SERIES: dict[Mode, list[object]] = {
    "light": ["#0072B2", "#C44E00", "#007A59", "#A3568A", "#7A6300", "#1F7FA8", "#444444"],
    "dark": ["#56B4E9", "#F0A030", "#35C79B", "#E6A0C8", "#F0E442", "#8AB8D8", "#CCCCCC"],
}
"""Of entrants, in their order; darker on light and lighter on dark paper than published, for a contrast of 3."""
_INK: dict[Mode, str] = {"light": "#1c2024", "dark": "#eceef0"}
_QUIET: dict[Mode, str] = {"light": "#5b636b", "dark": "#a9b1b9"}
_LINE: dict[Mode, str] = {"light": "#dfe3e6", "dark": "#363c42"}
_PAPER: dict[Mode, str] = {"light": "#ffffff", "dark": "#16191c"}
_SHAPES: list[object] = ["circle", "square", "triangle-up", "diamond", "triangle-down", "cross", "stroke"]


def config(mode: Mode = "light", *, font: str = FONT, legend_columns: int | None = None) -> Spec:
    """Return the configuration that every picture is drawn with on light or on dark paper.

    Names in a legend stand in one row, or in ``legend_columns``.
    """
    ink, quiet, line = _INK[mode], _QUIET[mode], _LINE[mode]
    return {
        "background": _PAPER[mode],
        "font": font,
        "padding": 4,
        "view": {"stroke": None},
        "axis": {
            "labelColor": quiet,
            "titleColor": quiet,
            "domainColor": line,
            "tickColor": line,
            "gridColor": line,
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "labelLimit": LONGEST,
            "tickCount": 6,
            "labelOverlap": True,
            "labelSeparation": 6,
        },
        "axisXDiscrete": {"labelAngle": 0},
        "header": {
            "labelColor": ink,
            "titleColor": ink,
            "labelFontSize": 13,
            "labelFontWeight": 600,
            "labelAnchor": "start",
        },
        "title": {"color": ink, "anchor": "start", "fontSize": 13, "fontWeight": 600},
        "legend": {
            "labelColor": ink,
            "titleColor": quiet,
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "orient": "top",
            "labelLimit": 0,
            "symbolStrokeWidth": 2,
            **({} if legend_columns is None else {"columns": legend_columns}),
        },
        "text": {"color": ink, "fontSize": 12},
        "rule": {"color": quiet},
        "mark": {"color": _SERIES[mode][0]},
        "range": {"category": [*_SERIES[mode]], "symbol": [*_SHAPES], "heatmap": {"scheme": "viridis"}},
    }
