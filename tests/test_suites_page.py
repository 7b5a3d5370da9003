"""docs/suites.md: its commands are run, and what it shows is what they print."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from empa_graph.cli.display import console
from empa_graph.distill.checks.decision import EASY, HARD, NEAR
from empa_graph.distill.checks.ladder import LADDER, REACHED
from empa_graph.distill.checks.records import CAUSES
from empa_graph.study.suites.drawing import held_out
from tests.command import empa

DOCS = Path(__file__).parents[1] / "docs"
PAGE = (DOCS / "suites.md").read_text(encoding="utf-8")
COVERED, DRAWN = re.findall(r"```text\n(.*?)```", PAGE, flags=re.DOTALL)[:2]


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.strip().splitlines()]


def test_the_page_shows_what_its_commands_print(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(console, "_width", 80)
    block = re.findall(r"```sh\n(.*?)```", PAGE, flags=re.DOTALL)
    coverage, _, suite, run = re.findall(r"^empa (.+)$", "".join(block[:2]), re.MULTILINE)
    said = lines(empa(*coverage.split()).out)
    assert [line for line in lines(COVERED) if line != "..." and line not in said] == []
    assert lines(empa(*suite.split()).out) == lines(DRAWN)
    assert empa(*run.split()).code == 0


def test_the_specification_on_the_page_is_written_and_played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    (spec,) = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)
    Path("spec.yaml").write_text(spec, encoding="utf-8")
    commands = re.findall(r"^empa (.+)$", re.findall(r"```sh\n(.*?)```", PAGE, flags=re.DOTALL)[2], re.MULTILINE)
    assert [empa(*command.split()).code for command in commands] == [0, 0, 0] and len(commands) == 3
    assert len([*Path("generated/scenarios").glob("*.yaml")]) == 4


def test_the_bounds_and_causes_on_the_page_are_those_of_the_code():
    for name, rung in LADDER.items():
        assert f"| `{name}` | {rung.plays} | {rung.turns} |" in PAGE
    assert [cause for cause in CAUSES if f"| `{cause}` |" not in PAGE] == []
    assert f"easy below {EASY:g}, hard above {HARD:g}" in PAGE and f"nor {REACHED:g} of the way" in PAGE
    assert NEAR == 0.5 and "keeps half of the way" in PAGE


def test_one_bundled_person_is_held_out_by_a_quarter():
    people = {path.stem for path in (Path(__file__).parents[1] / "personas").glob("*.yaml")}
    assert sum(held_out(name, share=0.25) for name in people) == 1 and "a share of 0.25 holds out one" in PAGE


def test_its_links_lead_somewhere():
    links = re.findall(r"\]\(([\w.-]+\.md)\)", PAGE)
    assert links and [link for link in links if not (DOCS / link).is_file()] == []
