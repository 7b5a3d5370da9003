"""``empa correlate``: score rated conversations and print how far the scores agree with the ratings."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import typer
from rich.console import RenderableType

from empa_graph.cli.display import console, literal
from empa_graph.cli.listing import coefficient, fields, listed
from empa_graph.cli.plain import one_line
from empa_graph.cli.scored_ratings import Asked, exit_for, scored_ratings
from empa_graph.report.lines import AS_MEASURED, COLUMNS
from empa_graph.report.text import many
from empa_graph.scoring.raters import Ceiling
from empa_graph.study.correlate.agreement import Agreement, Curve, Gaming, leading
from empa_graph.study.correlate.correlated import Correlated, correlated
from empa_graph.study.correlate.plot import agreement_figure, check_plot, save
from empa_graph.study.correlate.scored import ScoredRatings

_HEADINGS = ("metric", "n", "Pearson", "Spearman", "given length", "left out")
_CAPTION = (
    "95% intervals over groups (conversations, or the field group): Fisher's z below 15, else bootstrap; given length: "
    "Pearson with the words per reply held constant"
)


def correlate_file(
    asked: Asked,
    *,
    ratings: Sequence[str] = (),
    gaming: int | None = None,
    out: Path | None = None,
    as_json: bool = False,
) -> None:
    """Print the agreement of every metric with every rating of the file; exit 1 when too many had no score.

    Raises UsageError, ContentError, MissingExtraError.
    """
    if out is not None:
        check_plot(out)
    found = correlated(scored_ratings(asked, gaming=gaming), metrics=asked.metrics, names=ratings, seed=asked.seed)
    if out is not None:
        rated = many(sum(one.given for one in found.scored.rated), "rated row")
        title = f"{found.scored.evaluator}, rubric {found.scored.rubric}, {rated}"
        save(agreement_figure(found.agreements, _led(found), found.ceilings, title), out)
    if as_json:
        typer.echo(json.dumps(_fields(found), indent=2))
    else:
        for part in shown(found, width=console.width):
            console.print(part)
    exit_for(found.scored, asked.config)


def _led(found: Correlated) -> list[Curve]:
    """Return the tenths of the score alone."""
    return [curve for curve in found.curves if curve.metric == found.score]


def _fields(found: Correlated) -> dict[str, Any]:
    scored = found.scored
    return {
        "evaluator": scored.evaluator,
        "rubric": scored.rubric,
        "stands_on": scored.stands_on,
        "rows": len(scored.pairs),
        "scored": sum(row.unscored is None for row in scored.rows),
        "unscored": scored.unscored,
        "scored_before": scored.again,
        "skipped": [{"line": fault.line, "why": fault.why} for fault in scored.unusable],
        "raters": {name: fields(one) for name, one in found.ceilings.items()},
        "agreement": [_agreement_fields(one) for one in found.agreements],
        "constant": list(found.constant),
        "calibration": [fields(curve) for curve in found.curves],
        "gaming": [_gaming_fields(one) for one in found.gaming],
    }


def _agreement_fields(one: Agreement) -> dict[str, Any]:
    return {"metric": one.metric, "rating": one.rating, **fields(one.found), "left_out": one.left_out}


def _gaming_fields(one: Gaming) -> dict[str, Any]:
    ends = one.beats.interval
    beats = {"value": one.beats.mean, "low": ends.low if ends else None, "high": ends.high if ends else None}
    return {**fields(one), "beats": beats}


def shown(found: Correlated, *, width: int) -> Iterator[RenderableType]:
    """Yield all of it for ``width`` columns."""
    scored = found.scored
    before = f", {many(scored.again, 'row')} scored before" if scored.again else ""
    yield literal(f"{scored.evaluator}, rubric {scored.rubric}: {_counted(scored)}{before}")
    for cause, count in scored.unscored.items():
        yield literal(one_line(f"{count} without a score: {cause}"), "yellow")
    for rating in found.ratings:
        own = [one for one in found.agreements if one.rating == rating]
        yield from listed(
            _HEADINGS, [_cells(one) for one in own], width=width, numbers=_HEADINGS[1:5], title=one_line(rating)
        )
        yield literal(_raters(found.ceilings[rating]))
        yield literal("")
    yield literal(_CAPTION, "dim")
    if any(name in COLUMNS for name in found.metrics):
        yield literal(AS_MEASURED, "dim")
    if found.constant:
        yield literal(f"the same number in every row: {', '.join(found.constant)}", "dim")
    yield from _tenths(_led(found), width)
    yield from _gaming_rows(found, width)


def _counted(scored: ScoredRatings) -> str:
    """Say how many rows are scored, and how many nobody rated."""
    counted, unrated = sum(row.unscored is None for row in scored.rows), sum(not one.given for one in scored.rated)
    if unrated:
        return f"{counted} of {len(scored.pairs)} rows scored, {unrated} without a rating"
    return f"{counted} of {len(scored.pairs)} rated rows scored"


def _cells(one: Agreement) -> tuple[str, ...]:
    left = ", ".join(f"{count} {cause}" for cause, count in one.left_out.items())
    if one.found.reason:
        return (
            one.metric,
            str(one.found.n),
            "-",
            "-",
            "-",
            one_line("; ".join(filter(None, [one.found.reason, left]))),
        )
    found = (one.found.pearson, one.found.spearman, one.found.partial)
    return (one.metric, str(one.found.n), *map(coefficient, found), one_line(left))


def _raters(found: Ceiling) -> str:
    if found.pearson is None:
        return f"raters: {found.reason}"
    alpha = "-" if found.alpha is None else f"{found.alpha:.2f}"
    why = f" ({found.reason})" if found.reason else ""
    return (
        f"raters, {many(found.n, 'row')} with two or more: one against the mean of the others Pearson "
        f"{coefficient(found.pearson)}, Spearman {coefficient(found.spearman)}; Krippendorff's alpha {alpha}{why}"
    )


def _tenths(found: Sequence[Curve], width: int) -> Iterator[RenderableType]:
    for curve in found:
        cells = [
            (f"{place}", f"{part.n}", f"{part.metric:.2f}", f"{part.rating:.2f}" + _bounds(part.low, part.high))
            for place, part in enumerate(curve.bins, start=1)
        ]
        title = f"{curve.metric} in {len(curve.bins)} parts beside {one_line(curve.rating)}"
        yield from listed(
            ("part", "n", curve.metric, "rating"), cells, width=width, numbers=("n", "rating"), title=title
        )


def _bounds(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f" [{low:.2f}, {high:.2f}]"


def _gaming_rows(found: Correlated, width: int) -> Iterator[RenderableType]:
    if not found.gaming:
        return
    score = found.score or leading(found.metrics)
    own = [one for one in found.gaming if one.metric == score]
    cells = [
        (
            one.control,
            str(one.n),
            f"{one.beats.mean:.0%}" + _shares(one),
            f"{one.ties:.0%}",
            f"{one.control_mean:.2f}",
            f"{one.rated_mean:.2f}",
        )
        for one in own
    ]
    headings = ("control", "n", "beats", "ties", "its mean", "mean of those rated")
    title = f"share of conversations in which a fixed control's replies have more {score} than those that were rated"
    yield from listed(headings, cells, width=width, numbers=headings[1:], title=title)


def _shares(one: Gaming) -> str:
    ends = one.beats.interval
    return f" [{ends.low:.0%}, {ends.high:.0%}]" if ends else ""
