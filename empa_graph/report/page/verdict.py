"""What a report came to, in a sentence, and what has to be read beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from empa_graph.models.support import provisional_of
from empa_graph.report.lines import mean_and_bounds, provisional_names
from empa_graph.report.page.records import Difference, Entrant, RunFacts

_FIT = "fit"
GUARDED = {
    "repeated": "repeat themselves",
    "copied": "copy the person",
    "framed": "fill fixed sentences with the person's words",
    "specific": "would suit anybody",
}
"""What a conversation beyond a guard does."""


def verdict(entrants: Sequence[Entrant], differences: Sequence[Difference], incomparable: str = "") -> str:
    """Return one sentence on one entrant, or on how the others stand to the first."""
    if not any(entrant.summary.scored for entrant in entrants):
        return "No conversation has a score; the causes stand under failures."
    if incomparable:
        return f"These runs cannot be compared: {incomparable}."
    composite = [found for found in differences if found.metric == "composite"]
    if len(entrants) > 1 and composite:
        void = (
            f"{entrant.label} answers from a script: its composite and support are void."
            for entrant in entrants
            if entrant.void
        )
        return " ".join((*(_against(found, entrants) for found in _by_size(composite)), *void))
    return " ".join(_alone(entrant) for entrant in entrants)


def _by_size(found: Sequence[Difference]) -> list[Difference]:
    return sorted(found, key=lambda difference: -difference.contrast.difference)[:3]


def _against(found: Difference, entrants: Sequence[Entrant]) -> str:
    """Say whether the entrant is told apart from the baseline; an interval over 0 tells nothing."""
    contrast, (first, second) = found.contrast, (entrants[found.baseline].label, entrants[found.entrant].label)
    over = f"over {contrast.scenarios} shared {'scenario' if contrast.scenarios == 1 else 'scenarios'}"
    if contrast.low is None or contrast.high is None:
        return f"{second} differs from {first} by {contrast.difference:+.1f} {over}; too few to tell."
    bounds = f"{contrast.difference:+.1f} [{contrast.low:.1f}, {contrast.high:.1f}] {over}"
    if contrast.low <= 0.0 <= contrast.high:
        return f"{second} and {first} are not told apart: composite {bounds}."
    return f"{second} is {'ahead of' if contrast.difference > 0 else 'behind'} {first}: composite {bounds}."


def _alone(entrant: Entrant) -> str:
    summary, metrics = entrant.summary, entrant.summary.metrics
    if not summary.scored:
        return f"{entrant.label} has no score."
    parts = [f"{entrant.label} brought {entrant.reached} of {summary.scored} people to the target"]
    if entrant.recorded == summary.planned:
        parts = [f"{entrant.label} holds {summary.scored} recorded conversations with a score"]
    if entrant.void:
        parts.append("its composite and support are void, since it answers from a script")
    elif "composite" in metrics:
        parts.append(f"composite {' '.join(mean_and_bounds(metrics['composite'], 'composite')).strip()}")
    if "support" in metrics:
        parts.append(
            f"support {' '.join(mean_and_bounds(metrics['support'], 'support')).strip()} (mean human supporter: 0.5)"
        )
    return "; ".join(parts) + "."


def notes(runs: Sequence[RunFacts], entrants: Sequence[Entrant]) -> Iterator[str]:
    """Yield what keeps a reader from trusting a figure, the gravest first; nothing where all is well."""
    for run in runs:
        if run.scripted:
            yield f"{_tested(run, entrants)} is scripted: {run.script}."
        for judge, standing in run.judge_checks.items():
            if not standing.startswith(_FIT):
                yield f"Judge {judge}: {standing}."
    for entrant in entrants:
        if limits := "; ".join(_limits(entrant)):
            yield f"{entrant.label}: {limits}."


def _tested(run: RunFacts, entrants: Sequence[Entrant]) -> str:
    """Return who was tested in ``run``, as the page calls them."""
    return ", ".join(entrant.label for entrant in entrants if entrant.run == run.name) or run.name


def _limits(entrant: Entrant) -> Iterator[str]:
    summary = entrant.summary
    if summary.scored < summary.planned:
        yield f"{summary.planned - summary.scored} of {summary.planned} conversations have no score"
    if summary.coverage is not None and summary.coverage < 1.0:
        yield f"{summary.coverage:.1%} of the turns that were due were judged"
    if entrant.void:
        return
    if entrant.capped:
        beyond = [f"{count} {GUARDED.get(guard, guard)}" for guard, count in entrant.capped.items()]
        told = " and ".join(beyond)
        yield f"of {entrant.supported} conversations {told}, more than people do, so their support is capped"
    if provisional_names(summary):
        yield f"the mean of support leaves out {provisional_of(summary.provisional, summary.supported)}"
