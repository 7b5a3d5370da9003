"""``empa validate``: every fault of persona files, with file and line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import typer

from empa_graph.cli import EXIT_USAGE
from empa_graph.cli.plain import plain
from empa_graph.content.library import load_rubric, persona_files
from empa_graph.content.validation import check_file, shared_text


def validate_files(places: Sequence[Path], rubric_name: str, *, as_json: bool) -> None:
    """Check the files and exit with 2 when any has a fault."""
    rubric = load_rubric(rubric_name)
    files: list[Path] = []
    for place in places:
        files += persona_files(place) if place.is_dir() else [place]
    files = files or list(persona_files())
    faults = [fault for file in files for fault in check_file(file, rubric)]
    faults += shared_text(files)
    if as_json:
        typer.echo(json.dumps({"files": len(files), "faults": faults}, indent=2))
    else:
        for fault in faults:
            typer.echo(plain(fault))
        typer.echo(f"{len(files)} files, {len(faults)} faults")
    if faults:
        raise typer.Exit(EXIT_USAGE)
