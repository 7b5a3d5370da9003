"""A dossier as a document: its sections in the order in which a reviewer reads them."""

from __future__ import annotations

from empa_graph.report.audit import background, dangers, results, tested
from empa_graph.report.audit.blocks import Section
from empa_graph.report.audit.records import Dossier


def document(dossier: Dossier) -> tuple[Section, ...]:
    """Return the sections of a dossier."""
    before = (
        results.in_short(dossier),
        background.purpose(dossier),
        tested.system(dossier),
        background.coverage(dossier),
        background.method(dossier),
        results.results(dossier),
        dangers.crisis(dossier),
        background.grounding(dossier),
        background.validity(dossier),
        tested.simulator(dossier),
        tested.guards(dossier),
        background.provenance(dossier),
        background.sheet(dossier),
    )
    behind = (
        dangers.years(dossier),
        background.glossary(dossier),
        tested.conversations(dossier),
        dangers.transcripts(dossier),
    )
    titles = [(section.id, section.title) for section in (*before, *behind)]
    return (*before, background.frameworks(dossier, titles), *behind)
