"""``empa calibrate``: fit weights to a rating, correct an evaluator's means by it, and write the calibration file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import typer
from rich.console import RenderableType

from empa_graph.cli.display import console, literal
from empa_graph.cli.listing import coefficient, listed
from empa_graph.cli.plain import one_line
from empa_graph.cli.scored_ratings import Asked, exit_for, scored_ratings
from empa_graph.errors import NotFoundError, UsageError
from empa_graph.models.calibration import Calibration, Fitted
from empa_graph.report.export import fresh, replaceable
from empa_graph.report.text import many
from empa_graph.scoring.correction import FEWEST_LABELLED
from empa_graph.study.calibration import by_default, calibrated
from empa_graph.study.correlate.agreement import leading, metric_names, rating_names
from empa_graph.study.correlate.rated import LARGEST_RATING, WITHIN
from empa_graph.study.correlate.scored import ScoredRatings


def calibrate_file(
    asked: Asked,
    *,
    rating: str,
    out: Path,
    by_hand: str | None = None,
    scale: str | None = None,
    force: bool = False,
    as_json: bool = False,
) -> None:
    """Write the calibration of the file's ``rating`` to ``out``; exit 1 when too many lines had no score.

    Raises UsageError, ContentError.
    """
    ends = None if scale is None else two_ends(scale)
    _check_writable(out, asked, force=force)
    scored = scored_ratings(asked)
    known = rating_names(scored.rated)
    if rating not in known:
        raise NotFoundError("rating", one_line(rating), map(one_line, known), where="--rating")
    found = calibrated(
        scored.pairs,
        rating,
        features(scored, asked),
        by_hand=hand(scored, by_hand),
        scale=ends,
        stands_on=scored.stands_on,
        seed=asked.seed,
    )
    _refuse_empty(found)
    text = found.model_dump_json(indent=2)
    with fresh(out, force=force) as file:
        file.write(text.encode() + b"\n")
    if as_json:
        typer.echo(text)
    for part in () if as_json else (*shown(found, width=console.width), literal(f"written to {out}")):
        console.print(part)
    exit_for(scored, asked.config)


def _refuse_empty(found: Calibration) -> None:
    """Raise UsageError where a file would hold neither weights nor a corrected mean."""
    if found.fitted is None and not found.corrections:
        needed = f"at least {FEWEST_LABELLED} groups of rated rows with a score that varies are needed"
        raise UsageError(
            f"rating '{one_line(found.rating)}': no weights ({one_line(found.unfitted or '')}) and no corrected mean "
            f"({needed}); nothing is written"
        )


def two_ends(scale: str) -> tuple[float, float]:
    """Return the ends that ``--scale`` names. Raises UsageError."""
    try:
        low, high = (float(part) for part in scale.split(","))
    except ValueError:
        raise UsageError(f"--scale is '{scale[:60]}', allowed are two numbers such as 1,5") from None
    if not all(abs(end) <= LARGEST_RATING for end in (low, high)):
        raise UsageError(f"--scale is {low:g},{high:g}, allowed are two finite numbers {WITHIN}")
    if not low < high:
        raise UsageError(f"--scale is {low:g},{high:g}, allowed is the lower end first")
    return low, high


def _check_writable(out: Path, asked: Asked, *, force: bool) -> None:
    """Find out before anything is scored that the file can be written. Raises UsageError."""
    replaceable(out, force=force)
    if any(other is not None and other.exists() and out.exists() and out.samefile(other) for other in asked[:1]):
        raise UsageError(f"{out}: holds the ratings; choose another --out")
    if not out.parent.is_dir():
        raise UsageError(f"{out}: cannot be written (no such folder)")


def features(scored: ScoredRatings, asked: Asked) -> tuple[str, ...]:
    """Return the metrics that are given a weight: those asked for, else the finest that there are."""
    return metric_names(scored.rows, asked.metrics) if asked.metrics else by_default(scored.rows)


def hand(scored: ScoredRatings, by_hand: str | None) -> str:
    """Return the metric whose weights were set by hand, by default the score."""
    names = metric_names(scored.rows, ())
    if by_hand is None:
        return leading(names) if names else ""
    return metric_names(scored.rows, (by_hand,), where="--by-hand")[0]


def shown(found: Calibration, *, width: int) -> Iterator[RenderableType]:
    """Yield what a calibration says, for ``width`` columns."""
    if found.fitted is None:
        yield literal(one_line(f"no weights: {found.unfitted}"), "yellow")
    else:
        yield from _weights(found.fitted, one_line(found.rating), width)
    low, high = found.scale
    cells = [
        (name, str(one.rows), str(one.n), coefficient(one.judged), coefficient(one.corrected), coefficient(one.people))
        for name, one in found.corrections.items()
    ]
    headings = ("metric", "rows", "labelled groups", "evaluator's mean", "corrected", "labels alone")
    title = f"means corrected by {one_line(found.rating)}, whose {low:g} to {high:g} are laid on the metric's ends"
    yield from listed(headings, cells, width=width, numbers=headings[1:], title=title)


def _weights(fitted: Fitted, rating: str, width: int) -> Iterator[RenderableType]:
    ordered = sorted(fitted.weights.items(), key=lambda pair: -abs(pair[1].weight))
    cells = [(name, f"{one.weight:+.3f}", f"{one.mean:.3f}", f"{one.scale:.3f}") for name, one in ordered]
    title = f"weights for {rating} per standard deviation, {many(fitted.n, 'row')}, {many(fitted.groups, 'group')}"
    yield from listed(
        ("metric", "weight", "mean", "sd"), cells, width=width, numbers=("weight", "mean", "sd"), title=title
    )
    own = ("fitted, unseen groups", coefficient(fitted.pearson), coefficient(fitted.spearman), "", "")
    rows = [own] + [
        (one.over, *map(coefficient, (one.pearson, one.spearman, one.pearson_gain, one.spearman_gain)))
        for one in fitted.gains
    ]
    headings = ("", "Pearson", "Spearman", "gain in Pearson", "gain in Spearman")
    yield from listed(headings, rows, width=width, numbers=headings[1:], title="what the weights gain [95% interval]")
