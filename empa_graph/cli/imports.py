"""``empa import-empa``: scenarios and recordings from the user's own copy of the published EMPA data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import cast, get_args

import typer
from rich import box
from rich.table import Table

from empa_graph.cli.display import console, literal
from empa_graph.cli.plain import plain
from empa_graph.empa_import.import_report import Comparison, ImportReport, Missing, Skipped, Tally
from empa_graph.empa_import.importer import PERSONAS, RECORDINGS, import_folder
from empa_graph.errors import NotFoundError
from empa_graph.report.text import many

READ = ("a card (cases/script_*.md)", "a recorded result (script_*_result.json)")
SHOWN = 20
"""Faults of each kind that are printed; --json has all."""


def import_empa(folder: Path, *, out: Path, as_json: bool, missing: str = "failure") -> None:
    """Import ``folder`` into ``out``; exit 1 when nothing could be imported."""
    report = import_folder(folder, out, now=datetime.now(UTC), missing=_missing(missing))
    if as_json:
        typer.echo(report.model_dump_json(indent=2))
    else:
        _print(report, out)
    if report.empty:
        typer.echo(plain(f"empa: {folder}: nothing was imported: {_why(report)}"), err=True)
        raise typer.Exit(1)


def _why(report: ImportReport) -> str:
    tallies = {"case": report.cases, "result": report.results}
    lost = [
        f"{tally.found} {name if tally.found == 1 else name + 's'} skipped ({_counts(tally.skipped.items())})"
        for name, tally in tallies.items()
        if tally.found
    ]
    found = "; ".join(lost) or f"no file below it is {' or '.join(READ)}"
    return f"{found}; {many(len(report.faults), 'fault')} in its files" if report.faults else found


def _missing(name: str) -> Missing:
    for known in get_args(Missing):
        if name == known:
            return cast(Missing, known)
    raise NotFoundError("reading of missing judgements", name, get_args(Missing), where="--missing")


def _print(report: ImportReport, out: Path) -> None:
    table = Table("", "found", "imported", "skipped", box=box.SIMPLE_HEAD)
    table.add_row("cases", *_cells(report.cases))
    table.add_row("results", *_cells(report.results))
    console.print(table)
    if report.differences:
        console.print(_differences(report.differences))
    for line in _notes(report):
        console.print(literal(line))
    for line in (
        *_first(report.faults),
        *_first(_lines(report.skipped_cases)),
        *_first(_lines(report.skipped_results)),
    ):
        typer.echo(plain(line), err=True)
    if report.cases.imported:
        typer.echo(f"scenarios: {plain(str(out / PERSONAS))}")
    if report.results.imported:
        typer.echo(f"recordings: {plain(str(out / RECORDINGS))}")


def _cells(tally: Tally) -> tuple[str, str, str]:
    return str(tally.found), str(tally.imported), _counts(tally.skipped.items()) or "0"


def _differences(differences: Comparison) -> Table:
    table = Table("recorded value", "compared", "different", "largest", box=box.SIMPLE_HEAD)
    for name, compared in sorted(differences.items()):
        table.add_row(name, str(compared.compared), str(compared.different), f"{compared.largest:.4g}")
    return table


def _notes(report: ImportReport) -> list[str]:
    lines = []
    if report.not_recorded:
        reading = "a recorded failure each" if report.missing == "failure" else "each missing level read as zero"
        lines.append(f"judgements that never arrived or lack a level: {report.not_recorded} ({reading})")
    if report.cut:
        lines.append(f"texts cut or left out at the limits of a card: {report.cut}")
    if report.assumed:
        lines.append(f"not stated, a default stands there: {_counts(report.assumed.items())}")
    return lines


def _counts(counts: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts)


def _lines(skipped: Sequence[Skipped]) -> list[str]:
    return [f"{entry.cause}: {entry.detail}" for entry in skipped if entry.cause != "not_official"]


def _first(lines: Sequence[str]) -> list[str]:
    shown = [" ".join(line.split()) for line in lines[:SHOWN]]
    return [*shown, f"... and {len(lines) - SHOWN} more (--json)"] if len(lines) > SHOWN else shown
