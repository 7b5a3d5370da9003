"""``empa validate``: every fault of persona files, with file and line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import typer

from empa_graph.cli import EXIT_USAGE
from empa_graph.cli.plain import plain
from empa_graph.content.card_hints import hints
from empa_graph.content.graded import graded_faults, graded_for
from empa_graph.content.library import load_rubric, persona_files
from empa_graph.content.loading import load_model
from empa_graph.content.one_bank import bank_faults
from empa_graph.content.validation import check_file, shared_text
from empa_graph.errors import ContentError
from empa_graph.models.persona import Persona
from empa_graph.report.text import many


def card_files(places: Sequence[Path]) -> list[Path]:
    """Return the persona files of ``places``, files or folders; without any, the bundled ones.

    Raises ContentError for a place that is not there, which has no card to find a fault in.
    """
    if (missing := next((place for place in places if not place.exists()), None)) is not None:
        raise ContentError(f"{missing}: cannot be read (no such file or directory)")
    files = [file for place in places for file in (persona_files(place) if place.is_dir() else [place])]
    return files or list(persona_files())


def validate_files(places: Sequence[Path], rubric_name: str, *, hinted: bool = False, as_json: bool) -> None:
    """Check the files and exit with 2 when any has a fault; ``hinted`` adds what a reader should look at."""
    rubric, files = load_rubric(rubric_name), card_files(places)
    faults = [fault for file in files for fault in check_file(file, rubric)]
    faults += shared_text(files)
    faults += bank_faults(files)
    faults += [fault for file in files for fault in _graded(file)]
    seen = [hint for file in files for hint in _hints(file)] if hinted else []
    if as_json:
        typer.echo(json.dumps({"files": len(files), "faults": faults} | ({"hints": seen} if hinted else {}), indent=2))
    else:
        for line in (*faults, *(f"hint: {hint}" for hint in seen)):
            typer.echo(plain(line))
        typer.echo(f"{many(len(files), 'file')}, {many(len(faults), 'fault')}")
    if faults:
        raise typer.Exit(EXIT_USAGE)


def _graded(file: Path) -> list[str]:
    """Return the faults between a bundled card and its graded replies, where it has some."""
    graded = graded_for(file)
    try:
        return list(graded_faults(load_model(file, Persona), graded)) if graded else []
    except ContentError as error:
        return [str(error)]


def _hints(file: Path) -> list[str]:
    """Return the hints of a card; one that cannot be read has its fault already."""
    try:
        return hints(load_model(file, Persona))
    except ContentError:
        return []
