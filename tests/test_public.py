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
)


def loaded_after(code: str) -> list[str]:
    """Return the heavy packages that a fresh interpreter holds after ``code``."""
    tail = f"\nimport json, sys\nprint('\\n' + json.dumps([name for name in {HEAVY!r} if name in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", code + tail], capture_output=True, text=True, check=True, timeout=120)
    found: list[str] = json.loads(done.stdout.splitlines()[-1])
    return found


def command(*arguments: str) -> str:
    """Return code that runs ``empa`` with ``arguments``."""
    return (
        f"import sys\nsys.argv = {['empa', *arguments]!r}\nfrom empa_graph.cli import main\n"
        "try:\n    main()\nexcept SystemExit as done:\n    assert not done.code, done.code"
    )


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


def test_importing_the_package_loads_nothing_heavy():
    assert loaded_after("import empa_graph") == []


def test_the_content_is_read_without_a_model_or_a_graph():
    heavy = loaded_after("from empa_graph import load_rubric, scenarios\nscenarios(), load_rubric()")
    assert set(heavy) <= {"numpy"}


def test_a_graph_is_loaded_when_it_is_asked_for():
    assert "langgraph" in loaded_after("from empa_graph import build_sandbox")


@pytest.mark.parametrize("arguments", [("--help",), ("run", "--help"), ("version",)])
def test_the_command_answers_without_loading_anything_heavy(arguments: tuple[str, ...]):
    assert loaded_after(command(*arguments)) == []


def test_listing_scenarios_loads_no_graph_and_no_model():
    assert set(loaded_after(command("list", "--json"))) <= {"numpy"}
