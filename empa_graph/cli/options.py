"""Options that several commands share and that fill no configuration, and the environment that they read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from empa_graph.chats.formats import AUTO, FORMATS


def place(text: str) -> Path:
    """Return the path that was typed; an empty one would mean the working folder and is refused."""
    if not text:
        raise typer.BadParameter("it is empty")
    return Path(text)


RUN_HELP = "A run folder, or a store URL: URL#RUN where it holds several"
"""What is typed where a run belongs."""
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
Import = Annotated[
    list[str] | None,
    typer.Option(
        "--import",
        metavar="MODULE|FILE.py",
        help="Import it for what it registers (docs/extending.md); its names work from then on. Repeatable.",
    ),
]
Personas = Annotated[
    Path | None,
    typer.Option("--personas", metavar="FOLDER", help="Persona files to use instead of the bundled ones."),
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
        help="Who a role or a name in the chats is: NAME=persona, NAME=empathic, or NAME=aside. Repeatable.",
    ),
]
RubricName = Annotated[str, typer.Option("--rubric", metavar="NAME", help="Rubric: a name, or a YAML file.")]
RunStore = Annotated[
    str | None,
    typer.Option("--store", metavar="URL", help="The database of a run that lies on a server and was not made here."),
]


def openai_key() -> str | None:
    """Return the key that OpenAI itself is sent, and no other server."""
    return os.environ.get("OPENAI_API_KEY") or None
