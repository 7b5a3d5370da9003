"""docs/segments.md: its descriptions are drawn, and what it shows is what the commands print."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from empa_graph.cli.display import console
from empa_graph.content.library import content_folder, load_persona
from empa_graph.study.segments.changes import Changed, with_need_first
from tests.command import empa

DOCS = Path(__file__).parents[1] / "docs"
PAGE = (DOCS / "segments.md").read_text(encoding="utf-8")


def lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip().splitlines()]


def test_the_page_shows_what_its_commands_print(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(console, "_width", 80)
    description, allowed = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)
    first, second = re.findall(r"```text\n(.*?)```", PAGE, flags=re.DOTALL)
    for text, out, told in ((description, "campus", first), (description + allowed, "wider", second)):
        Path("segment.yaml").write_text(text, encoding="utf-8")
        done = empa("segment", "segment.yaml", "--out", out)
        assert (done.code, done.err) == (0, "") and lines(done.out) == lines(told)
    commands = re.findall(r"^empa (.+)$", PAGE, re.MULTILINE)
    assert len(commands) == 2
    for command in commands:
        done = empa(*command.split())
        assert (done.code, done.err) == (0, ""), command


def test_a_reason_on_the_page_is_one_that_is_written():
    card = load_persona(content_folder("personas") / "exam_student.yaml")
    found = with_need_first(Changed(card, ()), "affective", most=0.1)
    assert found is not None and f"`{found.persona.priorities.affective.reason}`" in PAGE


def test_its_links_lead_somewhere():
    links = re.findall(r"\]\(([\w.-]+\.md)\)", PAGE)
    assert links and [link for link in links if not (DOCS / link).is_file()] == []
