"""What the page on extending shows is run."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import empa_graph
from empa_graph import testing
from empa_graph.cli.names import LISTED
from empa_graph.content.registry import KINDS, REGISTRY
from empa_graph.testing.empathy import Empathy
from tests.command import empa

DOCS = Path(__file__).parent.parent / "docs"
PAGE = (DOCS / "extending.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)


def test_the_examples_run_one_after_another_and_each_shows_something(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "page"}
    with REGISTRY.scratch():
        for code in BLOCKS:
            exec(compile(code, "extending.md", "exec", dont_inherit=True), names)
            assert capsys.readouterr().out.strip(), code
    assert len(BLOCKS) == 13


def test_the_commands_of_the_page_and_those_that_they_print_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    commands = re.findall(r"^empa (.+)$", PAGE, re.MULTILINE)
    assert len(commands) == 6
    with REGISTRY.scratch():
        for command in commands:
            done = empa(*command.split())
            assert (done.code, done.err) == (0, ""), command
            commands += re.findall(r"^  empa (.+)$", done.out, re.MULTILINE)
    assert len(commands) == 6 + 4 * 2


def test_the_page_names_each_kind_that_can_be_listed() -> None:
    assert all(f"`{kind}`" in PAGE for kind in LISTED)


def test_what_comes_from_the_package_itself_is_public() -> None:
    found = [node for code in BLOCKS for node in ast.walk(ast.parse(code)) if isinstance(node, ast.ImportFrom)]
    names = {alias.name for node in found if node.module == "empa_graph" for alias in node.names}
    assert names and names <= set(empa_graph.__all__)


def test_the_page_shows_a_check_for_every_kind_that_is_looked_up() -> None:
    for kind in KINDS:
        assert f"| `{kind}` |" in PAGE
        assert f'"{kind}"' in PAGE
    for check in set(testing.__all__) - {"CheckError"}:
        assert f"{check}(" in PAGE


def test_the_page_on_tests_names_every_option_of_the_plugin() -> None:
    page = (DOCS / "testing-your-agent.md").read_text(encoding="utf-8")
    plugin = (DOCS.parent / "empa_graph" / "pytest_plugin.py").read_text(encoding="utf-8")
    options = set(re.findall(r'"(--empa-[a-z-]+)"', plugin))
    assert len(options) == 4
    assert all(f"`{option}" in page for option in options)


def test_the_page_on_tests_shows_what_a_failure_says() -> None:
    page = (DOCS / "testing-your-agent.md").read_text(encoding="utf-8")
    played = Empathy({}, offline=True, kept=[]).play("scripted:dismissive", "exam_student/reduce_stress", repeats=3)
    with pytest.raises(AssertionError) as caught:
        played.assert_at_least(composite=60, coverage=1.0)
    assert f"```text\n{caught.value}\n```" in page
