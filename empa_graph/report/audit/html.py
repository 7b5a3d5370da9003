"""A dossier as one HTML file without a script; every value is escaped by the template."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence

from empa_graph.report.audit.blocks import Block, Section
from empa_graph.report.html import STATIC, environment


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
