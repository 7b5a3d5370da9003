"""From the figures of a report to the dossier of an audit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.metadata import version
from typing import NamedTuple

from empa_graph.content.coded import coding_agreement
from empa_graph.content.library import coding_scale, content_hashes, load_rubric, scenarios
from empa_graph.models.persona import Scenario
from empa_graph.models.rubric import Rubric
from empa_graph.models.run import Run
from empa_graph.report.audit.blocks import conversation, shown, turn_of
from empa_graph.report.audit.coverage import coverage
from empa_graph.report.audit.crisis import crisis, turns_with
from empa_graph.report.audit.knowledge import glossary, mappings, references, texts
from empa_graph.report.audit.records import (
    Chain,
    Coding,
    Counted,
    Coverage,
    Crisis,
    Dossier,
    Grounded,
    Grounding,
    Provenance,
    Year,
)
from empa_graph.report.audit.validity import validity
from empa_graph.report.page.build import Built, page
from empa_graph.report.page.source import Source

FAULTS_NAMED = 100
"""Faults of a chain that are listed."""


class Checked(NamedTuple):
    """What was found when the stored rows, or the file, were looked at."""

    chain: Chain | None = None
    file_digest: str | None = None


def dossier(
    source: Source, known: Mapping[str, Scenario], rubric: Rubric | None, checked: Checked, *, title: str = ""
) -> Dossier:
    """Return the dossier of a run, or of a file of judged conversations.

    ``known`` are the scenarios that it was played with, ``rubric`` the bundled one of the name that it was
    judged by, None where none is bundled. Raises UsageError where no conversation has ended.
    """
    built = page([source], known, title=title)
    run, found = source.run, coverage(built.episodes, known, scenarios())
    named = built.episodes[0].rubric
    danger = crisis(built)
    return Dossier(
        title=built.page.title,
        made_with=f"empa-graph {version('empa-graph')}",
        figures=built.page,
        coverage=found,
        grounding=grounding(named, run.hashes.get(f"rubric:{named}", "") if run else "", rubric),
        coding=codings(),
        validity=validity(),
        crisis=danger,
        provenance=_provenance(source, checked),
        sheet=tuple(_sheet(found, known)),
        texts=dict(texts().parts),
        endings=texts().endings,
        facts=texts().facts,
        years=(year(run, built, danger),),
        frameworks=mappings().frameworks,
        laws=mappings().laws,
        glossary=glossary(),
    )


def _provenance(source: Source, checked: Checked) -> Provenance:
    run = source.run
    return Provenance(
        facts=tuple((name, shown(value)) for name, value in _facts(run) if value) if run else (),
        hashes=tuple((shown(name), shown(digest)) for name, digest in sorted((run.hashes | run.code).items()))
        if run
        else (),
        chain=checked.chain,
        file_digest=checked.file_digest,
        contradictions=tuple(shown(told) for told in source.contradictions.values()),
    )


def _facts(run: Run) -> Iterator[tuple[str, str]]:
    yield "run", run.id
    yield "begun (UTC)", run.created
    yield "code of the tester's folder, as Git names it", run.git or "not kept in Git"
    for name, value in sorted(run.versions.items()):
        yield f"version of {name}", value
    for name, value in sorted(run.platform.items()):
        yield f"platform: {name}", value
    for seat, handed in sorted(run.handed.items()):
        yield f"handed over in Python: {seat}", handed
    yield "recorded elsewhere", run.recorded or ""


def _sheet(found: Coverage, known: Mapping[str, Scenario]) -> Iterator[tuple[str, str]]:
    cards = {scenario.persona.id: scenario.persona for scenario in known.values()}
    suite = {scenario.persona.id: scenario.persona for scenario in scenarios()}
    own = sum(card != suite.get(name) for name, card in cards.items())
    figures = {
        "persons": len(cards),
        "scenarios": found.scenarios,
        "suite": found.suite,
        "people": len(suite),
        "own": own,
    }
    asked = texts().sheet if found.scenarios else texts().saved_sheet
    for question, answer in asked.items():
        yield question, answer.format_map(figures)


def year(run: Run | None, built: Built, danger: Crisis) -> Year:
    """Return the counts of the year (UTC) in which a run began; a file of conversations has no date.

    Referrals are replies, and not conversations; they are absent where the evaluator does not code them.
    """
    cases = {case.row for case in danger.cases}
    referrals = tuple(
        turn_of(row, turn)
        for row, episode in enumerate(built.episodes)
        if conversation(row) in cases
        for turn in turns_with(episode, "service")
    )
    counts = [Counted(what="Conversations of this test", count=len(built.episodes))]
    counts += [one.model_copy(update={"of": None}) for one in danger.counts[: 2 if cases else 1]]
    if danger.coded:
        counts.append(
            Counted(what="Replies that refer the person to a crisis service", count=len(referrals), rows=referrals)
        )
    return Year(year=run.created[:4] if run else "no date", counts=tuple(counts))


def grounding(name: str, digest: str, rubric: Rubric | None) -> Grounding:
    """Return what the rubric called ``name`` judges.

    ``rubric`` is the bundled one as the run would have it, None where none is bundled. ``digest`` is the SHA-256 of the
    one that was used, by the manifest; empty for a file of conversations.
    """
    if rubric is None or (digest and digest != _digest(rubric)):
        return _unread(name, digest)
    return Grounding(
        rubric=rubric.id,
        title=rubric.title,
        source=rubric.source,
        digest=digest,
        same=True,
        measured=_digest(load_rubric(rubric.id)).startswith(validity().digest),
        items=(*_dimensions(rubric), *(_behaviours() if rubric.reading else ())),
    )


def _digest(rubric: Rubric) -> str:
    return content_hashes((), rubric)[f"rubric:{rubric.id}"]


def codings() -> tuple[Coding, ...]:
    """Return how far two codings of the corpus agree, by behaviour."""
    return tuple(
        Coding(behaviour=one.behaviour, replies=one.n, shown=one.shown, kappa=one.kappa) for one in coding_agreement()
    )


def _unread(name: str, digest: str) -> Grounding:
    return Grounding(
        rubric=shown(name),
        title=shown(name),
        source="Not one of the bundled rubrics, or another version of one; ask its author for its sources.",
        digest=shown(digest),
        same=False,
        measured=False,
        items=(),
    )


def _dimensions(rubric: Rubric) -> Iterator[Grounded]:
    for dimension in rubric.space.dimensions:
        anchors = sorted(dimension.anchors.items(), key=lambda anchor: float(anchor[0]))
        yield Grounded(
            id=dimension.id,
            kind="dimension",
            title=dimension.id,
            what=" ".join(f"{float(at):{'+' if float(at) else ''}g}: {text}" for at, text in anchors),
            reference=references().get(f"{rubric.id}.{dimension.id}"),
        )


def _behaviours() -> Iterator[Grounded]:
    for behaviour in coding_scale().behaviours:
        yield Grounded(
            id=behaviour.id,
            kind="behaviour",
            title=behaviour.title,
            what=behaviour.what,
            reference=references().get(behaviour.id),
        )
