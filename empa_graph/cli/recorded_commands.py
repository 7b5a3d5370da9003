"""The commands on saved conversations, and their help; each does its work in a module imported when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from empa_graph.cli.options import RUN_HELP, ChatFormat, ChatRoles, Import, Json, Personas, RunStore, place
from empa_graph.cli.typed_config import Typed, configured

JUDGED = ("evaluator", "judge", "judge_temperature", "judge_max_tokens", "base_url", "api_key", "rubric", "personas")
"""The options of the commands that judge what was said already."""
SCORING = ("profile", "concurrency", "timeout", "retries", "max_failed")
"""Those of the ones that score every conversation of a file."""
AT_A_TIME = {"concurrency": "Conversations judged at a time."}
"""What concurrency is there."""

Chats = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        help='Chats in any format of docs/chats.md, such as one {"messages": [{"role": ..., "content": ...}]} a line; '
        "- reads standard input.",
    ),
]


@configured(*JUDGED, "judge_every", "support_judge", "prices", *SCORING, helps=AT_A_TIME)
def score(
    typed: Typed,
    *,
    file: Chats,
    scenario: Annotated[
        str | None, typer.Option(metavar="ID", help="Judge against this scenario's card, start and target.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse a file with a line that cannot be used.")] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            parser=place,
            metavar="FILE",
            help="Write each judged episode here as it comes, one a line; the same command goes on behind them.",
        ),
    ] = None,
    format_: ChatFormat = "auto",
    role: ChatRoles = None,
    import_: Import = None,
    json_: Json = False,
) -> None:
    """Score saved conversations; nothing is simulated.

    Without --scenario the start and target are the rubric's stated prior, and the output says so. The mean over the
    conversations comes with an interval. A line that cannot be used is said, counted and skipped. With --judge-every
    the turns left at the end of a conversation are judged too. The table's alignment, impact and stability are the
    fields alignment_index, impact_index and stability_index of --json, 0 to 1, more is better; the fields without
    `_index` are what they are made of (docs/scores.md).

    Examples:

      empa score chats.jsonl --json

      empa score - --scenario exam_student/reduce_stress --out judged.jsonl < chats.jsonl

      empa score export.txt --role Anna=persona --role Ben=empathic

    Exit code 0: every conversation was scored (or no more than --max-failed of the lines were not); 1: more were
    skipped or left without a score; 2: the command line or the file is wrong; 3: stopped by Ctrl-C, and what was
    judged is written.
    """
    from empa_graph.chats.reader import told_how
    from empa_graph.cli.extensions import import_extensions
    from empa_graph.cli.score_command import score_file

    import_extensions(import_, as_json=json_)
    config, keys = typed.judging(), typed.judging_keys
    how = told_how(format_, role or ())
    score_file(file, scenario, config, how=how, keys=keys, strict=strict, out=out, as_json=json_)


def replay(
    run: Annotated[str, typer.Argument(metavar="RUN", help=f"{RUN_HELP}; also one made by `empa import-empa`.")],
    alpha: Annotated[
        float | None,
        typer.Option(metavar="SHARE", help="Share of the initial deficit that counts as arrived (rubric `epm`)."),
    ] = None,
    stop: Annotated[
        str | None, typer.Option(metavar="NAME", help="Stop rules of `epm`: `published` or `paper`.")
    ] = None,
    profile: Annotated[
        str | None, typer.Option(metavar="NAME", help="Weights of the composite, by name or as `0.5,0.3,0.2`.")
    ] = None,
    rubric: Annotated[
        str | None, typer.Option("--rubric", metavar="NAME", help="Another rubric of the same space.")
    ] = None,
    store: RunStore = None,
    import_: Import = None,
    json_: Json = False,
) -> None:
    """Play recorded levels again through the same graph; no model is called.

    Without options the replay must come out as recorded (exit code 1 if not). With options it is a counterfactual:
    the same levels under other rules.

    Examples:

      empa replay runs/demo

      empa replay runs/demo --alpha 0.05

      empa replay runs/demo --stop paper --profile 0.5,0.3,0.2
    """
    from empa_graph.cli.extensions import import_extensions
    from empa_graph.cli.replay_command import Counterfactual, replay_run
    from empa_graph.run.place import RunPlace

    import_extensions(import_, as_json=json_, runs=(run,))
    replay_run(RunPlace(run, store), Counterfactual(alpha, stop, profile, rubric), as_json=json_)


@configured(*JUDGED)
def perturb(
    typed: Typed,
    *,
    run: Annotated[str, typer.Argument(metavar="RUN", help=f"{RUN_HELP}. Its judged replies are perturbed.")],
    kind: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="`flip` or `sycophancy`. Repeatable; default: both."),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="At most this many replies, spread over scenarios.")
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of the choice of replies, templates and resamples.")] = 0,
    store: RunStore = None,
    import_: Import = None,
    json_: Json = False,
) -> None:
    """Judge replies again with the persona's needs flipped, or hollowed out; a sound evaluator lowers its score.

    Prints mean shift, decrease and tie rate, interval and p-value, beside those of the paper.

    Examples:

      empa perturb runs/demo

      empa perturb runs/demo --kind sycophancy --limit 100 --evaluator epm --judge openai:gpt-5-mini
    """
    from empa_graph.cli.extensions import import_extensions
    from empa_graph.cli.perturb_command import perturb_run
    from empa_graph.run.place import RunPlace

    import_extensions(import_, as_json=json_, runs=(run,))
    config, keys = typed.judging(), typed.judging_keys
    perturb_run(RunPlace(run, store), config, keys=keys, kinds=kind or (), limit=limit, seed=seed, as_json=json_)


@configured(
    "judge_temperature",
    "judge_max_tokens",
    "base_url",
    "api_key",
    "concurrency",
    "timeout",
    "prices",
    helps={"concurrency": "Requests in flight."},
)
def check_judge(
    typed: Typed,
    *,
    models: Annotated[list[str], typer.Argument(metavar="MODEL...", help="The judges, as `--judge` names them.")],
    n: Annotated[int, typer.Option("--n", metavar="N", min=1, max=4000, help="Graded replies to code.")] = 200,
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of the sample, the probes and the resamples.")] = 0,
    out: Annotated[
        Path | None,
        typer.Option(parser=place, metavar="FILE", help="Where the check is written. Default: in `judge_checks`."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Estimate calls, tokens and cost; ask nothing.")] = False,
    import_: Import = None,
    json_: Json = False,
) -> None:
    """Check judges on graded replies before their figures are trusted.

    Each judge codes replies whose codes are known, as it would in a run: agreement by behaviour, whether an expert's
    reply outranks poorer ones, bias by length, praise and place, obedience to orders in a reply, missing judgements.
    A check that was stopped goes on where it was. `empa run` and `empa gate` show the verdict.

    Examples:

      empa check-judge openai:gpt-5-mini --dry-run

      empa check-judge openai:gpt-5-mini anthropic:claude-sonnet-4-5

    Exit code 0: every judge is fit; 4: one is undecided; 100: one is unfit; 2: the command line is wrong, or a judge
    cannot be had; 3: stopped by Ctrl-C.
    """
    from empa_graph.cli.check_judge_command import check_judges
    from empa_graph.cli.extensions import import_extensions

    import_extensions(import_, as_json=json_)
    config, keys = typed.judging(), typed.judging_keys
    check_judges(models, config, keys=keys, n=n, seed=seed, out=out, dry_run=dry_run, as_json=json_)


def import_empa(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Your own copy of the published data.")],
    out: Annotated[
        Path, typer.Option(parser=place, metavar="FOLDER", help="Where scenarios and recordings are written.")
    ] = Path("imported"),
    missing: Annotated[
        str, typer.Option(metavar="HOW", help="A level that is missing: `failure` of its turn, or `zero` as published.")
    ] = "failure",
    json_: Json = False,
) -> None:
    """Read the published EMPA data format: scenarios to run, recorded episodes to replay.

    Examples:

      empa import-empa ~/empa-data --out imported

      empa replay imported/recorded --alpha 0.05

      empa run --personas imported/personas --evaluator epm --judge openai:gpt-5-mini --empathic local
    """
    from empa_graph.cli.imports import import_empa as imported

    imported(folder, out=out, missing=missing, as_json=json_)


Policy = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Rules (YAML). Default for two runs: see docs/gates.md.")
]


def gate(
    first: Annotated[str, typer.Argument(metavar="RUN", help=f"The run to judge; of two, the baseline. {RUN_HELP}.")],
    second: Annotated[
        str | None, typer.Argument(metavar="CANDIDATE", help="The run to judge against the baseline.")
    ] = None,
    scenario: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID",
            help="Decide by these alone: scenario ids, persona ids, or patterns of ids. Repeatable.",
        ),
    ] = None,
    policy: Policy = None,
    personas: Personas = None,
    store: RunStore = None,
    junit: Annotated[Path | None, typer.Option(metavar="FILE", help="Write JUnit XML here.")] = None,
    summary: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write Markdown here, as for a GitHub step summary.")
    ] = None,
    import_: Import = None,
    json_: Json = False,
) -> None:
    """Stop a release that got worse; exit code 0 passed, 100 failed, 4 undecided, 1 error, 2 wrong use.

    Where the data cannot decide, it says what would. Undecided is never passed; a policy can have it fail.

    Examples:

      empa gate runs/main runs/branch

      empa gate runs/branch --policy gate.yaml --junit gate.xml --summary gate.md

      empa gate runs/nightly --policy breach.yaml --scenario night_nurse/call_home
    """
    from empa_graph.cli.extensions import import_extensions
    from empa_graph.cli.gate_command import gate as gated
    from empa_graph.run.place import RunPlace

    import_extensions(import_, as_json=json_, runs=(first, second))
    gated(
        RunPlace(first, store),
        None if second is None else RunPlace(second, store),
        scenarios=scenario or (),
        policy=policy,
        personas=personas,
        as_json=json_,
        junit_file=junit,
        summary_file=summary,
    )
