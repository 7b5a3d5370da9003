"""``empa validate --rehearse``: play cards with every reference agent and print what came of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import typer
from rich.progress import Progress

from empa_graph.cli import EXIT_USAGE
from empa_graph.cli.display import console
from empa_graph.cli.plain import plain
from empa_graph.content.library import load_rubric
from empa_graph.content.loading import load_model
from empa_graph.models.persona import Persona, Scenario
from empa_graph.report.text import many
from empa_graph.study.rehearse.rehearsal import TOLD_APART, Rehearsal, rehearsed
from empa_graph.study.rehearse.voices import Voices


def rehearse_files(files: Sequence[Path], rubric_name: str, *, as_json: bool) -> None:
    """Rehearse the cards of ``files`` and exit with 2 when a line broke its own conditions or voices are mixed up."""
    rubric = load_rubric(rubric_name)
    people = [load_model(file, Persona) for file in files]
    scenarios = [Scenario(persona=person, goal=goal) for person in people for goal in person.goals]
    with Progress(console=console, transient=True, disable=not console.is_terminal or as_json) as shown:
        task = shown.add_task("rehearsal", total=None)
        found = asyncio.run(
            rehearsed(scenarios, rubric, played=lambda done, of: shown.update(task, completed=done, total=of))
        )
    if as_json:
        typer.echo(json.dumps({**found._asdict(), "voices": found.voices._asdict()}, indent=2))
    else:
        for line in report(found):
            typer.echo(plain(line))
    mixed = found.voices.accuracy is not None and found.voices.accuracy <= TOLD_APART
    if found.breaches or mixed:
        raise typer.Exit(EXIT_USAGE)


def report(found: Rehearsal) -> list[str]:
    """Return what a rehearsal found, line by line; what must not be comes first."""
    voices = found.voices
    mixed = [f"{who} taken for {', '.join(others)}" for who, others in voices.taken_for.items()]
    return [
        *found.breaches,
        *(f"{where}: never said: {', '.join(names)}" for where, names in found.never_said.items()),
        *(f"{who}: never felt: {', '.join(tastes)}" for who, tastes in found.never_felt.items()),
        *(f"{where}: without a word left in {many(count, 'episode')}" for where, count in found.ran_out.items()),
        *mixed,
        _apart(voices),
        f"{many(found.episodes, 'episode')}, {many(len(found.breaches), 'breach', 'breaches')}",
    ]


def _apart(voices: Voices) -> str:
    if voices.accuracy is None or voices.chance is None:
        return "too few persons with two scenarios to be told apart by their words"
    new = "" if voices.by_new_lines is None else f", {voices.by_new_lines:.2f} by lines of that scenario alone"
    return (
        f"persons told apart by their words in a scenario not seen: balanced accuracy {voices.accuracy:.2f}{new} "
        f"({many(voices.texts, 'text')}, chance {voices.chance:.2f}, wanted above {TOLD_APART:.2f})"
    )
