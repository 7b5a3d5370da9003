"""Rich tables of what the report floor computed; numbers are rounded here."""

from __future__ import annotations

import os
import sys

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from empa_graph.cli.plain import plain
from empa_graph.models.stop import SUCCESSES
from empa_graph.report.summary import METRICS, Metric, Summary

PIPED_WIDTH = 100
"""Columns of a table that no terminal sets the width of."""


def _width() -> int | None:
    """Columns for tables; None leaves it to the terminal."""
    columns = os.environ.get("COLUMNS", "")
    return None if sys.stdout.isatty() else int(columns) if columns.isdecimal() else PIPED_WIDTH


console = Console(
    highlight=False,
    markup=False,
    emoji=False,
    width=_width(),
)
_COLUMNS = {
    "alignment_index": "alignment",
    "impact_index": "impact",
    "stability_index": "stability",
    "composite": "composite",
}
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
            f"{sum(variant.endings.get(ending, 0) for ending in SUCCESSES)}/{variant.planned}",
        )
    return table


def epmq_table(summary: Summary) -> Table | None:
    """Return EPM-Q of a run, a column per variant and definition; None where the rubric has none."""
    columns = [(v.variant, definition, found) for v in summary.variants for definition, found in v.epmq.items()]
    if not columns:
        return None
    table = Table(
        title=literal(f"{summary.agent}, EPM-Q"),
        caption="mean over cases [95% interval]; not bounded by 100, see docs/two-definitions.md",
        box=box.SIMPLE_HEAD,
    )
    table.add_column("")
    for variant, definition, _ in columns:
        table.add_column(literal(f"{variant}\n{definition}"), justify="right")
    for name, heading in _EPMQ.items():
        table.add_row(heading, *(_epmq_cell(found[name], whole=name in _WHOLE) for _, _, found in columns))
    return table


def _epmq_cell(metric: Metric, *, whole: bool) -> str:
    if not whole or metric.low is None or metric.high is None:
        return f"{metric.mean:.1f}"
    return f"{metric.mean:.1f} [{metric.low:.1f}, {metric.high:.1f}]"


def interval_text(metric: Metric | None, name: str) -> str:
    """Return ``mean [low, high]``; a dash where nothing was scored."""
    if metric is None:
        return "-"
    digits = 1 if name == "composite" else 2
    mean = f"{metric.mean:.{digits}f}"
    if metric.low is None or metric.high is None:
        return mean
    return f"{mean}\n[{metric.low:.{digits}f}, {metric.high:.{digits}f}]"


def print_summary(summary: Summary) -> None:
    """Print what a run came to: coverage and trouble first, then the figures."""
    for line in coverage_lines(summary):
        console.print(literal(line))
    for line in trouble(summary):
        console.print(literal(line, "yellow"))
    console.print(summary_table(summary))
    if (epmq := epmq_table(summary)) is not None:
        console.print(epmq)
    for line in (*contrast_lines(summary), agreement_line(summary), *own_metrics(summary)):
        if line:
            console.print(literal(line))


def contrast_lines(summary: Summary) -> list[str]:
    """Return one line for each further variant: how it differs from the first, and what could have been seen."""
    lines = []
    for found in summary.contrasts:
        line = f"{found.variant} - {found.baseline}: composite {found.difference:+.1f}"
        if found.low is not None and found.high is not None:
            line += f" [{found.low:.1f}, {found.high:.1f}]"
        if found.p_value is not None:
            line += f", p {found.p_value:.3f}"
        line += f", paired over {found.scenarios} scenarios"
        if found.detectable is not None:
            line += f" (so many show a difference of {found.detectable:.1f} with a probability of 80%)"
        lines.append(line)
    return lines


def own_metrics(summary: Summary) -> list[str]:
    """Return one line for each registered metric of a variant, with what it had no number for."""
    lines = []
    for variant in summary.variants:
        for name, metric in variant.metrics.items():
            if name not in METRICS:
                missing = f" ({metric.missing} episodes without a number)" if metric.missing else ""
                lines.append(f"{variant.variant}: {name} {' '.join(interval_text(metric, name).split())}{missing}")
    return lines


def coverage_lines(summary: Summary) -> list[str]:
    """Return, for each variant, what its figures stand on; the summary leads with it."""
    return [
        f"{v.variant}: {v.planned} planned, {v.scored} scored, {v.planned - v.scored} without a score; "
        f"judged {'-' if v.coverage is None else f'{v.coverage:.1%}'} of the turns that were due"
        for v in summary.variants
    ]


def agreement_line(summary: Summary) -> str:
    """Return how far the judges of a panel agree, in one line; empty without a panel."""
    found = summary.agreement
    if found is None:
        return ""
    undefined = found.unknown or "not defined (no variation)"
    alpha = undefined if found.alpha is None else f"{found.alpha:.2f}"
    return (
        f"panel of {len(found.judges)}: Krippendorff's alpha {alpha} (ordinal), votes differ on {found.split:.0%} "
        f"of the items, {found.turns} turns"
    )


def trouble(summary: Summary) -> list[str]:
    """Return one line for each thing that went wrong, with its count."""
    lines = []
    for variant in summary.variants:
        for cause, count in variant.failed.items():
            lines.append(f"{variant.variant}: {count} of {variant.planned} episodes without a score: {cause}")
        for kind, count in variant.faults.items():
            lines.append(f"{variant.variant}: {count} turns with {kind} (recorded, episode went on)")
    return lines
