"""``empa new scenarios``: scenarios without a corpus, out of a specification; what passes its check is kept."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path

import typer
from rich.console import RenderableType
from rich.progress import Progress

from empa_graph.cli import EXIT_RUN_ERROR
from empa_graph.cli.display import console, literal
from empa_graph.cli.listing import listed
from empa_graph.cli.plain import one_line
from empa_graph.distill.generation.bank_writer import bank_writer
from empa_graph.distill.generation.folder import REPORT, shares, write_generated
from empa_graph.distill.generation.generate import generated
from empa_graph.distill.generation.specification import Generation, read_specification
from empa_graph.report.text import many
from empa_graph.study.segments.folder import check_folder


def write_scenarios(spec: Path, out: Path, *, as_json: bool) -> None:
    """Write the scenarios that ``spec`` describes to ``out``, a folder that is new or empty; exit 1 for none.

    Raises UsageError, ContentError.
    """
    asked = read_specification(spec)
    check_folder(out)
    with Progress(console=console, transient=True, disable=not console.is_terminal or as_json) as bar:
        tasks = {stage: bar.add_task(stage, total=None) for stage in ("written", "rehearsed")}
        found = generated(
            asked, bank_writer(asked), told=lambda stage, done, of: bar.update(tasks[stage], completed=done, total=of)
        )
    cards = write_generated(found, out)
    if as_json:
        typer.echo(json.dumps(_fields(found.record, out), indent=2))
    else:
        for part in shown(found.record, width=console.width):
            console.print(part)
        console.print(literal(f"written to {out}; {out / REPORT} and checks.md say how. Try:"))
        words = ("empa", "run", "--personas", str(cards), "--empathic", "scripted:generic")
        console.print(literal(f"  {shlex.join(words)}"), soft_wrap=True)
    if not found.chosen:
        raise typer.Exit(EXIT_RUN_ERROR)


def shown(record: Generation, *, width: int) -> Iterator[RenderableType]:
    """Yield what a generation came to, for ``width`` columns."""
    wanted = record.specification.scenarios
    title = f"{record.chosen} of {many(wanted, 'scenario')} wanted, seed {record.specification.seed}"
    rows = [(name, value, *map(str, counts)) for name, value, *counts in shares(record)]
    headings = ("what", "value", "drawn", "passed", "chosen")
    yield from listed(headings, rows, width=width, numbers=headings[2:], title=title)
    told = f"{many(len(record.candidates), 'profile')}, {record.written} written, {record.passed} passed their check"
    causes = ", ".join(f"{cause} {count}" for cause, count in record.causes.items())
    yield literal(one_line(f"{told}; left out: {causes or 'none'}"))
    if record.chosen < wanted:
        yield literal(f"{record.chosen} of {wanted}: no more passed; more `candidates` give more", "yellow")


def _fields(record: Generation, out: Path) -> dict[str, object]:
    chosen = [one for one in record.candidates if one.chosen]
    return {
        "folder": str(out),
        "wanted": record.specification.scenarios,
        "drawn": len(record.candidates),
        "written": record.written,
        "passed": record.passed,
        "left_out": record.causes,
        "scenarios": [{"id": one.scenario, "difficulty": one.difficulty} for one in chosen],
    }
