"""Options that several commands share and that fill no configuration, and the environment that they read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from empa_graph.chats.formats import AUTO, FORMATS
from empa_graph.cli.option_texts import OPTIONS


def place(text: str) -> Path:
    """Return the path that was typed; an empty one would mean the working folder and is refused."""
    if not text:
        raise typer.BadParameter("it is empty")
    return Path(text)


RUN_HELP = "A run folder, or a store URL: URL#RUN where it holds several"
"""What is typed where a run belongs."""
RunArgument = Annotated[str, typer.Argument(metavar="RUN", help=f"{RUN_HELP}.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
JsonLines = Annotated[
    bool,
    typer.Option(
        "--json",
        help="Print JSON Lines: one object a turn, with its outcome where the episode ends, and the summary last.",
    ),
]
Import = Annotated[
    list[str] | None,
    typer.Option("--import", metavar=OPTIONS["import_"].metavar, help=OPTIONS["import_"].help),
]
Personas = Annotated[
    Path | None,
    typer.Option("--personas", metavar=OPTIONS["personas"].metavar, help=OPTIONS["personas"].help),
]
ChatFormat = Annotated[
    str,
    typer.Option(
        "--format",
        metavar="NAME",
        help=f"The format of the chats (docs/chats.md): {', '.join([AUTO, *FORMATS])}.",
    ),
]
ChatRoles = Annotated[
    list[str] | None,
    typer.Option(
        "--role",
        metavar="NAME=SEAT",
        help="Who a role or a name in the chats is: NAME=persona (or user), NAME=empathic (or assistant), or "
        "NAME=aside. Repeatable.",
    ),
]
RubricName = Annotated[str, typer.Option("--rubric", metavar="NAME", help="Rubric: a name, or a YAML file.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite.")]
Variants = Annotated[
    list[str] | None,
    typer.Option("--variant", metavar="NAME", help="Only this variant of each run. Repeatable. Default: all."),
]
Head = Annotated[
    str | None, typer.Option("--head", metavar="HASH", help="The head that the run printed when it ended.")
]
Heading = Annotated[str, typer.Option("--title", metavar="TEXT", help="Its heading. Default: the agents.")]
Port = Annotated[
    int, typer.Option("--port", metavar="N", min=0, max=65_535, help="The port on 127.0.0.1; 0 for a free one.")
]
RunStore = Annotated[
    str | None,
    typer.Option("--store", metavar="URL", help="The database of a run that lies on a server and was not made here."),
]


def openai_key() -> str | None:
    """Return the key that OpenAI itself is sent, and no other server."""
    return os.environ.get("OPENAI_API_KEY") or None
