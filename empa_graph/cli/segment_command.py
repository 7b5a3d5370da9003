"""``empa segment``: draw a segment of personas from a description, write it, and say what was reached."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path

import typer
from rich.console import RenderableType

from empa_graph.cli.display import console, literal
from empa_graph.cli.listing import listed
from empa_graph.cli.plain import one_line
from empa_graph.report.text import many
from empa_graph.study.segments.description import bases, read_description
from empa_graph.study.segments.folder import REPORT, check_folder, write_segment
from empa_graph.study.segments.manifest import SegmentRecord, segment


def write_described(path: Path, out: Path, *, as_json: bool) -> None:
    """Write the segment that ``path`` describes to ``out``, a folder that is new or empty. Raises UsageError."""
    description = read_description(path)
    check_folder(out)
    found = segment(description, bases(description, path))
    write_segment(found, out)
    if as_json:
        typer.echo(json.dumps(found.record.model_dump(mode="json"), indent=2))
        return
    for part in shown(found.record, width=console.width):
        console.print(part)
    console.print(literal(f"written to {out}; {out / REPORT} lists every change. Try:"))
    for words in (("validate", str(out)), ("run", "--personas", str(out), "--empathic", "scripted:generic")):
        console.print(literal(f"  {shlex.join(('empa', *words))}"), soft_wrap=True)


def shown(record: SegmentRecord, *, width: int) -> Iterator[RenderableType]:
    """Yield what a segment came to, for ``width`` columns."""
    rows = [
        (s.dimension, s.value, f"{s.wanted:.2f}", f"{s.reached:.2f}", f"{s.difference:+.2f}", f"{s.count} of {s.n}")
        for s in record.shares
    ]
    headings = ("dimension", "value", "wanted", "reached", "difference", "persons")
    title = f"segment {record.description.id}, {many(len(record.persons), 'person')}, seed {record.description.seed}"
    yield from listed(headings, rows, width=width, numbers=headings[2:], title=title)
    for share in record.shares:
        if share.note:
            got = f"reached {share.reached:.2f} of {share.wanted:.2f}"
            yield literal(one_line(f"{share.dimension} {share.value}: {got}: {share.note}"), "yellow")
    yield literal(
        f"words of {len(record.drawn_bases)} base personas, effective number {record.effective_bases:.1f} of "
        f"{len(record.bases)}; {record.distinct} of {many(len(record.persons), 'person')} differ in more than their id"
    )
    changed = [person for person in record.persons if person.changes]
    beyond = [person for person in changed if any(change.extrapolated for change in person.changes)]
    yield literal(
        f"numbers changed of {len(changed)}, extrapolated of {len(beyond)} of {many(len(record.persons), 'person')}"
    )
    for line in record.refused:
        yield literal(one_line(f"refused: {line}"), "yellow")
