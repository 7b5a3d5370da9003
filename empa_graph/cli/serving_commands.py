"""What goes on until it is stopped: ``empa view`` in a browser, ``empa mcp`` for a program, ``empa watch``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from empa_graph.cli.options import ChatFormat, ChatRoles, Import, Port, RunStore
from empa_graph.cli.recorded_commands import JUDGED
from empa_graph.cli.typed_config import Typed, configured

Rest = Annotated[
    float, typer.Option(min=0.05, metavar="S", help="Judge an answered turn after so many seconds without a line.")
]


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


@configured("evaluator", "judge", "judge_temperature", "judge_max_tokens", "base_url", "api_key", "rubric")
def watch(
    typed: Typed,
    *,
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="Read this file to its end, instead of standard input.")
    ] = None,
    follow: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Follow this file as it grows, and never end.")
    ] = None,
    sla: Annotated[
        Path | None, typer.Option(metavar="FILE.yaml", help="The rules; default: a standard set (docs/live.md).")
    ] = None,
    post: Annotated[
        str | None, typer.Option(metavar="URL", help="Also post each breach there as JSON, with the spans it quotes.")
    ] = None,
    rest: Rest = 2.0,
    most: Annotated[
        int, typer.Option("--max-conversations", min=1, metavar="N", help="Drop those longest unheard beyond so many.")
    ] = 1000,
    fail_on_breach: Annotated[bool, typer.Option("--fail-on-breach", help="Exit code 1 after any breach.")] = False,
    format_: ChatFormat = "auto",
    role: ChatRoles = None,
    import_: Import = None,
    json_: Annotated[bool, typer.Option("--json", help="Print each breach as one line of JSON.")] = False,
) -> None:
    """Hold a stream of chats to an SLA and print its breaches, one a line.

    A line is a message, `{"conversation": "a", "role": "user", "content": "..."}`, or a whole conversation,
    `{"id": "a", "messages": [...]}`, or what another format has (docs/chats.md). A line that cannot be read is said
    and left out. Start and target are the rubric's stated prior.

    Examples:

      empa watch chats.jsonl --fail-on-breach

      tail -f chats.jsonl | empa watch --sla line.yaml

      empa watch --follow chats.jsonl --post http://127.0.0.1:9000/breaches
    """
    from empa_graph.chats.reader import told_how
    from empa_graph.cli.extensions import import_extensions
    from empa_graph.cli.watch_command import Outlet, Source, watch_stream
    from empa_graph.live.webhook import Post

    import_extensions(import_, as_json=json_)
    outlet = Outlet(json_, Post(post) if post is not None else None, fail_on_breach)
    source, how = Source(file, follow), told_how(format_, role or ())
    config, keys = typed.judging(), typed.judging_keys
    watch_stream(source, how, config, keys=keys, sla=sla, rest=rest, most=most, outlet=outlet)
