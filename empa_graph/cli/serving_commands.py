"""``empa view`` and ``empa mcp``: runs in a browser of this machine, and the tools for another program."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from empa_graph.cli.options import Import, Port, RunStore
from empa_graph.cli.recorded_commands import JUDGED
from empa_graph.cli.typed_config import Typed, configured


def view(
    places: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FOLDER|URL]...",
            help="Run folders, folders of such, or store URLs (URL#RUN: one run of it). Default: runs.",
        ),
    ] = None,
    port: Port = 0,
    rating: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=LOW..HIGH",
            help="A scale to rate replies and conversations on. Repeatable; default: support=1..5.",
        ),
    ] = None,
    store: RunStore = None,
    import_: Import = None,
) -> None:
    """Look at runs in a browser: lists, history, one run as it is played, comparisons, replays, notes and ratings.

    The address that it prints lets one browser in. Nothing but this machine can reach it, and nothing but the places
    named here is shown. Notes and ratings lie beside the run, in annotations.db; `empa correlate RUN` reads them.

    Examples:

      empa view

      empa view runs/demo other/runs --rating support=1..5 --rating warmth=0..10
    """
    from empa_graph.cli.extensions import import_extensions
    from empa_graph.cli.plain import one_line
    from empa_graph.viewer.scales import scales
    from empa_graph.viewer.serve import serve

    import_extensions(import_, as_json=False)
    serve(
        places or ["runs"],
        port=port,
        store=store,
        scales=scales(rating or ()),
        say=lambda line: print(one_line(line), flush=True),
    )


@configured(
    *JUDGED,
    "judge_every",
    "support_judge",
    "voice",
    "voice_max_tokens",
    "max_turns",
    "profile",
    "max_cost",
    "prices",
    "timeout",
    "retries",
    helps={
        "base_url": "The OpenAI-compatible server of the models asked, e.g. http://127.0.0.1:8000/v1.",
        "max_cost": "What all conversations may cost together; needed where a model is named.",
    },
)
def mcp(typed: Typed, *, import_: Import = None) -> None:
    """Serve the sandbox over the Model Context Protocol, on standard input and output (extra `mcp`).

    Whoever calls plays the agent in our graph: list_scenarios, show_scenario, start, reply and result; score reads a
    conversation that was held elsewhere. Everything is offline unless a model is named here, with --max-cost. A caller
    names scenarios and says words; no URL, path, model or code.

    Examples:

      empa mcp

      empa mcp --max-turns 12 --evaluator judge --judge openai:gpt-5-mini --max-cost 2

      claude mcp add empa -- empa mcp
    """
    from empa_graph.cli.extensions import import_extensions
    from empa_graph.cli.plain import one_line
    from empa_graph.mcp_server.tools import serve

    import_extensions(import_, as_json=True)
    serve(typed.judging(), keys=typed.judging_keys, say=lambda line: print(f"empa: {one_line(line)}", file=sys.stderr))
