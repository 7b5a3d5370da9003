"""docs/outcomes.md: what it shows is what the commands print, over results that say they are made up."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from empa_graph.cli.display import console
from empa_graph.study.outcomes.labels import labels
from empa_graph.study.outcomes.live_results import live_rows
from tests.command import empa

DOCS = Path(__file__).parents[1] / "docs"
PAGE = (DOCS / "outcomes.md").read_text(encoding="utf-8")
RESULTS = DOCS / "outcomes-made-up.csv"


def lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines()]


@pytest.mark.slow
def test_the_page_shows_what_its_commands_print(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    shutil.copy(RESULTS, tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(console, "_width", 80)
    commands = re.findall(r"^empa (.+)$", PAGE, re.MULTILINE)
    assert len(commands) == 9
    for command in commands:
        done = empa(*command.split())
        assert (done.code, done.err) == (0, ""), command
    printed = "\n".join(lines(done.out))
    head, escalated = re.findall(r"```text\n(.*?)```", PAGE, flags=re.DOTALL)
    assert printed.startswith("\n".join(lines(head))) and "\n".join(lines(escalated)) in printed


def test_the_results_say_first_that_they_are_made_up():
    assert RESULTS.read_text(encoding="utf-8").startswith("# Made up: every number in this file was invented")


def test_its_links_and_tests_are_there():
    links = re.findall(r"\]\(([\w.-]+)\)", PAGE) + re.findall(r"\.\./(tests/[\w/]+\.py)", PAGE)
    assert links and [link for link in links if not (DOCS / link).is_file()] == []
    assert [name for name in re.findall(r"`(tests/[\w/]+\.py)`", PAGE) if not (DOCS.parent / name).is_file()] == []


def test_the_answers_of_the_page_are_labels(tmp_path: Path):
    (text,) = re.findall(r"```csv title=\"answers.csv\"\n(.*?)```", PAGE, flags=re.DOTALL)
    (tmp_path / "answers.csv").write_text(text, encoding="utf-8")
    answers = labels(live_rows(tmp_path / "answers.csv"), "survey", file=tmp_path / "answers.csv")
    assert text.startswith("# Made up") and answers == {"c1": (5.0,), "c2": (2.0,)}
