"""Rated lines and what an evaluator makes of them: read from a file or a run, scored, each row kept as it comes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from empa_graph.chats.pieces import Fault
from empa_graph.chats.reader import AS_IT_LOOKS, How
from empa_graph.content.library import support_hashes
from empa_graph.episode.score import check_profile
from empa_graph.errors import ContentError, writing
from empa_graph.llm.refused import RefusedFields
from empa_graph.models.config import Keys, RunConfig
from empa_graph.models.outcome import RANGES
from empa_graph.report.text import many
from empa_graph.roles.evaluator.offline import OFFLINE
from empa_graph.roles.specs import judged_by
from empa_graph.run.config import judging, made_roles, resolved_rubric
from empa_graph.run.home import opened
from empa_graph.run.identity import StandsOn, evaluator_digest, stands_on
from empa_graph.store.annotations import Annotations
from empa_graph.study.correlate.agreement import Pair, metric_names
from empa_graph.study.correlate.figures import LENGTH
from empa_graph.study.correlate.rated import Rated, RatedFile, rated_file, rated_lines
from empa_graph.study.correlate.rated_run import rated_run
from empa_graph.study.correlate.scoring import Closer, Job, Row, Scorer, add_row, jobs, kept_rows, run_jobs

GAMING = 50
"""Conversations in which each control answers, where nothing is paid for it."""
Told = Callable[[int, int], None]
"""Called after each row with how many are scored and how many there are."""


class Stopped(KeyboardInterrupt):
    """Ctrl-C came while rows were scored; those in the file of rows are kept."""

    def __init__(self, scored: int, total: int) -> None:
        """Say how many rows of how many are scored."""
        super().__init__(f"stopped; {scored} of {many(total, 'row')} are scored")
        self.scored, self.total = scored, total


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
    refused: RefusedFields
    """What models were asked without, since they refuse it."""

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


def ratings_of(place: Path, *, limit: int | None = None, how: How = AS_IT_LOOKS) -> RatedFile:
    """Return the first ``limit`` rated lines of a file of chats, or those that people gave a run in the viewer.

    Raises ContentError where none can be used, UsageError for a folder that is no run.
    """
    if not place.is_dir():
        return rated_file(place, limit=limit, how=how)
    with opened(place) as store:
        annotations = Annotations.beside(place, store.run.id)
        try:
            found = rated_lines((line.encode() for line in rated_run(store, annotations)), limit=limit)
        finally:
            annotations.close()
    if not found.rows:
        raise ContentError(f"{place}: nobody has rated this run (empa view {place})")
    return found


def scored_ratings(
    found: RatedFile,
    config: RunConfig,
    *,
    keys: Keys | None = None,
    metrics: Sequence[str] = (),
    gaming: int | None = 0,
    seed: int = 0,
    out_rows: Path | None = None,
    told: Told = lambda scored, total: None,
) -> ScoredRatings:
    """Score the lines of ``found`` by the evaluator of ``config``, and each control in the first ``gaming`` of them.

    ``gaming`` None is `GAMING` where nothing is paid for it, else 0. With ``out_rows`` each row is on disk before
    ``told`` is called, and those that are there are not scored again. Raises `Stopped` at Ctrl-C, UsageError,
    ContentError, and NotFoundError for one of ``metrics`` that the first scored row has not.
    """
    config = judging(config)
    rubric, profile = resolved_rubric(config), config.evaluator.profile
    check_profile(profile, where="--profile")
    name, stands = judged_by(config.evaluator), stands_on(config.evaluator, rubric)
    coded_by = support_hashes() if config.evaluator.support_judge else {}
    digest = evaluator_digest(stands | coded_by, config.evaluator)
    free = name in OFFLINE and config.evaluator.support_judge is None
    most = gaming if gaming is not None else GAMING if free else 0
    whole = jobs(found.rows, digest, gaming=most, seed=seed)
    rows = {} if out_rows is None else kept_rows(out_rows, [job.key for job in whole])
    todo, before = [job for job in whole if job.key not in rows], len(rows)
    roles = made_roles(config, rubric, keys=keys or Keys())
    execution = config.execution
    attempts, at_once = execution.retries + 1, execution.concurrency
    scorer = Scorer(roles.evaluator, name, rubric, profile, digest, attempts, at_once, roles.support_judge)
    if _scored(todo, scorer, rows, roles.aclose, metrics, out_rows, told):
        raise Stopped(len(rows), len(whole))
    pairs = [Pair(job.rated, rows.get(job.key)) for job in whole if not job.control]
    played: dict[str, dict[int, Row]] = {}
    for job in whole:
        if job.control and job.key in rows:
            played.setdefault(job.control, {})[job.place] = rows[job.key]
    return ScoredRatings(pairs, played, found.unusable, stands, name, rubric.id, before, roles.refused)


def _scored(
    todo: Sequence[Job],
    scorer: Scorer,
    rows: dict[str, Row],
    close: Closer,
    metrics: Sequence[str],
    out_rows: Path | None,
    told: Told,
) -> bool:
    """Fill ``rows`` and append each to the file of rows; return whether Ctrl-C ended it."""
    with ExitStack() as stack:
        with writing(out_rows):
            file = None if out_rows is None else stack.enter_context(out_rows.open("ab", buffering=0))
        looked, ended = False, 0

        def keep(job: Job, row: Row, lasting: bool) -> None:
            nonlocal looked, ended
            rows[job.key] = row
            if file is not None and lasting:
                add_row(file, row)
            if not looked and row.unscored is None:
                looked = True
                metric_names([row], metrics, known=(*RANGES, LENGTH))
            ended += 1
            told(ended, len(todo))

        return run_jobs(todo, scorer, keep, close)
