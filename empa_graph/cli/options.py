"""Options that several commands share and that fill no configuration, and the environment that they read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
Personas = Annotated[
    Path | None,
    typer.Option("--personas", metavar="FOLDER", help="Persona files to use instead of the bundled ones."),
]
RubricName = Annotated[str, typer.Option("--rubric", metavar="NAME", help="Rubric: a name, or a YAML file.")]
RunStore = Annotated[
    str | None,
    typer.Option("--store", metavar="URL", help="The database of a run that lies on a server and was not made here."),
]


def openai_key() -> str | None:
    """Return the key that OpenAI itself is sent, and no other server."""
    return os.environ.get("OPENAI_API_KEY") or None
