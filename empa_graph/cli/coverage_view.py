"""``empa validate --coverage``: what kinds of people and conversations persona files hold, and which they lack."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import typer
from rich.console import RenderableType

from empa_graph.cli.display import console, literal
from empa_graph.cli.listing import listed
from empa_graph.cli.plain import one_line
from empa_graph.content.loading import load_model
from empa_graph.distill.checks.report import read_checks
from empa_graph.errors import writing
from empa_graph.models.persona import Persona, Scenario
from empa_graph.report.coverage.aspects import Known
from empa_graph.report.coverage.counting import CardCoverage, card_coverage, coverage_markdown
from empa_graph.report.text import many


def cover_files(files: Sequence[Path], out: Path | None, *, as_json: bool) -> None:
    """Print the coverage of the scenarios of ``files``, and write it to ``out`` in Markdown where that is given.

    Raises ContentError for a file that is no card, UsageError where ``out`` cannot be written.
    """
    people = [load_model(file, Persona) for file in files]
    every = [Scenario(persona=person, goal=goal) for person in people for goal in person.goals]
    found = card_coverage(every, _known(files))
    if out is not None:
        with writing(out):
            out.write_text(coverage_markdown(found), encoding="utf-8")
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
        return
    for part in covered(found, width=console.width):
        console.print(part)


def _known(files: Sequence[Path]) -> Known:
    """Return what checks that lie in or beside the folders of ``files`` found of their scenarios."""
    checks = [read_checks(folder) for folder in dict.fromkeys(file.parent for file in files)]
    return {name: told for check in checks if check is not None for name, told in check.known.items()}


def covered(found: CardCoverage, *, width: int) -> Iterator[RenderableType]:
    """Yield the coverage of a set of scenarios for ``width`` columns."""
    rows = [(cell.aspect, one_line(cell.value), str(cell.scenarios), str(cell.personas)) for cell in found.cells]
    title = f"{many(found.scenarios, 'scenario')} of {many(found.personas, 'person')}"
    headings = ("aspect", "value", "scenarios", "persons")
    yield from listed(headings, rows, width=width, numbers=headings[2:], title=title)
    for pair in found.pairs:
        if pair.empty:
            empty = "; ".join(f"{a} and {b}" for a, b in pair.empty)
            yield literal(one_line(f"nobody has {pair.aspects[0]}, {pair.aspects[1]}: {empty}"), "dim")
    for gap in found.gaps:
        yield literal(one_line(gap), "yellow")
