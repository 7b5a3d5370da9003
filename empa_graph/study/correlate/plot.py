"""The agreement of a metric with ratings as a picture (needs the ``report`` extra)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from empa_graph.errors import MissingExtraError, UsageError, writing
from empa_graph.report.text import one_line
from empa_graph.scoring.correlation import Correlation
from empa_graph.scoring.raters import Ceiling
from empa_graph.study.correlate.agreement import Agreement, Curve

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SUFFIXES = (".svg", ".png")
MOST_ROWS = 8
"""Ratings that are drawn."""
MOST_METRICS = 20
_LONGEST = 40


def check_plot(path: Path) -> None:
    """Raise UsageError for a file of another kind than `SUFFIXES`, MissingExtraError without matplotlib."""
    if path.suffix not in SUFFIXES:
        raise UsageError(f"--out: '{path.name[:200]}' is no {' or '.join(SUFFIXES)} file")
    _figure_class()


def _figure_class() -> type[Figure]:
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtraError("plots need matplotlib: pip install 'empa-graph[report]'") from None
    return Figure


def agreement_figure(
    agreements: Sequence[Agreement], curves: Sequence[Curve], ceilings: Mapping[str, Ceiling], title: str
) -> Figure:
    """Draw a row per rating: the metrics' rank correlations with the raters' own, and the tenths of one metric.

    Raises MissingExtraError without matplotlib.
    """
    ratings = list(dict.fromkeys(one.rating for one in agreements))[:MOST_ROWS]
    count = min(MOST_METRICS, max((sum(a.rating == r for a in agreements) for r in ratings), default=1))
    height = 1.6 + max(2.0, 0.28 * count)
    figure = _figure_class()(figsize=(10, height * max(1, len(ratings))), layout="constrained")
    figure.suptitle(_shown(title, 100))
    grid = figure.subplots(max(1, len(ratings)), 2, squeeze=False)
    for (bars, tenths), rating in zip(grid, ratings, strict=False):
        _coefficients(bars, [one for one in agreements if one.rating == rating][:MOST_METRICS], ceilings.get(rating))
        bars.set_title(_shown(rating), fontsize="medium")
        _tenths(tenths, [curve for curve in curves if curve.rating == rating][:3])
    return figure


def save(figure: Figure, path: Path) -> None:
    """Write ``figure``, the same bytes for the same figure. Raises UsageError."""
    import matplotlib

    metadata = {"Date": None} if path.suffix == ".svg" else None
    with writing(path), matplotlib.rc_context({"svg.hashsalt": "empa", "svg.fonttype": "none"}):
        figure.savefig(path, metadata=metadata)


def _coefficients(axes: Any, agreements: Sequence[Agreement], raters: Ceiling | None) -> None:
    for place, one in enumerate(reversed(agreements)):
        if one.found.spearman is not None:
            _bar(axes, one.found.spearman, place)
    axes.set_yticks(range(len(agreements)), [_shown(one.metric) for one in reversed(agreements)], fontsize="small")
    axes.axvline(0.0, color="0.6", lw=0.8)
    if raters is not None and raters.spearman is not None:
        axes.axvline(raters.spearman.value, color="tab:green", ls="--", lw=1.0, label="one rater, the others")
        axes.legend(fontsize="x-small", loc="upper left")
    axes.set_xlim(-1.02, 1.02)
    axes.set_xlabel("Spearman, 95% interval", fontsize="small")


def _bar(axes: Any, found: Correlation, place: int) -> None:
    if found.low is not None and found.high is not None:
        axes.plot([found.low, found.high], [place, place], color="tab:blue", lw=1.2)
    axes.plot([found.value], [place], "o", color="tab:blue", ms=4)


def _tenths(axes: Any, curves: Sequence[Curve]) -> None:
    for curve in curves:
        (line,) = axes.plot([b.metric for b in curve.bins], [b.rating for b in curve.bins], marker="o", ms=4)
        line.set_label(_shown(curve.metric))
        for part in curve.bins:
            if part.low is not None and part.high is not None:
                axes.plot([part.metric] * 2, [part.low, part.high], color=line.get_color(), lw=0.8, alpha=0.7)
    if curves:
        axes.legend(fontsize="x-small")
    axes.set_xlabel("metric, mean of each part", fontsize="small")
    axes.set_ylabel("rating, 95% interval", fontsize="small")


def _shown(text: str, longest: int = _LONGEST) -> str:
    """Return foreign ``text`` cut short, in one line, and with nothing that is read as a formula."""
    line = one_line(text)
    short = line if len(line) <= longest else f"{line[: longest - 3]}..."
    return short.replace("$", r"\$")
