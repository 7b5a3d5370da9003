"""Rich tables of what the report floor computed; numbers are rounded here."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping

from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from empa_graph.cli.plain import one_line, plain
from empa_graph.cli.streams import mute
from empa_graph.models.stop_rule import SUCCESSES
from empa_graph.report.summary import METRICS, Metric, Summary, VariantSummary

PIPED_WIDTH = 120
"""Columns of a table that no terminal sets the width of."""


def _width() -> int | None:
    """Columns for tables; None leaves it to the terminal."""
    columns = os.environ.get("COLUMNS", "")
    return None if sys.stdout.isatty() else int(columns) if columns.isdecimal() else PIPED_WIDTH


class _Console(Console):
    """A console whose reader may leave: a command still ends with its own exit code."""

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
COLUMNS = {
    "alignment_index": "alignment",
    "impact_index": "impact",
    "stability_index": "stability",
    "composite": "composite",
}
"""The trio and its composite, as tables call them."""
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
    "pen": "  ChainWriter",
}
_WHOLE = frozenset({"composite", "outcome", "efficiency", "stability"})
"""The rows that are shown with their intervals."""


def literal(text: str, style: str = "") -> Text:
    """Return ``text`` as it stands: no markup, no emoji codes, no control characters."""
    return Text(plain(text), style=style)


def fits(table: Table, width: int) -> bool:
    """Say whether ``table`` can be shown in ``width`` columns with every cell whole."""
    return Measurement.get(console, console.options.update(width=10_000), table).maximum <= width


INTERVALS = "[95% interval over scenarios: t below 15, else bootstrap]"
_CAPTION = f"mean over scenarios {INTERVALS}"


def summary_tables(summary: Summary, width: int) -> Iterator[Table]:
    """Yield the tables of a run, no wider than ``width``: one with a row a variant, or else one a variant."""
    whole = _summary_table(summary)
    if fits(whole, width):
        yield whole
        return
    yield _heading(_title(summary))
    yield from (_variant_table(variant) for variant in summary.variants)
    yield _heading(_CAPTION)


def _title(summary: Summary) -> str:
    return f"{summary.agent}, evaluator {summary.evaluator}, weights {summary.profile}"


def _heading(text: str) -> Table:
    """Return ``text`` over the tables that stand below each other."""
    table = Table.grid()
    table.add_row(literal(text, "italic"))
    return table


def _summary_table(summary: Summary) -> Table:
    table = Table(title=literal(_title(summary)), caption=_CAPTION, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("variant", no_wrap=True)
    for heading in ("scored", *COLUMNS.values(), "turns"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("endings", no_wrap=True)
    for variant in summary.variants:
        table.add_row(
            literal(variant.variant),
            f"{variant.scored}/{variant.planned}",
            *(interval_text(variant.metrics.get(name), name) for name in COLUMNS),
            _turns(variant),
            "\n".join(endings(variant)),
        )
    return table


def _variant_table(variant: VariantSummary) -> Table:
    """Return one variant, a row a figure."""
    table = trio_table(variant.metrics, variant.variant)
    table.add_row("turns", _turns(variant), "")
    table.add_row("scored", f"{variant.scored}/{variant.planned}", "")
    for heading, ending in zip(("endings", *([""] * len(variant.endings))), endings(variant), strict=False):
        table.add_row(heading, *ending.split(" ", 1))
    return table


def trio_table(metrics: Mapping[str, Metric], title: str) -> Table:
    """Return the trio and its composite, a row each."""
    table = _figures(title)
    for name, heading in COLUMNS.items():
        table.add_row(heading, *_mean_and_bounds(metrics.get(name), name))
    return table


def _figures(title: str) -> Table:
    table = Table(title=literal(title, "bold"), title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("", no_wrap=True)
    table.add_column("mean", justify="right", no_wrap=True)
    table.add_column("95% interval", no_wrap=True)
    return table


def _turns(variant: VariantSummary) -> str:
    return "-" if variant.turns is None else f"{variant.turns:.1f}"


def endings(variant: VariantSummary) -> list[str]:
    """Return how the episodes of a variant ended: those at the target first, of all that were planned."""
    reached = sum(variant.endings.get(ending, 0) for ending in SUCCESSES)
    others = sorted(((count, name) for name, count in variant.endings.items() if name not in SUCCESSES), reverse=True)
    return [f"{reached}/{variant.planned} converged", *(f"{count} {name}" for count, name in others)]


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
        whole.add_row(heading, *(" ".join(_epmq_cells(found[name], name)).rstrip() for _, found in columns))
    if fits(whole, width):
        yield whole
        return
    yield _heading(title)
    for heading, found in columns:
        table = _figures(", ".join(heading.split("\n")))
        for name, row in _EPMQ.items():
            table.add_row(row, *_epmq_cells(found[name], name))
        yield table
    yield _heading(caption)


def _epmq_cells(metric: Metric, name: str) -> tuple[str, str]:
    shown = _mean_and_bounds(metric, "composite")
    return shown if name in _WHOLE else (shown[0], "")


def interval_text(metric: Metric | None, name: str) -> str:
    """Return ``mean [low, high]`` in two lines; a dash where nothing was scored."""
    return "\n".join(_mean_and_bounds(metric, name)).rstrip()


def _mean_and_bounds(metric: Metric | None, name: str) -> tuple[str, str]:
    if metric is None:
        return "-", ""
    digits = 1 if name == "composite" else 2
    mean = f"{metric.mean:.{digits}f}"
    if metric.low is None or metric.high is None:
        return mean, ""
    return mean, f"[{metric.low:.{digits}f}, {metric.high:.{digits}f}]"


def print_summary(summary: Summary) -> None:
    """Print what a run came to: coverage and trouble first, then the figures."""
    for line in coverage_lines(summary):
        console.print(literal(line))
    for line in trouble(summary):
        console.print(literal(one_line(line), "yellow"))
    for table in (*summary_tables(summary, console.width), *epmq_tables(summary, console.width)):
        console.print(table)
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
    """Return one line for each thing that went wrong, with its count, and one instance of the most frequent."""
    lines = []
    for variant in summary.variants:
        for cause, count in variant.failed.items():
            lines.append(f"{variant.variant}: {count} of {variant.planned} episodes without a score: {cause}")
        for kind, count in variant.faults.items():
            lines.append(f"{variant.variant}: {count} turns with {kind} (recorded, episode went on)")
        lines += simulator_lines(variant)
        for instance in variant.causes:
            asked = f" ({instance.asked})" if instance.asked else ""
            lines.append(f"{variant.variant}: {instance.kind}{asked}, for example: {instance.detail}")
    return lines


def simulator_lines(variant: VariantSummary) -> list[str]:
    """Return in one line how often the person's voice failed; nothing where no model speaks for the person."""
    found = variant.simulator
    if not found.messages + found.broken:
        return []
    unchecked = f"; {found.unchecked} not checked by the second model" if found.unchecked else ""
    broken = f"; {found.broken} episodes ended by it" if found.broken else ""
    return [
        f"{variant.variant}: the simulator failed in {found.failure_share:.1%} of {found.messages} messages that a "
        f"model worded; {found.fallback_share:.1%} spoken as the card has them{unchecked}{broken}"
    ]
