"""The commands that show and check, and their help; each does its work in a module imported when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from empa_graph.cli.options import Json, Personas, RubricName, RunStore


def list_(
    scenarios: Annotated[
        list[str] | None,
        typer.Argument(metavar="SCENARIO", help="Persona ids, persona/goal ids, or patterns of them. Default: all."),
    ] = None,
    context: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only these: `casual`, `work` or `crisis`.")
    ] = None,
    threshold: Annotated[
        str | None, typer.Option(metavar="LEVEL", help="Only persons of this threshold: `low`, `medium` or `high`.")
    ] = None,
    personas: Personas = None,
    json_: Json = False,
) -> None:
    """List the scenarios: persona/goal, context, threshold.

    Examples:

      empa list --context crisis --json

      empa list 'exam*' '*/reduce_stress'
    """
    from empa_graph.cli.show import list_scenarios

    list_scenarios(scenarios or (), personas, context=context, threshold=threshold, as_json=json_)


def show(
    what: Annotated[str, typer.Argument(metavar="SCENARIO|RUN", help="A scenario, a persona, or a run folder.")],
    episode: Annotated[
        str | None, typer.Argument(metavar="EPISODE", help="Of a run: a number from 1, or a scenario id.")
    ] = None,
    personas: Personas = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Of an episode: the traceback too, where the agent crashed.")
    ] = False,
    store: RunStore = None,
    json_: Json = False,
) -> None:
    """Show a scenario or those of a persona, the summary of a run, or one episode as a dialogue with its trajectory.

    Where a run has several episodes of a scenario, they are listed.

    Examples:

      empa show exam_student/reduce_stress

      empa show runs/demo

      empa show runs/demo 1
    """
    from empa_graph.cli.show import show_what

    show_what(what, episode, personas, as_json=json_, verbose=verbose, store=store)


def graph(
    json_: Annotated[bool, typer.Option("--json", help="Print nodes, edges and diagram as JSON.")] = False,
) -> None:
    """Print the sandbox as a Mermaid diagram.

    Example: empa graph > sandbox.mmd
    """
    import json

    from empa_graph.graph.studio import mermaid, parts

    typer.echo(json.dumps({**parts(), "mermaid": mermaid()}, indent=2) if json_ else mermaid())


def validate(
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE|FOLDER", help="Persona files or folders. Default: the bundled ones."),
    ] = None,
    rubric: RubricName = "sdt",
    compare: Annotated[
        str | None,
        typer.Option(
            metavar="NUMBER",
            help="Print the cards' numbers from low to high instead, with their reasons: `epm.a2`, `sdt.start.*`, "
            "`all`.",
        ),
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="With --compare: a second annotation, and how far it agrees (kappa)."),
    ] = None,
    hints: Annotated[
        bool, typer.Option("--hints", help="List names and numbers that a card has in more than one form.")
    ] = False,
    rehearse: Annotated[
        bool,
        typer.Option(
            "--rehearse",
            help="Play the cards with every reference agent instead, and list lines said before what they need, never "
            "said, tastes never felt, and whether the persons are told apart by their words.",
        ),
    ] = False,
    json_: Json = False,
) -> None:
    """Check persona files: schema, space, reachability, leaking openings, lines, text shared between personas.

    Examples:

      empa validate personas/ my_personas/widow.yaml

      empa validate --compare epm.a2

      empa validate my_personas/widow.yaml --rehearse
    """
    if compare is not None or against is not None:
        from empa_graph.cli.compare import compare_numbers

        compare_numbers(files or [], compare or "all", against, as_json=json_)
        return
    from empa_graph.cli.validate import card_files, validate_files

    if rehearse:
        from empa_graph.cli.rehearse import rehearse_files

        rehearse_files(card_files(files or []), rubric, as_json=json_)
        return
    validate_files(files or [], rubric, hinted=hints, as_json=json_)


def version() -> None:
    """Print the version."""
    from importlib.metadata import version as installed

    typer.echo(installed("empa-graph"))
