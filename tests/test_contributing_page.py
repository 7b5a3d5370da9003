"""What CONTRIBUTING.md says of the rooms is so, and its recipes run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from empa_graph.content.registry import KINDS, REGISTRY
from tests.command import empa
from tests.test_layers import ROOMS

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
ROOMS_PART, RECIPES = PAGE.split("## The rooms")[1].split("## Recipes")
BLOCKS = re.findall(r"```python\n(.*?)```", RECIPES, flags=re.DOTALL)


def test_the_rooms_stand_in_the_order_of_their_imports():
    picture = ROOMS_PART.split("| a new ... |")[0]
    rows = re.findall(r"^\| (`.+?`) \|", picture, re.MULTILINE)
    assert [set(re.findall(r"`(\w+)`", row)) for row in rows] == [set(floor) for floor in ROOMS]


def test_where_a_new_thing_goes_is_there():
    places = re.findall(r"`((?:roles|store|cues|docs)/[\w/.]*)`", ROOMS_PART)
    assert places
    assert [place for place in places if not ((ROOT / "empa_graph" / place).exists() or (ROOT / place).exists())] == []


def test_the_picture_is_seen_at_a_glance():
    assert len(ROOMS_PART.strip().splitlines()) <= 45


def test_the_recipes_run_and_take_ten_lines_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "page"}
    with REGISTRY.scratch():
        for code in BLOCKS:
            exec(compile(code, "CONTRIBUTING.md", "exec", dont_inherit=True), names)
    assert max(len([line for line in code.splitlines() if line]) for code in BLOCKS) <= 10


def test_the_starting_files_are_written_and_what_they_register_is_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    commands = re.findall(r"^empa (.+)$", RECIPES, re.MULTILINE) + re.findall(r"`empa (list .+?)`", RECIPES)
    assert len(commands) == 5
    with REGISTRY.scratch():
        assert [(done.code, done.err) for done in (empa(*command.split()) for command in commands)] == [(0, "")] * 5


def test_each_kind_of_extension_has_its_recipe():
    written = "".join(BLOCKS)
    assert [kind for kind in KINDS if f'registered("{kind}"' not in written] == []
    assert all(word in RECIPES for word in ("A director", "An extra role", "A store"))
    assert len(BLOCKS) == len(KINDS) + 4
