"""``empa calibrate --update`` and ``--check``: the next version of a calibration, and whether its anchors hold."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import typer
from rich.console import RenderableType

from empa_graph.cli.calibrate_command import features, hand, shown, two_ends
from empa_graph.cli.display import console, literal
from empa_graph.cli.listing import coefficient, listed
from empa_graph.cli.plain import one_line
from empa_graph.cli.scored_ratings import Asked, exit_for, scored_ratings
from empa_graph.distill.rated import is_marked, markers_of
from empa_graph.errors import NotFoundError, UsageError
from empa_graph.models.calibration import Calibration
from empa_graph.models.calibration_named import Drift
from empa_graph.models.calibration_version import Source, Version
from empa_graph.report.text import many
from empa_graph.run.calibration import UNIT
from empa_graph.run.calibration_history import Kept, add_version, chosen, history, standing, version_named
from empa_graph.run.config import resolved_rubric
from empa_graph.run.home import opened
from empa_graph.run.identity import first_change, stands_on
from empa_graph.store.annotations import Annotations
from empa_graph.study.calibration_drift import drifts
from empa_graph.study.calibration_update import Plan, label_key, new_labels, next_version
from empa_graph.study.correlate.agreement import rating_names
from empa_graph.study.correlate.rated_run import raters_of
from empa_graph.study.correlate.scored import ScoredRatings

EXIT_UNDECIDED = 4
EXIT_DRIFTED = 100
_COLOURS = {"held": "green", "drifted": "red", "undecided": "yellow"}
_SOURCES = {
    "ratings": "a file of ratings",
    "run": "ratings of a run",
    "annotations": "marks of people",
    "outcomes": "answers given live",
}
_DRIFT = ("score", "anchors", "missing", "moved", "largest", "bound", "verdict")


def update_history(
    asked: Asked,
    file: Path,
    *,
    rating: str | None,
    by_hand: str | None = None,
    scale: str | None = None,
    as_json: bool = False,
) -> None:
    """Add a version with the new labels to ``file``, or begin it; nothing is written where nothing is new.

    Raises UsageError, ContentError.
    """
    before = history(file) if file.exists() and file.stat().st_size else []
    if before:
        _refuse_other(before[-1].version, asked, file, rating, by_hand, scale)
    else:
        _check_begin(file, rating, scale)
    scored = scored_ratings(asked)
    plan = _continued(before[-1].version) if before else _begun(scored, asked, rating or "", by_hand, scale or "")
    if plan.rating not in (known := rating_names(scored.rated)):
        raise NotFoundError("rating", one_line(plan.rating), map(one_line, known), where="--rating")
    new = new_labels(scored.pairs, plan, standing(before))
    if new.labels:
        by, now = _raters(asked.file, plan.rating), datetime.now(UTC).isoformat(timespec="seconds")
        made = next_version(before, new, plan, by=by, source=_source(asked), created=now)
        _tell(add_version(file, made), new.known, file, as_json=as_json)
    else:
        typer.echo(
            f"empa: no new label among {many(len(scored.pairs), 'row')}, {new.known} are known; nothing added", err=True
        )
    exit_for(scored, asked.config)


def _check_begin(file: Path, rating: str | None, scale: str | None) -> None:
    """Raise UsageError where a file of versions cannot begin."""
    if rating is None or scale is None:
        raise UsageError(f"{file}: begins here, which takes --rating NAME and --scale LOW,HIGH, the ends of the rating")
    two_ends(scale)
    if not file.parent.is_dir():
        raise UsageError(f"{file}: cannot be written (no such folder)")


def _tell(kept: Kept, known: int, file: Path, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(_fields(kept), indent=2))
    for part in () if as_json else _shown(kept, known, file):
        console.print(part)


def _refuse_other(
    last: Version, asked: Asked, file: Path, rating: str | None, by_hand: str | None, scale: str | None
) -> None:
    """Raise UsageError before anything is judged where the history is of something else than what was typed."""
    held = last.calibration
    if rating not in (None, held.rating):
        raise UsageError(f"--rating {one_line(rating or '')}: {file} is of '{one_line(held.rating)}'")
    if scale is not None and two_ends(scale) != held.scale:
        raise UsageError(f"--scale {scale[:60]}: {file} has {held.scale[0]:g},{held.scale[1]:g}")
    if asked.metric is not None or by_hand is not None:
        raise UsageError(f"{'--metric' if asked.metric else '--by-hand'}: {file} goes on with those of its version 1")
    if (change := _change(asked, held)) is not None:
        raise UsageError(f"{file}: made for something else: {change}; begin another file of versions")


def _change(asked: Asked, held: Calibration) -> str | None:
    now = stands_on(asked.config.evaluator, resolved_rubric(asked.config))
    return first_change({name: value for name, value in held.stands_on.items() if name != UNIT}, now)


def _continued(last: Version) -> Plan:
    held = last.calibration
    stands = {name: value for name, value in held.stands_on.items() if name != UNIT}
    return Plan(held.rating, held.scale, last.metrics, last.by_hand, stands, last.seed)


def _begun(scored: ScoredRatings, asked: Asked, rating: str, by_hand: str | None, scale: str) -> Plan:
    ends = two_ends(scale)
    return Plan(rating, ends, features(scored, asked), hand(scored, by_hand), scored.stands_on, asked.seed)


def _source(asked: Asked) -> Source:
    """Return what kind of thing the labels come from."""
    if asked.outcomes is not None:
        return "outcomes"
    file = asked.file
    return "ratings" if not file.is_dir() else "annotations" if is_marked(file) else "run"


def _raters(file: Path, rating: str) -> tuple[str, ...]:
    """Return who rated a run in the viewer or marked a folder; a file of ratings names nobody."""
    if not file.is_dir():
        return ()
    if is_marked(file):
        return markers_of(file, rating)
    with opened(file) as store:
        annotations = Annotations.beside(file, store.run.id)
        try:
            return raters_of(annotations, rating)
        finally:
            annotations.close()


def _fields(kept: Kept) -> dict[str, object]:
    """Return a version without its labels."""
    return {"sha256": kept.sha256, **kept.version.model_dump(mode="json", exclude={"labels"})}


def _shown(kept: Kept, known: int, file: Path) -> Iterator[RenderableType]:
    made = kept.version
    added = made.added
    by = f" by {', '.join(map(one_line, added.by))}" if added.by else ""
    by += f", from {_SOURCES[added.source]}" if added.source else ""
    yield literal(
        f"version {kept.name}: {added.new} new labels, {added.changed} changed, {known} known before, "
        f"{many(added.unlabelled, 'row')} without the rating; at most {many(added.raters, 'rater')} a label{by}"
    )
    learned = made.learned
    if learned.after is not None:
        yield literal(
            f"on {many(learned.n, 'label')} in {many(learned.groups, 'group')}, each foretold without its group: "
            f"Pearson {coefficient(learned.before)} before, {coefficient(learned.after)} after, "
            f"gain {coefficient(learned.gain)}"
        )
    if learned.gain is not None and (learned.gain.low is None or learned.gain.low <= 0.0):
        yield literal("not shown to be better than the version before", "yellow")
    if learned.why:
        yield literal(f"not compared with a version before: {learned.why}", "yellow")
    cells = [(name, _weight(one.before), _weight(one.after)) for name, one in made.moved.items()]
    headings = ("metric", "before", "after")
    if cells:
        yield from listed(headings, cells, width=console.width, numbers=headings[1:], title="weights that changed")
    yield from shown(made.calibration, width=console.width)
    yield literal(f"added to {file}; name it {file}@{made.number}")


def _weight(found: float | None) -> str:
    return "-" if found is None else f"{found:+.3f}"


def check_anchors(asked: Asked, named: Path, *, bound: float, as_json: bool = False) -> None:
    """Judge the anchors of a version again; exit 100 where a score drifted, 4 where that cannot be decided.

    Raises UsageError, ContentError.
    """
    if asked.out_rows is not None:
        raise UsageError("--out-rows: anchors are judged again each time; leave it out")
    file, number = version_named(named)
    kept = chosen(file, number)
    anchors = kept.version.anchors
    change = _change(asked, kept.version.calibration)
    scored = scored_ratings(asked._replace(only=lambda rated: label_key(rated) in anchors))
    found = drifts(anchors, scored.pairs, bound=bound)
    if as_json:
        rows = [one.model_dump() for one in found]
        typer.echo(json.dumps({"version": kept.name, "made_for_something_else": change, "drift": rows}, indent=2))
    for part in () if as_json else _drift_shown(kept, change, found):
        console.print(part)
    verdicts = {one.verdict for one in found}
    if verdicts - {"held"} or not found:
        raise typer.Exit(EXIT_DRIFTED if "drifted" in verdicts else EXIT_UNDECIDED)


def _drift_shown(kept: Kept, change: str | None, found: Sequence[Drift]) -> Iterator[RenderableType]:
    if change is not None:
        yield literal(one_line(f"version {kept.name} was made for something else: {change}"), "yellow")
    cells = [
        (
            one.metric,
            str(one.n),
            str(one.missing),
            coefficient(one.moved),
            "-" if one.largest is None else f"{one.largest:.2f}",
            f"{one.bound:.2f}",
            one.verdict,
        )
        for one in found
    ]
    title = f"anchors of version {kept.name}, judged again: now less then [95% interval]"
    yield from listed(_DRIFT, cells, width=console.width, numbers=_DRIFT[1:6], title=title)
    for one in found:
        yield literal(f"{one.metric}: {one.verdict}", _COLOURS[one.verdict])
