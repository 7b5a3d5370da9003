"""Rich tables of what the report floor computed; numbers are rounded here."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from empa_graph.cli.plain import one_line, plain
from empa_graph.cli.streams import mute
from empa_graph.report.lines import (
    BESIDE,
    COLUMNS,
    agreement_line,
    calibration_lines,
    check_lines,
    contrast_lines,
    coverage_lines,
    endings,
    is_alarm,
    mean_and_bounds,
    own_metrics,
    title,
    trouble,
    turns,
)
from empa_graph.report.sparkline import marks_for, sparkline
from empa_graph.report.summary import Metric, Summary, VariantSummary

PIPED_WIDTH = 120
"""Columns of a table that no terminal sets the width of."""


def _unbroken(text: Text, width: int) -> Text:
    """Return ``text`` in lines of at most ``width`` columns, but for a word that is longer."""
    lines: list[Text] = []
    for line in text.split(allow_blank=True):
        cuts, used = [], 0
        for word in re.finditer(r"\s*\S+\s*", line.plain):
            if used and used + cell_len(word[0].rstrip()) > width:
                cuts.append(word.start())
                used = 0
            used += cell_len(word[0])
        lines += line.divide(cuts)
    for line in lines:
        line.rstrip()
    return Text("\n").join(lines)


def _width() -> int | None:
    """Columns for tables; None leaves it to the terminal."""
    columns = os.environ.get("COLUMNS", "")
    return None if sys.stdout.isatty() else int(columns) if columns.isdecimal() else PIPED_WIDTH


class _Console(Console):
    """A console that breaks lines between words only, and whose reader may leave.

    A path that is longer than a line can be copied. A command whose reader left still ends with its own exit code.
    """

    def print(self, *objects: Any, **options: Any) -> None:
        """Print as `Console.print` does, with no word of a text broken."""
        if len(objects) == 1 and isinstance(objects[0], Text) and not options:
            objects, options = (_unbroken(objects[0], self.width),), {"soft_wrap": True}
        super().print(*objects, **options)

    def on_broken_pipe(self) -> None:
        """Say nothing more."""
        self.quiet = True
        mute(sys.stdout)


console = _Console(
    highlight=False,
    markup=False,
    emoji=False,
    width=_width(),
)
_EPMQ = {
    "composite": "EPM-Q",
    "outcome": "outcome",
    "rdi": "  RDI",
    "etot": "  Etot",
    "snet": "  Snet",
    "efficiency": "efficiency",
    "rho": "  rho",
    "sproj": "  Sproj",
    "tau": "  tau",
    "stability": "stability",
    "rpos": "  Rpos",
    "align": "  Align",
    "pen": "  Pen",
}
_WHOLE = frozenset({"composite", "outcome", "efficiency", "stability"})
"""The rows that are shown with their intervals."""


def literal(text: str, style: str = "") -> Text:
    """Return ``text`` as it stands: no markup, no emoji codes, no control characters."""
    return Text(plain(text), style=style)


def marks() -> str:
    """Return the marks of a sparkline that standard output can show: blocks, or digits where it has none."""
    return marks_for(console.encoding)


def spark(values: Sequence[float | None], *, top: float = 1.0) -> str:
    """Return ``values`` from 0 to ``top`` as a sparkline of `marks`."""
    return sparkline(values, top=top, marks=marks())


def fits(table: Table, width: int) -> bool:
    """Say whether ``table`` can be shown in ``width`` columns with every cell whole."""
    return Measurement.get(console, console.options.update(width=10_000), table).maximum <= width


def squeezes(table: Table, width: int) -> bool:
    """Say whether ``table`` can be shown in ``width`` columns where its texts wrap between words."""
    return Measurement.get(console, console.options.update(width=10_000), table).minimum <= width


INTERVALS = "[95% interval over scenarios: t below 15, else bootstrap]"
_CAPTION = f"mean over scenarios {INTERVALS}\nalignment, impact and stability from 0 to 1, composite from 0 to 100"


def summary_tables(summary: Summary, width: int) -> Iterator[Table]:
    """Yield the tables of a run, no wider than ``width``: one with a row a variant, or else one a variant."""
    whole = _summary_table(summary)
    if fits(whole, width):
        yield whole
        return
    yield _heading(title(summary))
    yield from (_variant_table(variant, summary) for variant in summary.variants)
    yield _heading(_CAPTION)


def _heading(text: str) -> Table:
    """Return ``text`` over the tables that stand below each other."""
    table = Table.grid()
    table.add_row(literal(text, "italic"))
    return table


def _summary_table(summary: Summary) -> Table:
    table = Table(title=literal(title(summary)), caption=_CAPTION, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("variant", no_wrap=True)
    for heading in ("scored", *COLUMNS.values(), "turns"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("endings", no_wrap=True)
    for variant in summary.variants:
        table.add_row(
            literal(variant.variant),
            f"{variant.scored}/{variant.planned}",
            *(interval_text(variant.metrics.get(name), name, summary) for name in COLUMNS),
            turns(variant),
            "\n".join(endings(variant)),
        )
    return table


def _variant_table(variant: VariantSummary, summary: Summary) -> Table:
    """Return one variant, a row a figure."""
    table = trio_table(variant.metrics, variant.variant, summary)
    table.add_row("turns", turns(variant), "")
    table.add_row("scored", f"{variant.scored}/{variant.planned}", "")
    for heading, ending in zip(("endings", *([""] * len(variant.endings))), endings(variant), strict=False):
        table.add_row(heading, *ending.split(" ", 1))
    return table


def trio_table(metrics: Mapping[str, Metric], title: str, summary: Summary | None = None) -> Table:
    """Return the trio and its composite, a row each."""
    table = _figures(title)
    for name, heading in COLUMNS.items():
        table.add_row(heading, *mean_and_bounds(metrics.get(name), name, summary))
    for name, heading in BESIDE.items():
        if name in metrics:
            table.add_row(heading, *mean_and_bounds(metrics[name], name, summary))
    return table


def _figures(title: str) -> Table:
    table = Table(title=literal(title, "bold"), title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("", no_wrap=True)
    table.add_column("mean", justify="right", no_wrap=True)
    table.add_column("95% interval", no_wrap=True)
    return table


def epmq_tables(summary: Summary, width: int) -> Iterator[Table]:
    """Yield EPM-Q of a run, no wider than ``width``: a column per variant and definition, or else a table each.

    Yields nothing where the rubric has none.
    """
    columns = [(f"{v.variant}\n{definition}", found) for v in summary.variants for definition, found in v.epmq.items()]
    if not columns:
        return
    title, caption = (
        f"{summary.agent}, EPM-Q",
        "mean over cases [95% interval]; not bounded by 100, see docs/two-definitions.md",
    )
    whole = Table(title=literal(title), caption=caption, box=box.SIMPLE_HEAD)
    whole.add_column("", no_wrap=True)
    for heading, _ in columns:
        whole.add_column(literal(heading), justify="right", no_wrap=True)
    for name, heading in _EPMQ.items():
        whole.add_row(
            heading, *(" ".join(_epmq_cells(found.get(name), name, summary)).rstrip() for _, found in columns)
        )
    if fits(whole, width):
        yield whole
        return
    yield _heading(title)
    for heading, found in columns:
        table = _figures(", ".join(heading.split("\n")))
        for name, row in _EPMQ.items():
            table.add_row(row, *_epmq_cells(found.get(name), name, summary))
        yield table
    yield _heading(caption)


def _epmq_cells(metric: Metric | None, name: str, summary: Summary) -> tuple[str, str]:
    shown = mean_and_bounds(metric, "composite", summary)
    return shown if name in _WHOLE else (shown[0], "")


def interval_text(metric: Metric | None, name: str, summary: Summary | None = None) -> str:
    """Return ``mean [low, high]`` in two lines; a dash where nothing was scored."""
    return "\n".join(mean_and_bounds(metric, name, summary)).rstrip()


def print_summary(summary: Summary) -> None:
    """Print what a run came to: coverage and trouble first, then the figures."""
    for line in coverage_lines(summary):
        console.print(literal(line))
    for line in check_lines(summary.judge_checks):
        console.print(literal(one_line(line), "" if ": fit" in line else "yellow"))
    for line in calibration_lines(summary):
        console.print(literal(one_line(line), "yellow" if is_alarm(line) else ""))
    for line in trouble(summary):
        console.print(literal(one_line(line), "yellow"))
    for table in (*summary_tables(summary, console.width), *epmq_tables(summary, console.width)):
        console.print(table)
    for line in (*contrast_lines(summary), agreement_line(summary), *own_metrics(summary)):
        if line:
            console.print(literal(line))
