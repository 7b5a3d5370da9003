"""A dossier as a document: its sections in the order in which a reviewer reads them."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence

from empa_graph.report.audit import background, dangers, results, tested
from empa_graph.report.audit.blocks import Block, Section
from empa_graph.report.audit.records import Dossier
from empa_graph.report.html import STATIC, environment


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


def dossier_html(title: str, sections: Sequence[Section]) -> bytes:
    """Return a document as one HTML file. Raises MissingExtraError without the ``report`` extra."""
    css = "".join((STATIC / name).read_text(encoding="utf-8") for name in ("page.css", "audit.css"))
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    template = environment().get_template("audit.html")
    text: str = template.render(title=title, sections=sections, css=css, policy=policy, kind_of=_kind)
    return text.encode("utf-8", "replace")


def _kind(block: Block) -> str:
    return type(block).__name__
