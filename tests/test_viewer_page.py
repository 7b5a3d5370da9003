"""docs/viewer.md: what it says of limits, scales and commands holds."""

from __future__ import annotations

import re
from pathlib import Path

from empa_graph.viewer.asked import PAGE as SHOWN
from empa_graph.viewer.recent import LARGEST
from empa_graph.viewer.scales import DEFAULT, scales

DOCS = Path(__file__).parents[1] / "docs"
TEXT = (DOCS / "viewer.md").read_text(encoding="utf-8")
PAGE = " ".join(TEXT.split())


def test_its_limits_are_those_of_the_viewer():
    assert f"more than {LARGEST:,} conversations there is no report" in PAGE
    assert f"until it has found {SHOWN} or seen all" in PAGE
    assert f"const ENOUGH = {SHOWN};" in (DOCS.parent / "empa_graph/viewer/static/search.js").read_text()


def test_its_scales_are_scales():
    (default,) = re.findall(r"by default `([^`]+)`", PAGE)
    assert scales([default]) == DEFAULT
    for line in re.findall(r"^empa view .*--rating.*$", TEXT, re.MULTILINE):
        assert len(scales(re.findall(r"--rating (\S+)", line))) == 2


def test_its_links_lead_somewhere():
    links = re.findall(r"\]\(([\w.-]+\.md)\)", TEXT)
    assert links and [link for link in links if not (DOCS / link).is_file()] == []
