"""What a run came to as plain lines: what its figures stand on, what went wrong, the figures, how variants differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from empa_graph.models.script_finding import VOIDED
from empa_graph.models.stop_rule import SUCCESSES
from empa_graph.models.support import provisional_of
from empa_graph.report.text import many, one_line, shortened

if TYPE_CHECKING:
    from empa_graph.models.calibration_named import Drift, NamedCalibration
    from empa_graph.models.script_finding import ScriptFinding
    from empa_graph.report.contrast import Contrast
    from empa_graph.report.summary import Metric, Summary, VariantSummary

COLUMNS = {
    "alignment_index": "alignment",
    "impact_index": "impact",
    "stability_index": "stability",
    "composite": "composite",
}
"""The trio and its composite, as tables call them."""
BESIDE = {"progress": "progress", "support": "support", "support_judged": "support, judged"}
"""What stands beside them: the share of the way that was kept, support beside human supporters and by a model."""
VOID = "void"
"""What stands in the place of a composite or of support that a script was played for."""
MEANS = {
    "composite": "whether the conversations led people the right way; how far they came is progress",
    "progress": "the share of the way that was kept at the end",
    "support": "what the replies do, placed among human supporters",
    "support_judged": "what the replies do, as a model codes it; 0.5 is a balance of support and its contrary",
    "alignment_index": "whether the path led in the right direction",
    "impact_index": "how much moved at all",
    "stability_index": "how even the path was",
}
"""What a figure says, in a clause."""
AS_MEASURED = (
    "alignment_index, impact_index and stability_index go from 0 to 1, more is better: tables call them alignment, "
    "impact and stability; the fields alignment (a cosine), impact (the length of the path) and stability (the spread "
    "of its angles in radians, less is steadier) hold what they are made of"
)
"""What the trio's fields are, where those as measured stand beside their indices."""

_TRACED = "role_crashed: the traceback stands in empa show RUN N --verbose; run.log has its places, not its words"
"""Where the author of an agent finds the fault."""


def as_text(summary: Summary) -> str:
    """Return what a run came to, as a table of plain text with the lines before and behind it."""
    before = (*coverage_lines(summary), *standing_lines(summary), *trouble(summary))
    behind = (*contrast_lines(summary), agreement_line(summary), *own_metrics(summary))
    blocks = (map(one_line, before), _table(summary), map(one_line, filter(None, behind)))
    return "\n\n".join(filter(None, ("\n".join(lines) for lines in blocks)))


def _table(summary: Summary) -> Iterator[str]:
    """Yield the trio and its composite, a row a variant."""
    rows = [("variant", "scored", *COLUMNS.values(), "turns")]
    for variant in summary.variants:
        figures = (" ".join(mean_and_bounds(variant.metrics.get(name), name, summary)).strip() for name in COLUMNS)
        rows.append((one_line(variant.variant), f"{variant.scored}/{variant.planned}", *figures, turns(variant)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    yield title(summary)
    for first, *others in rows:
        cells = (cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))
        yield "   ".join((first.ljust(widths[0]), *cells))


def title(summary: Summary) -> str:
    """Return what was played and judged with, in one line."""
    return f"{shortened(summary.agent, 200)}, evaluator {one_line(summary.evaluator)}, weights {summary.profile}"


def coverage_lines(summary: Summary) -> list[str]:
    """Return, for each variant, what its figures stand on; the summary leads with it."""
    return [
        f"{v.variant}: {v.planned} planned, {v.scored} scored, {v.planned - v.scored} without a score; "
        f"judged {'-' if v.coverage is None else f'{v.coverage:.1%}'} of the turns that were due"
        for v in summary.variants
    ]


def check_lines(checks: Mapping[str, str]) -> list[str]:
    """Return one line for each judge: whether it was checked, and with what result."""
    return [f"judge {judge}: {standing}" for judge, standing in checks.items()]


def standing_lines(summary: Summary) -> list[str]:
    """Return what is known of the judges: the check of each, and the run's calibration."""
    return [*check_lines(summary.judge_checks), *calibration_lines(summary)]


def calibration_lines(summary: Summary) -> list[str]:
    """Return what the run's calibration says: its name, the means it corrects, and how its anchors were judged."""
    named = summary.calibration
    if named is None:
        return []
    head = f"calibration {named.name}, by '{named.rating}'"
    return [
        head if named.corrections else f"{head}: it corrects no mean",
        *(
            f"{variant.variant}: {name} {_shown(variant.metrics.get(name), name)}, corrected by people "
            f"{_shown(metric, name)} ({named.corrections[name].n} labelled)"
            for variant in summary.variants
            for name, metric in variant.corrected.items()
        ),
        *drift_lines(named),
    ]


def _shown(metric: Metric | None, name: str) -> str:
    return " ".join(mean_and_bounds(metric, name)).strip()


def drift_lines(named: NamedCalibration) -> list[str]:
    """Return one line for each score of the anchors: how it moved since they were judged first, and the verdict."""
    if named.drift is None:
        return ["anchors not judged again for this run"]
    return [_drift_line(one) for one in named.drift]


def is_alarm(line: str) -> bool:
    """Say whether a line of `calibration_lines` tells of anchors that did not hold or were not judged."""
    return line.startswith("anchors") and " held: " not in line


def _drift_line(one: Drift) -> str:
    moved = "not known" if one.moved is None else f"{one.moved.value:+.2f}"
    if one.moved is not None and one.moved.low is not None and one.moved.high is not None:
        moved += f" [{one.moved.low:.2f}, {one.moved.high:.2f}]"
    missing = f", {one.missing} missing" if one.missing else ""
    return f"anchors judged again: {one.metric} {one.verdict}: {moved} over {one.n}{missing}, bound {one.bound:.2f}"


def trouble(summary: Summary) -> list[str]:
    """Return one line for each thing that went wrong, with its count, and one instance of the most frequent."""
    lines = script_lines(summary.script)
    for variant in summary.variants:
        for cause, count in variant.failed.items():
            lines.append(f"{variant.variant}: {count} of {many(variant.planned, 'episode')} without a score: {cause}")
        for kind, count in variant.faults.items():
            lines.append(f"{variant.variant}: {many(count, 'turn')} with {kind} (recorded, episode went on)")
        lines += simulator_lines(variant)
        for instance in variant.causes:
            asked = f" ({instance.asked})" if instance.asked else ""
            lines.append(f"{variant.variant}: {instance.kind}{asked}, for example: {instance.detail}")
            if instance.kind == "role_crashed":
                lines.append(f"{variant.variant}: {_TRACED}")
    return lines


def simulator_lines(variant: VariantSummary) -> list[str]:
    """Return in one line how often the person's voice failed; nothing where no model speaks for the person."""
    found = variant.simulator
    if not found.messages + found.broken:
        return []
    unchecked = f"; {found.unchecked} not checked by the second model" if found.unchecked else ""
    broken = f"; {many(found.broken, 'episode')} ended by it" if found.broken else ""
    return [
        f"{variant.variant}: the simulator failed in {found.failure_share:.1%} of {many(found.messages, 'message')} "
        f"that a model worded; {found.fallback_share:.1%} spoken as the card has them{unchecked}{broken}"
    ]


def script_lines(found: ScriptFinding) -> list[str]:
    """Return in one line that a run comes from a script, or seems to; nothing within the range of people and models."""
    if found.scripted:
        return [f"scripted: {found}; composite and support are void"]
    return [f"seems scripted: {found}; provisional, since so few void nothing"] if found.beyond else []


def turns(variant: VariantSummary) -> str:
    """Return the mean number of turns; a dash where nothing was scored."""
    return "-" if variant.turns is None else f"{variant.turns:.1f}"


def endings(variant: VariantSummary) -> list[str]:
    """Return how the episodes of a variant ended: those at the target first, of all that were planned."""
    reached = sum(variant.endings.get(ending, 0) for ending in SUCCESSES)
    others = sorted(((count, name) for name, count in variant.endings.items() if name not in SUCCESSES), reverse=True)
    return [f"{reached}/{variant.planned} converged", *(f"{count} {name}" for count, name in others)]


def mean_and_bounds(metric: Metric | None, name: str, summary: Summary | None = None) -> tuple[str, str]:
    """Return a mean and its interval in brackets; a dash where nothing was scored, empty without an interval.

    A few equal values have none, and their number stands in its place.

    What is `VOIDED` and absent from a scripted ``summary`` is void.
    """
    if metric is None:
        return VOID if name in VOIDED and summary is not None and summary.script.scripted else "-", ""
    digits = 1 if name == "composite" else 2
    mean = f"{metric.mean:.{digits}f}"
    if metric.low is None or metric.high is None:
        return mean, f"({metric.equal} equal)" if metric.equal else ""
    return mean, f"[{metric.low:.{digits}f}, {metric.high:.{digits}f}]"


def contrast_lines(summary: Summary) -> list[str]:
    """Return one line for each further variant: how it differs from the first, and what could have been seen."""
    return [contrast_line(found) for found in summary.contrasts]


def contrast_line(found: Contrast) -> str:
    """Return in one line how a variant differs from another, and what could have been seen."""
    line = f"{found.variant} - {found.baseline}: composite {found.difference:+.1f}"
    if found.low is not None and found.high is not None:
        line += f" [{found.low:.1f}, {found.high:.1f}]"
    if found.p_value is not None:
        line += f", p {found.p_value:.3f}"
    line += f", paired over {many(found.scenarios, 'scenario')}{found.bound}"
    if found.detectable is not None:
        line += f" (so many show a difference of {found.detectable:.1f} with a probability of 80%)"
    return line


def own_metrics(summary: Summary) -> list[str]:
    """Return one line for each figure of a variant beside its trio, with what its mean leaves out."""
    lines = []
    for variant in summary.variants:
        held = {*variant.metrics, *variant.void, *provisional_names(variant)} - COLUMNS.keys()
        for name in (one for one in dict.fromkeys((*BESIDE, *variant.metrics)) if one in held):
            shown = (*mean_and_bounds(variant.metrics.get(name), name, summary), left_out(variant, name))
            lines.append(f"{variant.variant}: {name} {' '.join(filter(None, shown))}")
    return lines


def provisional_names(variant: VariantSummary) -> tuple[str, ...]:
    """Return the figures of which some values are provisional; none where they are void."""
    return ("support",) if variant.provisional and "support" not in variant.void else ()


def left_out(variant: VariantSummary, name: str) -> str:
    """Return in brackets what the mean of a figure leaves out, and why; empty where that is nothing."""
    provisional = variant.provisional if name in provisional_names(variant) else 0
    metric = variant.metrics.get(name)
    missing = 0 if metric is None else metric.missing - provisional
    told = [provisional_of(provisional, variant.supported)] if provisional else []
    told += [f"{many(missing, 'episode')} without a number"] if missing else []
    if name == "support" and metric is not None and variant.capped:
        told.append(f"{variant.capped} of {variant.supported} capped by guards")
    return f"({'; '.join(told)})" if told else ""


def agreement_line(summary: Summary) -> str:
    """Return how far the judges of a panel agree, in one line; empty without a panel."""
    found = summary.agreement
    if found is None:
        return ""
    undefined = found.unknown or "not defined (no variation)"
    alpha = undefined if found.alpha is None else f"{found.alpha:.2f}"
    return (
        f"panel of {len(found.judges)}: Krippendorff's alpha {alpha} (ordinal), votes differ on {found.split:.0%} "
        f"of the items, {many(found.turns, 'turn')}"
    )
