"""Rich tables of what the report floor computed; numbers are rounded here."""

from __future__ import annotations

import os
import sys

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from empa_graph.cli.plain import plain
from empa_graph.report.summary import Metric, Summary

PIPED_WIDTH = 100
"""Columns of a table that no terminal sets the width of."""
console = Console(
    highlight=False,
    markup=False,
    emoji=False,
    width=None if sys.stdout.isatty() or "COLUMNS" in os.environ else PIPED_WIDTH,
)
_COLUMNS = {
    "alignment_index": "alignment",
    "impact_index": "impact",
    "stability_index": "stability",
    "composite": "composite",
}


def literal(text: str, style: str = "") -> Text:
    """Return ``text`` as it stands: no markup, no emoji codes, no control characters."""
    return Text(plain(text), style=style)


def summary_table(summary: Summary) -> Table:
    """Return the table of a run: one row a variant, means with 95% intervals."""
    table = Table(
        title=literal(f"{summary.agent}, evaluator {summary.evaluator}, weights {summary.profile}"),
        caption="mean over scenarios [95% interval, bootstrapped over scenarios]",
        box=box.SIMPLE_HEAD,
    )
    table.add_column("variant", overflow="fold", min_width=8)
    for heading in ("scored", *_COLUMNS.values(), "turns", "converged"):
        table.add_column(heading, justify="right", no_wrap=True)
    for variant in summary.variants:
        table.add_row(
            literal(variant.variant),
            f"{variant.scored}/{variant.planned}",
            *(interval_text(variant.metrics.get(name), name) for name in _COLUMNS),
            "-" if variant.turns is None else f"{variant.turns:.1f}",
            f"{variant.endings.get('converged', 0)}/{variant.planned}",
        )
    return table


def interval_text(metric: Metric | None, name: str) -> str:
    """Return ``mean [low, high]``; a dash where nothing was scored."""
    if metric is None:
        return "-"
    digits = 1 if name == "composite" else 2
    mean = f"{metric.mean:.{digits}f}"
    if metric.low is None or metric.high is None:
        return mean
    return f"{mean}\n[{metric.low:.{digits}f}, {metric.high:.{digits}f}]"


def trouble(summary: Summary) -> list[str]:
    """Return one line for each thing that went wrong, with its count."""
    lines = []
    for variant in summary.variants:
        for cause, count in variant.failed.items():
            lines.append(f"{variant.variant}: {count} of {variant.planned} episodes without a score: {cause}")
        for kind, count in variant.faults.items():
            lines.append(f"{variant.variant}: {count} turns with {kind} (recorded, episode went on)")
    return lines
