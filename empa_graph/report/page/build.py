"""From runs to the record of a report."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from empa_graph.errors import UsageError
from empa_graph.models.episode import Episode
from empa_graph.models.persona import Scenario
from empa_graph.report.comparison import comparison
from empa_graph.report.headline import Contestant, Headline, headlines, planned
from empa_graph.report.judged import summarise_judged
from empa_graph.report.lines import (
    agreement_line,
    calibration_lines,
    contrast_lines,
    coverage_lines,
    own_metrics,
    standing_lines,
    trouble,
)
from empa_graph.report.manifest_fields import Difference
from empa_graph.report.page.called import told_apart
from empa_graph.report.page.faults import costs, faults
from empa_graph.report.page.groups import DRAWN, axes, differences, groups, stages
from empa_graph.report.page.moments import moments
from empa_graph.report.page.records import Cost, Entrant, Page, RunFacts
from empa_graph.report.page.rows import Played, at_target, rows
from empa_graph.report.page.source import Source
from empa_graph.report.page.verdict import content_note, notes, verdict
from empa_graph.report.summary import Summary, summarise, without_void
from empa_graph.report.text import one_line


class Built(NamedTuple):
    """A page and the episodes behind its rows, in the same order."""

    page: Page
    episodes: tuple[Episode, ...]


class _Read(NamedTuple):
    """A source with its summary and the place of its first entrant."""

    source: Source
    summary: Summary
    first: int
    name: str
    """What it is called, as no other is."""


def page(sources: Sequence[Source], known: Mapping[str, Scenario], *, title: str = "") -> Built:
    """Return the page over ``sources``; the first variant of the first is the baseline of all others.

    ``known`` scenarios give context, threshold and dominant need. Raises UsageError where nothing was played.
    """
    read = tuple(_read(sources))
    played = tuple(_played(read))
    if not played:
        raise UsageError(f"nothing to report: {_none_ended(sources)}")
    seed = next((source.run.config.suite.seed for source in sources if source.run is not None), 0)
    entrants = tuple(_entrants(read, played, seed))
    table = tuple(rows(played, known))
    why = _incomparable(sources)
    labels = {entrant.id: entrant.label for entrant in entrants}
    found = tuple(differences(table, labels, _pairs(read, entrants, why), seed=seed))
    facts = tuple(_facts(one) for one in read)
    names = dict.fromkeys(one.episode.scenario for one in played)
    spaces = {one.episode.latent.dimensions for one in played}
    return Built(
        Page(
            title=title or ", ".join(dict.fromkeys(one.summary.agent if one.source.run else one.name for one in read)),
            verdict=verdict(entrants, found, why),
            notes=(*notes(facts, entrants), *content_note(known[name] for name in names if name in known)),
            runs=facts,
            entrants=entrants,
            episodes=table,
            dimensions=tuple(map(_shown, spaces.pop())) if len(spaces) == 1 else (),
            metrics=tuple(name for name in DRAWN if any(row.counted(name) is not None for row in table)),
            stages=tuple(stages(table)),
            groups=tuple(groups(table, seed=seed)),
            differences=found,
            headlines=() if why else _headlines(read, entrants, seed),
            costs=tuple(cost for one in read for cost in _costs(one)),
            faults=tuple(
                fault
                for entrant in entrants
                for fault in faults(entrant.id, entrant.summary, [p for p in played if p.entrant == entrant.id])
            ),
            moments=moments(played),
        ),
        tuple(one.episode for one in played),
    )


def _none_ended(sources: Sequence[Source]) -> str:
    """Say that none of the planned episodes has ended, and of each run that was left how to go on with it."""
    planned = sum(len(source.run.plan) for source in sources if source.run is not None)
    if not planned:
        return "it holds no conversation that has ended"
    left = [source.suspended for source in sources if source.suspended]
    ways = [line.partition("; ")[2] or line for line in left]  # how many are left is said once, of all
    return "; ".join((f"none of {planned} planned episodes has ended", *ways))


def _read(sources: Iterable[Source]) -> Iterator[_Read]:
    first = 0
    names = told_apart([_shown(source.name) for source in sources], [source.place for source in sources])
    for source, name in zip(sources, names, strict=True):
        found = (
            summarise_judged(source.name, source.episodes)
            if source.run is None
            else summarise(source.run, source.episodes)
        )
        yield _Read(source, found, first, name)
        first += len(found.variants)


def _played(read: Sequence[_Read]) -> Iterator[Played]:
    count = 0
    for source, summary, first, _ in read:
        places = {variant.variant: first + place for place, variant in enumerate(summary.variants)}
        for number, episode in enumerate(source.episodes, start=1):
            void = summary.script.scripted and source.voidable
            yield Played(count, places[episode.variant], number, episode, void)
            count += 1


def _entrants(read: Sequence[_Read], played: Sequence[Played], seed: int) -> Iterator[Entrant]:
    by_entrant: defaultdict[int, list[Episode]] = defaultdict(list)
    for one in played:
        by_entrant[one.entrant].append(one.episode)
    labels = _labels(read)
    for source, summary, first, name in read:
        for place, variant in enumerate(summary.variants, start=first):
            episodes, void = by_entrant[place], summary.script.scripted and source.voidable
            supported = [episode.support for episode in episodes if episode.support is not None]
            yield Entrant(
                id=place,
                label=labels[place],
                run=_shown(name),
                agent=_shown(summary.agent),
                variant=_shown(variant.variant),
                summary=without_void(variant) if void and not variant.void else variant,
                void=void,
                reached=sum(map(at_target, episodes)),
                recorded=sum(episode.ending == "recorded" for episode in episodes),
                supported=len(supported),
                capped=dict(Counter(guard for support in supported for guard in support.capped_by)),
                axes=axes(episodes, seed=seed),
            )


def _labels(read: Sequence[_Read]) -> list[str]:
    """Return the shortest form that tells entrants apart: variant, agent, both, both with the run, a number.

    Of conversations that were only judged it is first of all their file.
    """
    each = [(one.summary.agent, v.variant, one.name) for one in read for v in one.summary.variants]
    files = [one.name for one in read if one.source.run is None for _ in one.summary.variants]
    forms = (
        *([files] if len(files) == len(each) else []),
        [agent if len(each) == 1 else variant for agent, variant, _ in each],
        [agent for agent, _, _ in each],
        [f"{agent}, {variant}" for agent, variant, _ in each],
        [f"{agent}, {variant} ({run})" for agent, variant, run in each],
    )
    for form in forms:
        if len(set(form)) == len(form):
            return [_shown(label) for label in form]
    return [f"{_shown(label)} #{number}" for number, label in enumerate(forms[-1], start=1)]


def _incomparable(sources: Sequence[Source]) -> str:
    """Say why the runs may not be compared; empty where they may. A file of conversations stands for itself."""
    played = [source for source in sources if source.run is not None]
    if played and len(played) < len(sources):
        return "one was played and another was only judged"
    reasons = [difference.why for other in played[1:] for difference in _blocking(played[0], other)]
    return "; ".join(dict.fromkeys(reasons))


def _blocking(first: Source, other: Source) -> tuple[Difference, ...]:
    if first.run is None or other.run is None:
        return ()
    found = comparison(
        first.run,
        other.run,
        left_answered=first.answered,
        right_answered=other.answered,
        left_without=first.left_out,
        right_without=other.left_out,
    )
    return found.blocking


def _pairs(read: Sequence[_Read], entrants: Sequence[Entrant], incomparable: str) -> list[tuple[int, int]]:
    """Return which entrant is set against which: all against the first, or within each run where runs differ."""
    if not incomparable:
        return [(0, entrant.id) for entrant in entrants[1:]]
    return [(one.first, one.first + place) for one in read for place in range(1, len(one.summary.variants))]


def _headlines(read: Sequence[_Read], entrants: Sequence[Entrant], seed: int) -> tuple[Headline, ...]:
    contestants = [
        Contestant(
            entrants[one.first + place].label,
            planned(one.source.run.plan, variant.variant),
            [episode for episode in one.source.episodes if episode.variant == variant.variant],
            one.summary.script.scripted,
        )
        for one in read
        if one.source.run is not None
        for place, variant in enumerate(one.summary.variants)
    ]
    return headlines(contestants, seed=seed) if len(contestants) > 1 else ()


def _facts(read: _Read) -> RunFacts:
    source, summary, _, name = read
    run = source.run
    lines = (
        *coverage_lines(summary),
        *standing_lines(summary),
        *trouble(summary),
        *contrast_lines(summary),
        agreement_line(summary),
        *own_metrics(summary),
        *(f"{said}; it was edited, or scored by other rules" for said in source.contradictions.values()),
    )
    return RunFacts(
        name=_shown(name),
        id=_shown(run.id) if run else None,
        kind="conversations" if run is None else "run",
        created=run.created if run else None,
        facts=tuple((name, _shown(value)) for name, value in _named(read) if value),
        judge_checks={_shown(judge): _shown(standing) for judge, standing in summary.judge_checks.items()},
        calibration=tuple(map(_shown, calibration_lines(summary))),
        script=str(summary.script),
        scripted=summary.script.scripted,
        suspended=_shown(source.suspended),
        lines=tuple(_shown(line) for line in lines if line),
        agreement=summary.agreement,
        totals=source.totals,
    )


def _named(read: _Read) -> Iterator[tuple[str, str]]:
    summary, run = read.summary, read.source.run
    yield "agent", summary.agent
    yield "evaluator", summary.evaluator
    yield "rubric", summary.rubric
    yield "weights", summary.profile
    if run is None:
        return
    if run.id != read.name:
        yield "run", run.id
    config = run.config
    yield "calibration", run.calibration.name if run.calibration else ""
    yield "judges", ", ".join(config.evaluator.judges)
    yield "person's voice", config.persona.voice
    yield "director", config.director or ""
    yield "scenarios", str(len({item.scenario for item in run.plan}))
    yield "repeats", str(config.suite.repeats)
    yield "seed", str(config.suite.seed)
    yield "version", run.versions.get("empa-graph", "")
    yield "revision", run.git or ""
    if (totals := read.source.totals) is not None and totals.calls:
        yield "calls", f"{totals.calls:,}, of which {totals.failed:,} failed"
        yield "tokens", f"{totals.tokens_in:,} in, {totals.tokens_out:,} out"
        yield "cost", f"{totals.cost:.2f} US dollars{' and what has no known price' if totals.unpriced else ''}"


def _costs(read: _Read) -> Iterator[Cost]:
    source = read.source
    if source.run is None:
        return
    places = {variant.variant: read.first + place for place, variant in enumerate(read.summary.variants)}
    yield from costs(source.calls, {number: places[item.variant] for number, item in enumerate(source.run.plan)})


def _shown(text: str) -> str:
    return one_line(text)[:300]
