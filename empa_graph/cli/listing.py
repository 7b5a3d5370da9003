"""Lists of records for any width: a table where it fits, else a few lines a record; a number is never cut."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import partial

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table

from empa_graph.cli.display import fits, literal

NARROWEST = 12
"""Columns that a text needs at least to be read in a table."""
IDS = "scenario"
"""The column of ids of scenarios."""


def listed(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    width: int,
    numbers: Collection[str] = (),
    names: Collection[str] = (),
    title: str = "",
) -> Iterator[RenderableType]:
    """Yield ``rows`` under ``headings`` in ``width`` columns; what stands under ``numbers`` is not broken.

    Nor is, in a table, what stands under ``names``: it is copied to be typed. A column of ids of scenarios is not cut
    but behind the person's. A column that is empty in every row is left out.
    """
    kept = [place for place in range(len(headings)) if any(row[place] for row in rows)] or list(range(len(headings)))
    headings, rows = [headings[place] for place in kept], [[row[place] for place in kept] for row in rows]
    halved = [[broken(cell) if name == IDS else cell for name, cell in zip(headings, row, strict=True)] for row in rows]
    ways: list[tuple[Sequence[Sequence[str]], set[str]]] = [(rows, {*names, IDS})]
    if IDS not in names:
        ways += [(halved, {*names, IDS}), (rows, {*names})]
    for shown, whole in ways:
        table = partial(_table, headings, shown, numbers, whole, title)
        if fits(table(narrow=True), width):
            yield table(narrow=False)
            return
    if title:
        yield literal(title, "italic")
    for row in rows:
        yield literal(row[0], "bold")
        facts = [f"{name} {' '.join(cell.split())}" for name, cell in zip(headings[1:], row[1:], strict=True) if cell]
        yield Padding(literal(", ".join(facts)), (0, 0, 0, 2))


def broken(cell: str) -> str:
    """Return the id of a scenario in two lines, its person and its goal, so that neither is cut inside."""
    person, slash, goal = cell.partition("/")
    return f"{person}/\n{goal}" if slash else cell


def _table(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    numbers: Collection[str],
    names: Collection[str],
    title: str,
    *,
    narrow: bool,
) -> Table:
    table = Table(title=literal(title) if title else None)
    for heading in headings:
        if heading in numbers:
            table.add_column(heading, justify="right", no_wrap=True)
        elif heading in names:
            table.add_column(heading, no_wrap=True)
        else:
            table.add_column(heading, overflow="fold", max_width=NARROWEST if narrow else None)
    for row in rows:
        table.add_row(*map(literal, row))
    return table
