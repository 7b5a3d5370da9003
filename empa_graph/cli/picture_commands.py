"""The commands that draw, and their help; each does its work in a module imported when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from empa_graph.cli.options import Force, Heading, Import, Personas, RunStore, place

_RUNS = typer.Argument(
    metavar="RUN|JUDGED.jsonl...",
    help="Run folders or store URLs (URL#RUN where one holds several), or files of judged conversations "
    "(`empa score --out`, `empa export`). The first is the baseline of the others.",
)
Runs = Annotated[list[str], _RUNS]
Drawn = Annotated[list[str] | None, _RUNS]
"""Optional for the parser, so that one run without a kind of picture is told which kinds there are."""


def report(
    runs: Runs,
    out: Annotated[
        Path | None,
        typer.Option(
            parser=place,
            metavar="FILE.html",
            help="Where it is written. Default: report.html, in the run folder where a single one is named.",
        ),
    ] = None,
    title: Heading = "",
    personas: Personas = None,
    store: RunStore = None,
    force: Force = False,
    import_: Import = None,
    json_: Annotated[bool, typer.Option("--json", help="Print its figures as JSON and write no file.")] = False,
) -> None:
    """Write a report as one HTML file: verdict, leaderboard, pictures, and every conversation behind them.

    It holds the conversations whole, opens in any browser, and asks no server for anything.

    Examples:

      empa report runs/demo

      empa report runs/main runs/branch --out branch.html

      empa report judged.jsonl --out chats.html
    """
    from empa_graph.cli.extensions import import_extensions
    from empa_graph.cli.report_command import write_report

    import_extensions(import_, as_json=json_, runs=runs)
    write_report(runs, out, title=title, personas=personas, store=store, force=force, as_json=json_)


def plot(
    kind: Annotated[
        str,
        typer.Argument(
            metavar="KIND",
            help="`leaderboard`, `distributions`, `epmq`, `heatmap`, `axes`, `persona`, `context`, `need`, "
            "`threshold`, `paired`, `progress`, `course`, `trajectories`, `episode`, `cost` or `failures`.",
        ),
    ],
    runs: Drawn = None,
    out: Annotated[
        Path | None,
        typer.Option(parser=place, metavar="FILE.svg|png", help="Where it is written. Default: KIND.svg."),
    ] = None,
    metric: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Of what, where several can be drawn. Default: `composite`, or the first."),
    ] = None,
    scenario: Annotated[
        str | None, typer.Option(metavar="NAME", help="Of `trajectories`. Default: the one most played.")
    ] = None,
    episode: Annotated[int | None, typer.Option(metavar="NUMBER", min=1, help="Of `episode`, from 1.")] = None,
    dark: Annotated[bool, typer.Option("--dark", help="On dark paper.")] = False,
    personas: Personas = None,
    store: RunStore = None,
    force: Force = False,
    import_: Import = None,
) -> None:
    """Draw one picture of a report to a file, for a paper or a pull request.

    Examples:

      empa plot leaderboard runs/main runs/branch

      empa plot heatmap runs/demo --metric support --out heatmap.png

      empa plot episode runs/demo --episode 3 --out episode.svg
    """
    from empa_graph.cli.extensions import import_extensions
    from empa_graph.cli.report_command import draw
    from empa_graph.report.pictures.choice import Choice

    import_extensions(import_, as_json=False, runs=runs or ())
    choice = Choice(metric=metric, scenario=scenario, episode=episode)
    draw(kind, runs or (), out or Path(f"{kind}.svg"), choice, dark=dark, personas=personas, store=store, force=force)
