"""What `empa correlate` and `empa calibrate` share: ratings are read, lines scored, rows kept, progress said."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import typer

from empa_graph.chats.pieces import Fault
from empa_graph.chats.reader import AS_IT_LOOKS, How
from empa_graph.cli import EXIT_RUN_ERROR, EXIT_SUSPENDED
from empa_graph.cli.left_out import refusals
from empa_graph.cli.plain import one_line
from empa_graph.cli.progress import SECONDS, SHARE
from empa_graph.distill.rated import is_marked, rated_marks
from empa_graph.episode.score import check_profile
from empa_graph.errors import ContentError, UsageError
from empa_graph.models.config import Keys, RunConfig
from empa_graph.models.outcome import RANGES
from empa_graph.roles.evaluator.offline import OFFLINE
from empa_graph.roles.specs import judged_by
from empa_graph.run.config import made_roles, resolved_rubric
from empa_graph.run.home import opened
from empa_graph.run.identity import StandsOn, evaluator_digest, stands_on
from empa_graph.store.annotations import Annotations
from empa_graph.study.correlate.agreement import Pair, metric_names
from empa_graph.study.correlate.figures import LENGTH
from empa_graph.study.correlate.rated import Rated, RatedFile, rated_file, rated_lines
from empa_graph.study.correlate.rated_run import rated_run
from empa_graph.study.correlate.scoring import Closer, Job, Row, Scorer, add_row, jobs, kept_rows, run_jobs

NAMED = 5
"""Lines that cannot be used and are said; the others are counted."""
GAMING = 50
"""Conversations in which each control answers, where nothing is paid for it."""


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

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics asked for, or patterns of them."""
        return tuple(word for part in (self.metric or "").split(",") if (word := part.strip()))


class ScoredRatings(NamedTuple):
    """The rated lines with what was made of them, and the rows of the controls by control and place."""

    pairs: list[Pair]
    played: dict[str, dict[int, Row]]
    unusable: list[Fault]
    stands_on: StandsOn
    evaluator: str
    rubric: str
    again: int
    """Rows that were scored before."""

    @property
    def rows(self) -> list[Row]:
        """The rows of the rated replies."""
        return [pair.row for pair in self.pairs if pair.row is not None]

    @property
    def rated(self) -> list[Rated]:
        """The rated lines."""
        return [pair.rated for pair in self.pairs]

    @property
    def unscored(self) -> dict[str, int]:
        """How many lines have no score, by cause."""
        causes = Counter(row.unscored.partition(":")[0] for row in self.rows if row.unscored)
        return dict(causes.most_common())


def scored_ratings(asked: Asked, *, gaming: int | None = 0) -> ScoredRatings:
    """Score what was asked for; Ctrl-C exits with 3, and with --out-rows the next call goes on from there.

    Raises UsageError, ContentError.
    """
    config, rubric = asked.config, resolved_rubric(asked.config)
    profile = config.evaluator.profile
    check_profile(profile, where="--profile")
    found = _ratings(asked)
    if asked.only is not None:
        found = found._replace(rows=[*filter(asked.only, found.rows)])
    for line in _skipped(asked.file, found.unusable, len(found.rows)):
        typer.echo(f"empa: {line}", err=True)
    name, stands = judged_by(config.evaluator), stands_on(config.evaluator, rubric)
    digest = evaluator_digest(stands, config.evaluator)
    most = gaming if gaming is not None else GAMING if name in OFFLINE else 0
    whole = jobs(found.rows, digest, gaming=most, seed=asked.seed)
    rows = {} if asked.out_rows is None else kept_rows(asked.out_rows, [job.key for job in whole])
    todo, before = [job for job in whole if job.key not in rows], len(rows)
    roles = made_roles(config, rubric, keys=asked.keys)
    execution = config.execution
    scorer = Scorer(roles.evaluator, name, rubric, profile, digest, execution.retries + 1, execution.concurrency)
    if _scored(asked, todo, scorer, rows, roles.aclose):
        again = "" if asked.out_rows is None else f"; the same command goes on behind what {asked.out_rows} holds"
        typer.echo(f"empa: stopped; {len(rows)} of {len(whole)} rows are scored{again}", err=True)
        raise typer.Exit(EXIT_SUSPENDED)
    for line in refusals(roles.refused):
        typer.echo(f"empa: {line}", err=True)
    pairs = [Pair(job.rated, rows.get(job.key)) for job in whole if not job.control]
    played: dict[str, dict[int, Row]] = {}
    for job in whole:
        if job.control and job.key in rows:
            played.setdefault(job.control, {})[job.place] = rows[job.key]
    return ScoredRatings(pairs, played, found.unusable, stands, name, rubric.id, before)


def _ratings(asked: Asked) -> RatedFile:
    """Return the ratings of a file, of a run in the viewer, or of a folder that people marked. Raises as `opened`."""
    if not asked.file.is_dir():
        return rated_file(asked.file, limit=asked.limit, how=asked.how)
    if is_marked(asked.file):
        found = rated_lines((line.encode() for line in rated_marks(asked.file)), limit=asked.limit)
        if not found.rows:
            raise ContentError(f"{asked.file}: no mark of people in numbers stands (empa annotate {asked.file})")
        return found
    with opened(asked.file) as store:
        annotations = Annotations.beside(asked.file, store.run.id)
        try:
            found = rated_lines((line.encode() for line in rated_run(store, annotations)), limit=asked.limit)
        finally:
            annotations.close()
    if not found.rows:
        raise ContentError(f"{asked.file}: nobody has rated this run (empa view {asked.file})")
    return found


def _scored(asked: Asked, todo: Sequence[Job], scorer: Scorer, rows: dict[str, Row], close: Closer) -> bool:
    """Fill ``rows`` and append each to the file of --out-rows; return whether Ctrl-C ended it."""
    step = _said_now_and_then(len(todo))
    with ExitStack() as stack:
        try:
            file = None if asked.out_rows is None else stack.enter_context(asked.out_rows.open("ab", buffering=0))
        except OSError as error:
            raise UsageError(f"{asked.out_rows}: cannot be written ({(error.strerror or 'error').lower()})") from None
        looked = False

        def keep(job: Job, row: Row, lasting: bool) -> None:
            nonlocal looked
            rows[job.key] = row
            if file is not None and lasting:
                add_row(file, row)
            if not looked and row.unscored is None:
                looked = True
                metric_names([row], asked.metrics, known=(*RANGES, LENGTH))
            step()

        return run_jobs(todo, scorer, keep, close)


def _said_now_and_then(total: int) -> Callable[[], None]:
    """Return what is called after each row and says on stderr how many are scored, now and then."""
    ended, said, last = 0, 0, time.monotonic()

    def step() -> None:
        nonlocal ended, said, last
        ended += 1
        if ended < total and ended - said >= max(1.0, SHARE * total) and time.monotonic() - last >= SECONDS:
            said, last = ended, time.monotonic()
            typer.echo(f"empa: {ended} of {total} rows", err=True)

    return step


def _skipped(file: Path, unusable: Sequence[Fault], used: int) -> Iterator[str]:
    for fault in unusable[:NAMED]:
        yield one_line(f"{file}:{fault.line}: skipped: {fault.why}")
    if unusable:
        more = f", {len(unusable) - NAMED} more than are named" if len(unusable) > NAMED else ""
        yield f"{len(unusable)} of {len(unusable) + used} lines cannot be used and were skipped{more}"


def exit_for(found: ScoredRatings, config: RunConfig) -> None:
    """Exit with 1 where more lines were left without a score than --max-failed allows."""
    failed = len(found.unusable) + sum(row.unscored is not None for row in found.rows)
    if failed > config.execution.max_failed * (len(found.unusable) + len(found.pairs)):
        raise typer.Exit(EXIT_RUN_ERROR)
