"""What the page on extra roles shows is run, and it shows public names only."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import empa_graph
from empa_graph.roles.director.tools import Pace, Strategy
from empa_graph.roles.persona.steering import QUICK_EASE

PAGE = (Path(__file__).parent.parent / "docs" / "extra-roles.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)


def test_the_examples_run_one_after_another_and_each_shows_something(capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, object] = {"__name__": "page"}
    for code in BLOCKS:
        exec(compile(code, "extra-roles.md", "exec", dont_inherit=True), names)
        assert capsys.readouterr().out.strip(), code
    assert len(BLOCKS) == 4


def test_the_examples_use_public_names_only() -> None:
    found = [node for code in BLOCKS for node in ast.walk(ast.parse(code)) if isinstance(node, ast.ImportFrom)]
    found = [node for node in found if node.module != "typing"]
    assert {node.module for node in found} == {"empa_graph"}
    assert {alias.name for node in found for alias in node.names} <= set(empa_graph.__all__)


def test_the_page_names_every_strategy_and_pace_and_how_much_a_quick_pace_eases() -> None:
    for name in (*Strategy.__args__, *Pace.__args__):
        assert f"`{name}`" in PAGE
    assert f"asks for {QUICK_EASE:g} less trust" in PAGE
