"""The commands on stored runs: which there are, how they differ, what they give away, what they prove; their help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from empa_graph.cli.options import Force, Head, Heading, Import, Json, Personas, RunArgument, RunStore, Variants, place


def runs_(
    root: Annotated[
        str, typer.Argument(metavar="FOLDER|URL", help="Where runs lie, at any depth; or a database.")
    ] = "runs",
    agent: Annotated[
        str | None, typer.Option(metavar="PATTERN", help="Only these agents under test: `openai:*`, `scripted:expert`.")
    ] = None,
    evaluator: Annotated[str | None, typer.Option(metavar="NAME", help="Only runs that this evaluator judged.")] = None,
    commit: Annotated[str | None, typer.Option(metavar="HASH", help="Only runs of commits that begin so.")] = None,
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="Only runs begun then or later: 2026-01-31.")
    ] = None,
    sort: Annotated[
        str,
        typer.Option(metavar="NAME", help="`when`, `agent`, `evaluator`, `scored`, `failed`, `composite`, `commit`."),
    ] = "when",
    reverse: Annotated[bool, typer.Option("--reverse", help="The other way round.")] = False,
    store: RunStore = None,
    json_: Json = False,
) -> None:
    """List the runs under a folder or in a database: who was tested and judged, what came out, guards, commit.

    The newest, the highest and the most come first. What looks like a run and cannot be read is named below, with why.

    Examples:

      empa runs

      empa runs runs/nightly --agent 'openai:*' --since 2026-01-31 --sort composite

      empa runs sqlite:///study.db --json
    """
    from empa_graph.cli.runs_command import Filter, list_runs

    chosen = Filter(agent=agent, evaluator=evaluator, commit=commit, since=since)
    list_runs(root, chosen, sort=sort, reverse=reverse, store=store, as_json=json_)


def compare(
    runs: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN...",
            help="Run folders or store URLs (URL#RUN where one holds several), each also as NAME=RUN; the first is the "
            "baseline.",
        ),
    ],
    variant: Variants = None,
    store: RunStore = None,
    json_: Json = False,
) -> None:
    """Say by what share alignment, impact and stability changed against the first variant or run, with intervals.

    Paired over scenarios. Runs whose scores mean different things are refused; `empa diff` says what differs.

    Examples:

      empa compare runs/demo

      empa compare base=runs/base tuned=runs/tuned aligned=runs/aligned

      empa compare runs/base runs/tuned --variant baseline --json
    """
    from empa_graph.cli.compare_command import compare_runs

    compare_runs(runs, variant or (), store=store, as_json=json_)


def outcomes(
    runs: Annotated[
        list[str],
        typer.Argument(metavar="RUN...", help="Runs of the versions, folders or store URLs, each also as NAME=RUN."),
    ],
    file: Annotated[
        Path,
        typer.Argument(
            metavar="OUTCOMES.csv",
            help="Live results: columns `version`, `outcome`, `n`, either `count` or `mean`, and optionally `date`, "
            "`arm`, `cluster` (docs/outcomes.md).",
        ),
    ],
    variant: Variants = None,
    metric: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Repeatable. Default: `composite`, `progress` and `support`."),
    ] = None,
    by: Annotated[
        str, typer.Option(metavar="NAME", help="Intervals of slopes over `version`, `arm` or `cluster`.")
    ] = "version",
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of intervals and drawn orders.")] = 0,
    store: RunStore = None,
    json_: Json = False,
) -> None:
    """Set the sandbox scores of agent versions beside their live results: order, slope, power left, drift.

    A row is joined to the version whose name, run id, agent, variant or commit it bears; what joins nothing is named,
    and so is a version that is left out, since it is scripted or has no score. It is an association and never a cause.

    Examples:

      empa outcomes v1=runs/v1 v2=runs/v2 v3=runs/v3 v4=runs/v4 outcomes.csv

      empa outcomes runs/demo outcomes.csv --metric composite --by cluster --json
    """
    from empa_graph.cli.outcomes_command import outcomes_of

    outcomes_of(runs, file, variants=variant or (), metrics=metric or (), by=by, seed=seed, store=store, as_json=json_)


def diff(
    left: RunArgument,
    right: Annotated[str, typer.Argument(metavar="RUN", help="Another one.")],
    store: RunStore = None,
    json_: Json = False,
) -> None:
    """Say whether two runs can be compared, and which fields of their manifests differ; exit code 1 if they cannot.

    How their figures differ is `empa compare`.

    Example: empa diff runs/one runs/other
    """
    from empa_graph.cli.diff_command import diff_runs
    from empa_graph.run.place import RunPlace

    diff_runs(RunPlace(left, store), RunPlace(right, store), as_json=json_)


def export(
    run: RunArgument,
    format_: Annotated[
        str,
        typer.Option("--format", metavar="NAME", help="`jsonl`, `csv`, `parquet`, `inspect` or `every-eval-ever`."),
    ] = "jsonl",
    out: Annotated[
        Path | None,
        typer.Option(
            parser=place,
            metavar="FILE|FOLDER",
            help="Default: a file in the run folder; a folder there for `every-eval-ever`.",
        ),
    ] = None,
    organization: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who publishes; for `every-eval-ever`. Default: unknown.")
    ] = None,
    relationship: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="How they stand to who made the agent: `first_party`, `third_party`, `collaborative`, `other`.",
        ),
    ] = None,
    store: RunStore = None,
    force: Force = False,
) -> None:
    """Write the episodes of a run to a file, or as records of Every Eval Ever to a folder.

    What is void or has no score is no number there; a line says so.

    Examples:

      empa export runs/demo

      empa export runs/demo --format inspect --out demo.json

      empa export runs/demo --format every-eval-ever --organization 'My lab' --relationship third_party
    """
    from empa_graph.cli.stored import export_run

    said = {"organization": organization, "relationship": relationship}
    export_run(run, format=format_, out=out, url=store, force=force, **said)


def verify(
    run: RunArgument,
    head: Head = None,
    store: RunStore = None,
    json_: Json = False,
) -> None:
    """Check that no stored row was edited, dropped or added; exit code 1 if one was.

    Example: empa verify runs/demo --head 3f7a
    """
    from empa_graph.cli.stored import verify_run

    verify_run(run, head=head, url=store, as_json=json_)


def audit(
    run: Annotated[
        str,
        typer.Argument(
            metavar="RUN|JUDGED.jsonl",
            help="A run folder or store URL (URL#RUN where it holds several), or a file of judged conversations "
            "(`empa score --out`, `empa export`).",
        ),
    ],
    out: Annotated[
        Path, typer.Option(parser=place, metavar="FILE.html|md|json", help="Where it is written, and in which format.")
    ] = Path("audit.html"),
    title: Heading = "",
    head: Head = None,
    personas: Personas = None,
    store: RunStore = None,
    force: Force = False,
    import_: Import = None,
    json_: Annotated[bool, typer.Option("--json", help="Print it as JSON and write no file.")] = False,
) -> None:
    """Write an audit dossier for ethics or regulatory reviewers: what was tried, how, what came out, what is open.

    Every number leads to its rows. Crisis conversations are in it whole. It claims no compliance with anything. Exit
    code 1 if stored rows were changed: the dossier then says which.

    Examples:

      empa audit runs/demo

      empa audit runs/demo --out audit.md --head 3f7a

      empa audit judged.jsonl --json
    """
    from empa_graph.cli.audit_command import write_audit
    from empa_graph.cli.extensions import import_extensions

    import_extensions(import_, as_json=json_, runs=(run,))
    write_audit(run, out, title=title, head=head, personas=personas, store=store, force=force, as_json=json_)
