"""Lists of records for any width: a table where it fits, else a few lines a record; a number is never cut."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from empa_graph.cli.display import fits, literal
from empa_graph.cli.plain import plain

if TYPE_CHECKING:
    from empa_graph.models.calibration import Bounded
    from empa_graph.scoring.clustered import Slope
    from empa_graph.scoring.correlation import Correlation
from collections.abc import Mapping
from datetime import date
from typing import Any

NARROWEST = 12
"""Columns that a text needs at least to be read in a table."""
EASY = 20
"""Columns of a text that is easily read where it wraps, or is cut."""
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
        if fits(table(narrow=NARROWEST), width):
            yield table(narrow=None)
            return
    if title:
        yield literal(title, "italic")
    for row in rows:
        yield literal(row[0], "bold")
        facts = [f"{name} {' '.join(cell.split())}" for name, cell in zip(headings[1:], row[1:], strict=True) if cell]
        yield Padding(literal(", ".join(facts)), (0, 0, 0, 2))


def in_lines(
    headings: Sequence[str], rows: Sequence[Sequence[str]], *, width: int, spared: Sequence[str], title: str = ""
) -> Iterator[RenderableType]:
    """Yield ``rows`` as `listed` does where that is easily read or there is but one, else with a line for each.

    Then only the last column is cut, and the first of ``spared`` are left out, and said to be, as far as it needs.
    """
    wide = [max(map(cell_len, column)) + 2 for column in zip(headings, *rows, strict=True)]
    given = [name for name in headings if name not in spared]
    for name in reversed(spared):
        if _left([*given, name], headings, wide, width) < EASY:
            break
        given.append(name)
    whole = _table(headings, rows, (), headings[:1], title, narrow=EASY)
    if len(rows) < 2 or fits(whole, width) or _left(given, headings, wide, width) < EASY:
        yield from listed(headings, rows, width=width, names=headings[:1], title=title)
        return
    yield literal(title, "italic")
    places = [place for place, name in enumerate(headings) if name in given]
    yield _line(headings, places, wide, width, "bold")
    yield from (_line(row, places, wide, width) for row in rows)
    if out := [name for name in headings if name not in given]:
        yield literal(f"left out at this width: {', '.join(out)}; --json has all", "italic")


def _left(given: Sequence[str], headings: Sequence[str], wide: Sequence[int], width: int) -> int:
    """Return how many columns those that are ``given`` leave to the last."""
    return width - sum(size for name, size in zip(headings[:-1], wide, strict=False) if name in given)


def _line(row: Sequence[str], places: Sequence[int], wide: Sequence[int], width: int, style: str = "") -> Text:
    """Return the cells of ``places`` in columns, the last of them cut to ``width``."""
    cells = [set_cell_size(plain(row[place]), wide[place]) for place in places[:-1]]
    line = literal("".join((*cells, row[places[-1]])), style)
    line.truncate(width, overflow="ellipsis")
    return line


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
    narrow: int | None,
) -> Table:
    table = Table(title=literal(title) if title else None)
    for heading in headings:
        if heading in numbers:
            table.add_column(heading, justify="right", no_wrap=True)
        elif heading in names:
            table.add_column(heading, no_wrap=True)
        else:
            table.add_column(heading, overflow="fold", max_width=narrow)
    for row in rows:
        table.add_row(*map(literal, row))
    return table


def coefficient(found: Correlation | Slope | Bounded | None, form: str = ".2f") -> str:
    """Return ``0.41 [0.12, 0.64]``, or a dash for what is not known."""
    if found is None:
        return "-"
    return f"{found.value:{form}}" + ("" if found.low is None else f" [{found.low:{form}}, {found.high:{form}}]")


def fields(value: Any) -> Any:
    """Return named tuples as objects of their fields, days as text, and all else as it is."""
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: fields(part) for name, part in value._asdict().items()}
    if isinstance(value, Mapping):
        return {name: fields(part) for name, part in value.items()}
    if isinstance(value, date):
        return value.isoformat()
    return [fields(part) for part in value] if isinstance(value, tuple | list) else value
