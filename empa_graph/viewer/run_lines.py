"""The list of all runs: one line each, filtered, the newest first, with what there is to choose from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from empa_graph.models.record import Record
from empa_graph.report.lines import COLUMNS, left_out, provisional_names
from empa_graph.report.page.called import run_name
from empa_graph.report.summary import Metric, Summary
from empa_graph.report.text import one_line
from empa_graph.viewer.asked import PAGE, RunsAsked
from empa_graph.viewer.recent import Facts, Recent, Status

CHOSEN = ("agent", "evaluator", "status", "commit")
"""The filters that are offered as lists."""
_LONGEST = 300


class Standing(Record):
    """One variant of a run in the list: what it came to; a metric that is absent is void, provisional or not known."""

    variant: str
    scored: int
    planned: int
    metrics: dict[str, Metric]
    provisional: str
    """How many values of support no mean counts, and why; empty for none."""


class RunLine(Record):
    """One run in the list; its texts are fit to be shown."""

    key: str
    name: str
    """Its folder's name, or in a database its id."""
    run: str
    """Its id; empty for one that cannot be read."""
    place: str
    created: str
    """UTC, ISO 8601; empty for one that cannot be read."""
    agent: str
    evaluator: str
    rubric: str
    commit: str
    """Empty outside a repository."""
    status: Status
    suspended: str
    """What is left to play and how to go on; empty for a run that is not suspended."""
    planned: int
    ended: int
    scored: int
    turns: int
    calls: int
    summarised: bool
    """Whether its figures are known; they are made when they are first asked for."""
    void: bool
    """Whether the run is scripted, so that its composite and support are void."""
    standings: tuple[Standing, ...]
    error: str


class RunList(Record):
    """Some of the runs that fit, how many do, and the values that all have, with their counts."""

    total: int
    lines: tuple[RunLine, ...]
    choices: dict[str, dict[str, int]]


def run_list(recent: Recent, asked: RunsAsked) -> RunList:
    """Return the runs that are asked for, the newest first."""
    lines = [run_line(recent.facts(located)) for located in recent.catalogue.runs()]
    fitting = sorted((line for line in lines if _fits(line, asked)), key=lambda line: line.created, reverse=True)
    choices = {name: _counts(getattr(line, name) for line in lines) for name in CHOSEN}
    return RunList(total=len(fitting), lines=tuple(fitting[asked.offset : asked.offset + PAGE]), choices=choices)


def run_line(facts: Facts) -> RunLine:
    """Return the line of a run."""
    run, summary = facts.run, facts.summary
    return RunLine(
        key=facts.key,
        name=_shown(_name(facts)),
        run=_shown(run.id if run else ""),
        place=_shown(facts.place),
        created=_shown(run.created if run else ""),
        agent=_shown(run.config.agent.spec if run else ""),
        evaluator=_shown(run.config.evaluator.name if run else ""),
        rubric=_shown(run.rubric if run else ""),
        commit=_shown((run.git or "") if run else ""),
        status=facts.status,
        suspended=_shown(facts.suspended),
        planned=facts.planned,
        ended=facts.extent.episodes,
        scored=facts.extent.scored,
        turns=facts.extent.turns,
        calls=facts.extent.calls,
        summarised=summary is not None,
        void=summary is not None and summary.script.scripted,
        standings=standings(summary),
        error=_shown(facts.error),
    )


def _name(facts: Facts) -> str:
    if facts.run is None:
        return facts.place
    return run_name(facts.place, facts.run)


def standings(summary: Summary | None) -> tuple[Standing, ...]:
    """Return what each variant came to, in the metrics that tables show."""
    names = (*COLUMNS, "progress", "support")
    return tuple(
        Standing(
            variant=_shown(variant.variant),
            scored=variant.scored,
            planned=variant.planned,
            metrics={name: variant.metrics[name] for name in names if name in variant.metrics},
            provisional=left_out(variant, "support") if provisional_names(variant) else "",
        )
        for variant in (summary.variants if summary else ())
    )


def _fits(line: RunLine, asked: RunsAsked) -> bool:
    parts = ((asked.agent, line.agent), (asked.commit, line.commit))
    whole = ((asked.evaluator, line.evaluator), (asked.status, line.status))
    day = line.created[:10]
    return (
        all(wanted.casefold() in found.casefold() for wanted, found in parts)
        and all(not wanted or wanted == found for wanted, found in whole)
        and (not asked.since or day >= asked.since)
        and (not asked.until or day <= asked.until)
    )


def _counts(values: Iterable[str]) -> dict[str, int]:
    found = Counter(value for value in values if value)
    return dict(sorted(found.items()))


def _shown(text: str) -> str:
    return one_line(text)[:_LONGEST]
