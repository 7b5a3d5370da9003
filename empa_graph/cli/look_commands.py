"""The commands that show, and their help; each does its work in a module imported when it runs."""

from __future__ import annotations

from typing import Annotated

import typer

from empa_graph.cli.options import Import, Json, Personas, RunStore


def list_(
    scenarios: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SCENARIO|KIND",
            help="Persona ids, persona/goal ids, or patterns of them; or `personas`, `rubrics`, `evaluators`, `roles`, "
            "`metrics`, `providers`, `executors`. Default: all scenarios.",
        ),
    ] = None,
    context: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only these: `casual`, `work` or `crisis`.")
    ] = None,
    threshold: Annotated[
        str | None, typer.Option(metavar="LEVEL", help="Only persons of this threshold: `low`, `medium` or `high`.")
    ] = None,
    personas: Personas = None,
    import_: Import = None,
    json_: Json = False,
) -> None:
    """List the scenarios: persona/goal, context, threshold; or the names of a kind of thing, and whose they are.

    Examples:

      empa list --context crisis --json

      empa list 'exam*' '*/reduce_stress'

      empa list evaluators --import my_judges.py
    """
    from empa_graph.cli.extensions import import_extensions
    from empa_graph.cli.names import LISTED, list_names
    from empa_graph.cli.show import list_scenarios

    import_extensions(import_, as_json=json_)
    if scenarios and len(scenarios) == 1 and scenarios[0] in LISTED:
        list_names(scenarios[0], personas, chosen={"--context": context, "--threshold": threshold}, as_json=json_)
        return
    list_scenarios(scenarios or (), personas, context=context, threshold=threshold, as_json=json_)


def show(
    what: Annotated[
        str,
        typer.Argument(
            metavar="SCENARIO|RUN",
            help="A scenario, a persona, a run folder, or a store URL (URL#RUN where it holds several).",
        ),
    ],
    episode: Annotated[
        str | None, typer.Argument(metavar="EPISODE", help="Of a run: a number from 1, or a scenario id.")
    ] = None,
    personas: Personas = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Of an episode: the traceback too, where the agent crashed.")
    ] = False,
    store: RunStore = None,
    import_: Import = None,
    json_: Json = False,
) -> None:
    """Show a scenario or those of a persona, the summary of a run, or one episode as a dialogue with its trajectory.

    Where a run has several episodes of a scenario, they are listed.

    Examples:

      empa show exam_student/reduce_stress

      empa show runs/demo

      empa show runs/demo 1
    """
    from empa_graph.cli.extensions import import_extensions
    from empa_graph.cli.show import show_what

    import_extensions(import_, as_json=json_, runs=(what,))
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


def version() -> None:
    """Print the version."""
    from importlib.metadata import version as installed

    typer.echo(installed("empa-graph"))
