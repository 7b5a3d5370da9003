"""Which files code of a user imports from beside it: found by reading them, so that nothing is imported for it."""

from __future__ import annotations

import ast
import importlib.util
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from empa_graph.roles.empathic.attribute import import_root, origin

MOST_FILES = 300
"""Files beside one file that are found; further ones are left out."""
OWN = __name__.partition(".")[0]
INSTALLED = frozenset({"site-packages", "dist-packages"})


def beside(file: Path, module: str, folders: Iterable[Path] = ()) -> dict[str, Path]:
    """Return by module, in the order of finding, what ``file`` (the ``module``) and so on import by a statement.

    That is from the folder it, or its package, is imported from, or from ``folders``, and below; neither this package
    nor the standard library nor what is installed. A file that cannot be read or parsed imports nothing.
    """
    own = file.resolve()
    roots = (import_root(own), *(folder.resolve() for folder in folders))
    found: dict[str, Path] = {}
    known, waiting = {own}, [(module, own)]
    while waiting and len(found) < MOST_FILES:
        name, path = waiting.pop(0)
        for imported in dict.fromkeys(_imported(path, name)):
            place = _place(imported, roots)
            if place is not None and place not in known:
                known.add(place)
                found[imported] = place
                waiting.append((imported, place))
    return dict(list(found.items())[:MOST_FILES])


def _place(module: str, roots: Iterable[Path]) -> Path | None:
    top = module.partition(".")[0]
    if top in sys.stdlib_module_names or top == OWN or (file := origin(module)) is None:
        return None
    place = file.resolve()
    inside = any(place.is_relative_to(root) for root in roots)
    return place if inside and INSTALLED.isdisjoint(place.parts) and place.is_file() else None


def _imported(file: Path, module: str) -> Iterator[str]:
    """Yield the modules that a file names in its imports, each behind the packages it lies in; some may be none."""
    try:
        tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return
    package = module if file.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for name in _named(node, package):
                parts = name.split(".")
                yield from (".".join(parts[:end]) for end in range(1, len(parts) + 1))


def _named(node: ast.Import | ast.ImportFrom, package: str) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
        return
    try:
        base = importlib.util.resolve_name("." * node.level + (node.module or ""), package)
    except ImportError:  # beyond the top of its package
        return
    yield from (f"{base}.{alias.name}" for alias in node.names)
