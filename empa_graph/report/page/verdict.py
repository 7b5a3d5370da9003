"""What a report came to, in a sentence, and what has to be read beside it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from empa_graph.models.persona import Scenario
from empa_graph.models.support import provisional_of
from empa_graph.report.lines import mean_and_bounds, provisional_names
from empa_graph.report.page.records import Difference, Entrant, RunFacts
from empa_graph.report.text import many

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
    over = f"over {many(contrast.scenarios, 'shared scenario')}"
    if contrast.low is None or contrast.high is None:
        return f"{second} differs from {first} by {contrast.difference:+.1f} {over}; too few to tell."
    bounds = f"{contrast.difference:+.1f} [{contrast.low:.1f}, {contrast.high:.1f}] {over}"
    if contrast.standing is None:
        return f"{second} and {first} are not told apart: composite {bounds}."
    return f"{second} is {contrast.standing} {first}: composite {bounds}."


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
    """Yield what keeps a reader from trusting a figure, the gravest first; nothing where all is well.

    What holds for all is said once over all.
    """
    for run in runs:
        if run.suspended:
            yield f"{_tested(run, entrants)} is {run.suspended}"
        if run.scripted:
            yield f"{_tested(run, entrants)} is scripted: {run.script}."
    yield from _judges(runs)
    shared = [limit for limit in _LIMITS if len(entrants) > 1 and all(limit([entrant]) for entrant in entrants)]
    if shared:
        who = "Both" if len(entrants) == 2 else f"All {len(entrants)}"
        yield f"{who} together: {'; '.join(limit(entrants) for limit in shared)}."
    for entrant in entrants:
        if own := "; ".join(filter(None, (limit([entrant]) for limit in _LIMITS if limit not in shared))):
            yield f"{entrant.label}: {own}."


def content_note(played: Iterable[Scenario]) -> Iterator[str]:
    """Yield what the conversations speak of, where the cards of ``played`` say so."""
    spoken_of = sorted({note.replace("_", " ") for scenario in played for note in scenario.content_note})
    if spoken_of:
        yield f"Content note: some of these conversations speak of {', '.join(spoken_of)}."


def _judges(runs: Sequence[RunFacts]) -> Iterator[str]:
    """Yield each judge that did not pass a check, once; where its standing differs by run, with the runs."""
    found: defaultdict[str, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for run in runs:
        for judge, standing in run.judge_checks.items():
            found[judge][standing].append(run.name)
    for judge, standings in found.items():
        for standing, names in standings.items():
            where = f" of {', '.join(names)}" if len(standings) > 1 else ""
            if not standing.startswith(_FIT):
                yield f"Judge {judge}{where}: {standing}."


def _tested(run: RunFacts, entrants: Sequence[Entrant]) -> str:
    """Return who was tested in ``run``, as the page calls them."""
    return ", ".join(entrant.label for entrant in entrants if entrant.run == run.name) or run.name


def _unscored(entrants: Sequence[Entrant]) -> str:
    planned = sum(entrant.summary.planned for entrant in entrants)
    missing = planned - sum(entrant.summary.scored for entrant in entrants)
    verb = "has" if missing == 1 else "have"
    return f"{missing} of {many(planned, 'conversation')} {verb} no score" if missing else ""


def _unjudged(entrants: Sequence[Entrant]) -> str:
    shares = [entrant.summary.coverage for entrant in entrants if entrant.summary.coverage is not None]
    if not shares or min(shares) >= 1.0:
        return ""
    told = list(dict.fromkeys(f"{share:.1%}" for share in (min(shares), max(shares))))
    return f"{' to '.join(told)} of the turns that were due were judged"


def _capped(entrants: Sequence[Entrant]) -> str:
    played = [entrant for entrant in entrants if not entrant.void]
    counts = sum((Counter(entrant.capped) for entrant in played), Counter[str]())
    if not counts:
        return ""
    supported = sum(entrant.supported for entrant in played)
    told = " or ".join(f"{GUARDED.get(guard, guard)} ({count} of {supported})" for guard, count in counts.items())
    return f"support is capped in conversations that {told}, more than people do"


def _provisional(entrants: Sequence[Entrant]) -> str:
    found = [entrant.summary for entrant in entrants if not entrant.void and provisional_names(entrant.summary)]
    count, of = (sum(each) for each in ((s.provisional for s in found), (s.supported for s in found)))
    means = "mean of support leaves" if len(entrants) == 1 else "means of support leave"
    return f"the {means} out {provisional_of(count, of)}" if found else ""


_LIMITS: tuple[Callable[[Sequence[Entrant]], str], ...] = (_unscored, _unjudged, _capped, _provisional)
"""What limits the figures of entrants, in a phrase over all of them; empty where nothing does."""
