"""The commands on conversations that people rated, and their help; each does its work in a module imported then."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from empa_graph.cli.options import ChatFormat, ChatRoles, Force, Import, Json, place
from empa_graph.cli.recorded_commands import AT_A_TIME, JUDGED, SCORING
from empa_graph.cli.typed_config import Typed, configured
from empa_graph.errors import UsageError

ASKED = tuple(name for name in JUDGED if name != "personas")

Ratings = Annotated[
    Path,
    typer.Argument(
        metavar="RATINGS.jsonl|RUN",
        help='One rated conversation a line: {"id": ..., "messages": [{"role": ..., "content": ...}], '
        '"ratings": {NAME: [a number per rater]}}; "turn": the index of the one message that was rated. '
        "Also in the other formats of chats. Or a run folder, for the ratings that people gave it in `empa view`.",
    ),
]
Metrics = Annotated[
    str | None,
    typer.Option(
        "--metric",
        metavar="NAME,NAME",
        help="Metrics, or patterns of them: `composite`, `cue.*`, `movement.*`.",
    ),
]
Limit = Annotated[int | None, typer.Option(metavar="N", min=1, help="Only the first so many rated lines.")]
Seed = Annotated[int, typer.Option(metavar="N", help="Seed of intervals, folds and controls.")]
Outcomes = Annotated[
    Path | None,
    typer.Option(
        "--outcomes",
        parser=place,
        metavar="OUTCOMES.csv",
        help="Live results (as of `empa outcomes`) whose outcome --rating is the rating, joined by the column "
        "conversation to the ids of the conversations. What is of a version, or counted, is refused.",
    ),
]
OutRows = Annotated[
    Path | None,
    typer.Option(
        "--out-rows",
        parser=place,
        metavar="FILE.jsonl",
        help="Keep every scored row here; what the same evaluator scored before is not scored again.",
    ),
]


@configured(*ASKED, "support_judge", *SCORING, helps=AT_A_TIME)
def correlate(
    typed: Typed,
    *,
    file: Ratings,
    metric: Metrics = None,
    rating: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this rating. Repeatable; default: all.")
    ] = None,
    outcomes: Outcomes = None,
    limit: Limit = None,
    gaming: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="N",
            help="Let each fixed control answer in the first N conversations; 0 for none. Default: 50, with a judge 0.",
        ),
    ] = None,
    seed: Seed = 0,
    out: Annotated[
        Path | None,
        typer.Option(parser=place, metavar="FILE.svg|png", help="Draw the agreement here (extra `report`)."),
    ] = None,
    out_rows: OutRows = None,
    format_: ChatFormat = "auto",
    role: ChatRoles = None,
    import_: Import = None,
    json_: Json = False,
) -> None:
    """Say how far an evaluator agrees with people who rated the same conversations or replies.

    For every metric that `empa score` gives and every rating: Pearson, Spearman and Pearson with the length of the
    replies held constant, with 95% intervals over conversations (or the field "group"); how far the raters agree;
    tenths of the score beside the rating; and the share of conversations that each fixed control beats.

    Examples:

      empa correlate ratings.jsonl

      empa correlate ratings.jsonl --metric composite,length --out agreement.svg

      empa correlate runs/demo

      empa correlate ratings.jsonl --evaluator judge --judge openai:gpt-5-mini --out-rows rows.jsonl --limit 100

    Exit codes as of `empa score`; 3: stopped by Ctrl-C, and what was scored is in the file of --out-rows.
    """
    from empa_graph.chats.reader import told_how
    from empa_graph.cli.correlate_command import correlate_file
    from empa_graph.cli.extensions import import_extensions
    from empa_graph.cli.scored_ratings import Asked

    import_extensions(import_, as_json=json_)
    how = told_how(format_, role or ())
    live = _live(outcomes, rating or ())
    asked = Asked(file, typed.judging(), typed.judging_keys, metric, limit, seed, out_rows, how, outcomes=live)
    correlate_file(asked, ratings=rating or (), gaming=gaming, out=out, as_json=json_)


@configured(*ASKED, *SCORING, helps=AT_A_TIME)
def calibrate(
    typed: Typed,
    *,
    file: Ratings,
    rating: Annotated[str | None, typer.Option(metavar="NAME", help="The rating to calibrate by.")] = None,
    out: Annotated[Path | None, typer.Option(parser=place, metavar="FILE.json", help="The calibration file.")] = None,
    update: Annotated[
        Path | None,
        typer.Option(
            parser=place,
            metavar="VERSIONS.jsonl",
            help="Add the new labels as the next version of this file, or begin it. Takes the place of --out.",
        ),
    ] = None,
    check: Annotated[
        Path | None,
        typer.Option(
            parser=place,
            metavar="VERSIONS.jsonl[@N]",
            help="Judge the anchors of this version again, as far as they are among the ratings, and write nothing.",
        ),
    ] = None,
    bound: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE",
            min=0.0,
            max=1.0,
            help="With --check: the share of its range a score may move. Default: 0.05.",
        ),
    ] = None,
    metric: Metrics = None,
    by_hand: Annotated[str | None, typer.Option(metavar="NAME", help="The metric to beat. Default: the score.")] = None,
    scale: Annotated[
        str | None,
        typer.Option(metavar="LOW,HIGH", help="The ends of the rating. Default: its least and greatest number."),
    ] = None,
    outcomes: Outcomes = None,
    limit: Limit = None,
    seed: Seed = 0,
    out_rows: OutRows = None,
    format_: ChatFormat = "auto",
    role: ChatRoles = None,
    force: Force = False,
    import_: Import = None,
    json_: Json = False,
) -> None:
    """Fit weights of metrics to a rating, and correct an evaluator's means by it.

    The weights are tried on conversations (or groups) that the fit has not seen, beside the metric whose weights were
    set by hand, the length of the replies and the sentiment of the words. The correction adds what people say above
    the evaluator, on the lines that have the rating, to its mean over all lines. The file holds for this evaluator,
    judge, rubric and prompt only.

    Examples:

      empa calibrate ratings.jsonl --rating support --out calibration.json

      empa calibrate ratings.jsonl --rating support --scale 1,5 --metric 'cue.*' --out calibration.json --force

      empa calibrate ratings.jsonl --rating support --scale 1,5 --update versions.jsonl

      empa calibrate runs/demo --update versions.jsonl

      empa calibrate chats.jsonl --outcomes live.csv --rating survey --scale 1,5 --update survey.jsonl

      empa calibrate ratings.jsonl --check versions.jsonl@1

    Exit codes as of `empa score`; with --check 100: a score drifted, 4: too few anchors to decide.
    """
    from empa_graph.chats.reader import told_how
    from empa_graph.cli.calibrate_command import calibrate_file
    from empa_graph.cli.calibrate_update import check_anchors, update_history
    from empa_graph.cli.extensions import import_extensions
    from empa_graph.cli.scored_ratings import Asked
    from empa_graph.study.calibration_drift import BOUND

    if sum(one is not None for one in (out, update, check)) != 1:
        raise UsageError("allowed is one of --out FILE, --update VERSIONS and --check VERSIONS")
    if bound is not None and check is None:
        raise UsageError("--bound goes with --check VERSIONS")
    import_extensions(import_, as_json=json_)
    how = told_how(format_, role or ())
    live = _live(outcomes, () if rating is None else (rating,))
    asked = Asked(file, typed.judging(), typed.judging_keys, metric, limit, seed, out_rows, how, outcomes=live)
    if check is not None:
        check_anchors(asked, check, bound=BOUND if bound is None else bound, as_json=json_)
    elif update is not None:
        update_history(asked, update, rating=rating, by_hand=by_hand, scale=scale, as_json=json_)
    elif rating is None or out is None:
        raise UsageError("--out takes --rating NAME, the rating to calibrate by")
    else:
        calibrate_file(asked, rating=rating, out=out, by_hand=by_hand, scale=scale, force=force, as_json=json_)


def _live(outcomes: Path | None, ratings: Sequence[str]) -> tuple[Path, str] | None:
    """Return the file of live results with its outcome. Raises UsageError where none, or several, are named."""
    if outcomes is None:
        return None
    if len(ratings) != 1:
        raise UsageError("--outcomes takes one --rating NAME, the outcome that is the rating")
    return outcomes, ratings[0]
