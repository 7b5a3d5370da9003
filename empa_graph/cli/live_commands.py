"""The commands on live conversations, and their help; each does its work in a module imported when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from empa_graph.cli.options import ChatFormat, ChatRoles, Import
from empa_graph.cli.typed_config import Typed, configured

Rest = Annotated[
    float, typer.Option(min=0.05, metavar="S", help="Judge an answered turn after so many seconds without a line.")
]


@configured("evaluator", "judge", "judge_temperature", "judge_max_tokens", "base_url", "api_key", "rubric")
def watch(
    typed: Typed,
    *,
    follow: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Follow this file as it grows, instead of standard input.")
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

      tail -f chats.jsonl | empa watch --sla line.yaml

      empa watch --follow chats.jsonl --post http://127.0.0.1:9000/breaches
    """
    from empa_graph.chats.reader import told_how
    from empa_graph.cli.extensions import import_extensions
    from empa_graph.cli.watch_command import Outlet, watch_stream
    from empa_graph.live.webhook import Post

    import_extensions(import_, as_json=json_)
    outlet = Outlet(json_, Post(post) if post is not None else None, fail_on_breach)
    config, keys = typed.judging(), typed.judging_keys
    watch_stream(follow, told_how(format_, role or ()), config, keys=keys, sla=sla, rest=rest, most=most, outlet=outlet)
