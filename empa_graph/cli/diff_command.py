"""``empa diff``: whether two runs can be compared, and in what they differ."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import typer
from pydantic import JsonValue
from rich import box
from rich.table import Table

from empa_graph.cli.display import console, literal
from empa_graph.cli.whole_runs import Asked, asked_in, compared
from empa_graph.report.comparison import Comparison
from empa_graph.report.manifest_fields import Difference
from empa_graph.run.place import RunPlace, refuse_absent

SHOWN = 60
"""Characters of one value in the table; ``--json`` gives all of it."""


def diff_runs(left: RunPlace, right: RunPlace, *, as_json: bool, read: Callable[[RunPlace], Asked] = asked_in) -> None:
    """Print the verdict and what differs between two runs; exit 1 when they cannot be compared.

    ``read`` gives what a run is compared by. Raises UsageError, ContentError.
    """
    refuse_absent([left, right])
    found = compared(read(left), read(right))
    if as_json:
        typer.echo(json.dumps({"left": str(left), "right": str(right), **found.model_dump(mode="json")}, indent=2))
    else:
        console.print(literal(_verdict(found), "green" if found.comparable else "red"))
        for title, rows in (("stands in the way", found.blocking), ("differs, and may", found.other)):
            if rows:
                console.print(_table(title, rows, left, right))
    if not found.comparable:
        raise typer.Exit(1)


def _verdict(found: Comparison) -> str:
    if not found.comparable:
        names = ", ".join(difference.field for difference in found.blocking)
        return f"not comparable: {names}"
    if not found.other:
        return "comparable; nothing differs"
    return f"comparable; fields that differ: {len(found.other)}"


def _table(title: str, rows: Sequence[Difference], left: RunPlace, right: RunPlace) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for heading in ("field", f"{left} (left)", f"{right} (right)", "why"):
        table.add_column(literal(heading), overflow="fold")
    for row in rows:
        table.add_row(literal(row.field), literal(_value(row.left)), literal(_value(row.right)), literal(row.why))
    return table


def _value(value: JsonValue) -> str:
    """Return ``value`` for people: a dash for what is absent, a long text by its start."""
    if value is None:
        return "-"
    if isinstance(value, list):
        value = ", ".join(map(str, value))
    text = str(value)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 3]}..."
