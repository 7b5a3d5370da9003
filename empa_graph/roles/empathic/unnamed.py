"""An agent that is named by its module or file alone: ``my_package.agent`` for ``my_package.agent:graph``.

Rule: code of the user is read for the names that stand in it, and never imported.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from empa_graph.content.loading import LARGEST_FILE, read_text
from empa_graph.errors import ContentError, UsageError
from empa_graph.roles.empathic.attribute import is_file, origin
from empa_graph.roles.empathic.langgraph_file import graphs

MOST_NAMES = 8
"""Names that are said of those that stand in a module."""


def refuse_unnamed(spec: str) -> None:
    """Raise UsageError where ``spec``, which has no colon, is a module or a path, and say what could be named in it."""
    path = Path(spec)
    if spec.endswith(".json") and path.is_file():
        _refuse(spec, "a langgraph.json", list(graphs(path)))
    if is_file(spec) and not path.is_file():
        raise UsageError(f"agent '{spec[:200]}': no such file")
    if is_file(spec):
        _refuse(spec, "a file of Python", _names(path))
    parts = spec.split(".")
    if not all(part.isidentifier() for part in parts):
        if path.exists():
            raise UsageError(f"agent '{spec[:200]}' is a path; name code in it, as path/file.py:graph")
        return
    found = origin(spec)
    if found is not None:
        _refuse(spec, "a module", _names(found))
    if len(parts) > 1:
        raise UsageError(
            f"agent '{spec[:200]}' looks like a module, and none of that name can be imported from here; "
            "an agent is written as my_package.agent:graph"
        )


def _refuse(spec: str, kind: str, names: list[str]) -> None:
    """Raise UsageError with an example of the names, and with the others."""
    shown = ", ".join(names[:MOST_NAMES])
    there = f" (found in it: {shown})" if names else ""
    raise UsageError(
        f"agent '{spec[:200]}' looks like {kind}; name the graph or function in it, "
        f"e.g. {spec[:200]}:{names[0] if names else 'graph'}{there}"
    )


def _names(file: Path) -> list[str]:
    """Return the public names at the top of a file that seem to be graphs, then its functions; of a broken one none."""
    try:
        top = ast.parse(read_text(file, LARGEST_FILE)).body
    except (ContentError, SyntaxError, ValueError, RecursionError):
        return []
    functions = [part.name for part in top if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef)]
    return [name for name in dict.fromkeys((*_graphs(top), *functions)) if not name.startswith("_")]


def _graphs(top: list[ast.stmt]) -> Iterator[str]:
    """Yield what is assigned from a call of ``compile`` or of a function that creates an agent."""
    for part in top:
        targets = (
            part.targets if isinstance(part, ast.Assign) else [part.target] if isinstance(part, ast.AnnAssign) else []
        )
        value = part.value if isinstance(part, ast.Assign | ast.AnnAssign) else None
        if value is not None and any(map(_makes_graph, ast.walk(value))):
            yield from (target.id for target in targets if isinstance(target, ast.Name))


def _makes_graph(part: ast.AST) -> bool:
    if not isinstance(part, ast.Call):
        return False
    called = part.func.attr if isinstance(part.func, ast.Attribute) else getattr(part.func, "id", "")
    return called == "compile" or called.startswith("create_")
