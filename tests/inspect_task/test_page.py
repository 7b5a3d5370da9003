"""docs/inspect.md: its parameters and scores are those of the task, its links lead on."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "inspect.md"
TEXT = PAGE.read_text(encoding="utf-8")


def functions(name: str) -> dict[str, ast.FunctionDef]:
    """Return the functions of a module that Inspect alone can import, by name."""
    tree = ast.parse((ROOT / "empa_graph" / "inspect_task" / f"{name}.py").read_text(encoding="utf-8"))
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_its_parameters_are_those_of_the_task():
    parameters = functions("task")["sandbox"].args
    defaults = [ast.literal_eval(value) for value in parameters.defaults]
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \|", TEXT, re.MULTILINE)
    assert [name for name, _ in rows] == [parameter.arg for parameter in parameters.args]
    said = [default.strip("`") for _, default in rows]
    assert said == ["the rubric's" if default is None else str(default) for default in defaults]


def test_its_scores_and_metrics_are_those_of_the_scorers():
    decorated = [name for name, node in functions("scorers").items() if node.decorator_list]
    assert len(decorated) == 6 and [name for name in decorated if f"`{name}`" not in TEXT] == []


def test_its_links_lead_somewhere():
    links = re.findall(r"\]\(([\w.-]+\.md)(?:#[\w-]+)?\)", TEXT)
    assert links and [link for link in links if not (PAGE.parent / link).is_file()] == []
