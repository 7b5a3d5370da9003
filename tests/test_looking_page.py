"""docs/looking.md: what it shows is what the commands print."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from empa_graph.cli.display import console
from tests.command import empa

PAGE = Path(__file__).parents[1] / "docs" / "looking.md"


@pytest.mark.slow
def test_the_page_shows_what_the_commands_print(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(console, "_width", 120)  # the width of the page; a terminal is measured once
    drawn, compared = re.findall(r"```text\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    for agent in ("expert", "parrot"):
        words = ("run", "--limit", 12, "--empathic", f"scripted:{agent}", "--out", tmp_path / agent)
        assert empa(*words).code == 0
    assert drawn in empa("show", tmp_path / "expert", 4).out
    assert compared in empa("compare", tmp_path / "expert", tmp_path / "parrot").out


def test_its_links_lead_somewhere():
    links = re.findall(r"\]\(([\w.-]+\.md)\)", PAGE.read_text(encoding="utf-8"))
    assert links and [link for link in links if not (PAGE.parent / link).is_file()] == []
