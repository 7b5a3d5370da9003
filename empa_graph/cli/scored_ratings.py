"""What `empa correlate` and `empa calibrate` share: what was typed, progress said, and exit codes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import typer

from empa_graph.chats.pieces import Fault
from empa_graph.chats.reader import AS_IT_LOOKS, How
from empa_graph.cli import EXIT_RUN_ERROR, EXIT_SUSPENDED
from empa_graph.cli.left_out import refusals
from empa_graph.cli.plain import one_line
from empa_graph.cli.progress import SECONDS, SHARE
from empa_graph.distill.rated import is_marked, marked_ratings
from empa_graph.episode.score import check_profile
from empa_graph.models.config import Keys, RunConfig
from empa_graph.report.text import many
from empa_graph.study.correlate import scored
from empa_graph.study.correlate.rated import Rated, RatedFile
from empa_graph.study.correlate.scored import ScoredRatings, Stopped, Told, ratings_of
from empa_graph.study.outcomes.labels import labelled

NAMED = 5
"""Lines that cannot be used and are said; the others are counted."""


class Asked(NamedTuple):
    """What was typed of both commands."""

    file: Path
    config: RunConfig
    keys: Keys
    metric: str | None
    limit: int | None
    seed: int
    out_rows: Path | None
    how: How = AS_IT_LOOKS
    only: Callable[[Rated], bool] | None = None
    """Which of the rated lines are scored; by default all."""
    outcomes: tuple[Path, str] | None = None
    """A file of live results and the outcome that is the rating, joined to the conversations by their id."""

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics asked for, or patterns of them."""
        return tuple(word for part in (self.metric or "").split(",") if (word := part.strip()))


def scored_ratings(asked: Asked, *, gaming: int | None = 0) -> ScoredRatings:
    """Score what was asked for; Ctrl-C exits with 3, and with --out-rows the next call goes on from there.

    Raises UsageError, ContentError.
    """
    check_profile(asked.config.evaluator.profile, where="--profile")
    found = _ratings(asked)
    if asked.only is not None:
        found = found._replace(rows=[*filter(asked.only, found.rows)])
    for line in _skipped(asked.file, found.unusable, len(found.rows)):
        typer.echo(f"empa: {line}", err=True)
    try:
        made = scored.scored_ratings(
            found,
            asked.config,
            keys=asked.keys,
            metrics=asked.metrics,
            gaming=gaming,
            seed=asked.seed,
            out_rows=asked.out_rows,
            told=_said_now_and_then(),
        )
    except Stopped as stopped:
        again = "" if asked.out_rows is None else f"; the same command goes on behind what {asked.out_rows} holds"
        typer.echo(f"empa: {stopped}{again}", err=True)
        raise typer.Exit(EXIT_SUSPENDED) from None
    for line in refusals(made.refused):
        typer.echo(f"empa: {line}", err=True)
    return made


def _ratings(asked: Asked) -> RatedFile:
    """Return the ratings of a file, of a run in the viewer, of a folder that people marked, or of live results.

    What has to be known of live results is said on stderr. Raises as these.
    """
    if asked.outcomes is not None:
        found, told = labelled(asked.file, *asked.outcomes, limit=asked.limit, how=asked.how)
        for line in told:
            typer.echo(f"empa: {line}", err=True)
        return found
    if is_marked(asked.file):
        return marked_ratings(asked.file, limit=asked.limit)
    return ratings_of(asked.file, limit=asked.limit, how=asked.how)


def _said_now_and_then() -> Told:
    """Return what is called after each row and says on stderr how many are scored, now and then."""
    said, last = 0, time.monotonic()

    def step(ended: int, total: int) -> None:
        nonlocal said, last
        if ended < total and ended - said >= max(1.0, SHARE * total) and time.monotonic() - last >= SECONDS:
            said, last = ended, time.monotonic()
            typer.echo(f"empa: {ended} of {many(total, 'row')}", err=True)

    return step


def _skipped(file: Path, unusable: Sequence[Fault], used: int) -> Iterator[str]:
    for fault in unusable[:NAMED]:
        yield one_line(f"{file}:{fault.line}: skipped: {fault.why}")
    if unusable:
        more = f", {len(unusable) - NAMED} more than are named" if len(unusable) > NAMED else ""
        yield f"{len(unusable)} of {many(len(unusable) + used, 'line')} skipped as unusable{more}"


def exit_for(found: ScoredRatings, config: RunConfig) -> None:
    """Exit with 1 where more lines were left without a score than --max-failed allows."""
    failed = len(found.unusable) + sum(row.unscored is not None for row in found.rows)
    if failed > config.execution.max_failed * (len(found.unusable) + len(found.pairs)):
        raise typer.Exit(EXIT_RUN_ERROR)
