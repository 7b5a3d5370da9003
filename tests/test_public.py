from __future__ import annotations

import ast
import importlib
import inspect
import json
import subprocess
import sys
from pathlib import Path

import pytest

import empa_graph

HEAVY = (
    "langgraph",
    "langchain_openai",
    "langchain_core",
    "openai",
    "numpy",
    "scipy",
    "xllamacpp",
    "matplotlib",
    "tokenizers",
    "opentelemetry",
)


STEPS = """
import json, sys

def step(name):
    print("\\n" + json.dumps([name, [package for package in HEAVY if package in sys.modules]]))

import empa_graph
step("import")
from empa_graph.cli import main
for words in (["version"], ["--help"], ["run", "--help"]):
    try:
        main(words)
    except SystemExit as done:
        assert not done.code, done.code
    step(" ".join(words))
empa_graph.scenarios(), empa_graph.load_rubric()
step("content")
main(["list", "--json"])
step("list")
import empa_graph.run.telemetry
step("telemetry")
sys.modules["langgraph"] = None
try:
    empa_graph.build_sandbox
except ImportError as error:
    print("\\n" + json.dumps(["missed", error.name]))
"""


@pytest.fixture(scope="module")
def loaded() -> dict[str, list[str]]:
    """The heavy packages that one interpreter holds after each step, and what a graph is missed for at the end."""
    code = f"HEAVY = {HEAVY!r}{STEPS}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    return dict(json.loads(line) for line in done.stdout.splitlines() if line.startswith('["'))


def typed_names() -> dict[str, str]:
    """Return public name -> module as the type checker reads them."""
    tree = ast.parse(Path(empa_graph.__file__).read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    assert ast.unparse(block.test) == "TYPE_CHECKING"
    return {
        alias.name: node.module or ""
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname == alias.name
    }


def test_the_public_names_are_sorted_and_stand_once():
    assert list(empa_graph.__all__) == sorted(set(empa_graph.__all__))
    assert dir(empa_graph) == empa_graph.__all__


@pytest.mark.parametrize("name", empa_graph.__all__)
def test_a_public_name_resolves_and_says_what_it_is(name: str):
    thing = getattr(empa_graph, name)
    assert thing.__module__.startswith("empa_graph.")
    assert thing.__name__ == name
    own = thing.__doc__ if inspect.isroutine(thing) else vars(thing).get("__doc__")
    assert own and own.strip().splitlines()[0].endswith((".", ":"))


def test_a_type_checker_and_python_see_the_same_names():
    typed = typed_names()
    assert sorted(typed) == empa_graph.__all__
    for name, module in typed.items():
        assert getattr(importlib.import_module(module), name) is getattr(empa_graph, name)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'empa_graph' has no attribute 'Manager'"):
        _ = empa_graph.Manager


@pytest.mark.parametrize("step", ["import", "version", "--help", "run --help"])
def test_the_package_and_the_help_of_its_command_load_nothing_heavy(step: str, loaded: dict[str, list[str]]):
    assert loaded[step] == []


@pytest.mark.parametrize("step", ["content", "list", "telemetry"])
def test_content_is_read_and_listed_and_telemetry_imported_without_a_model_or_a_graph(
    step: str, loaded: dict[str, list[str]]
):
    assert set(loaded[step]) <= {"numpy"}


def test_a_graph_is_loaded_when_it_is_asked_for(loaded: dict[str, list[str]]):
    assert "langgraph" in loaded["missed"]
