"""Graphs of a ``langgraph.json`` that the user names: ``path/langgraph.json:graph`` and the code behind it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError

from empa_graph.content.loading import LARGEST_FILE, read_text
from empa_graph.errors import ContentError, NotFoundError, UsageError

_SCRIPTS = (".ts", ".tsx", ".mts", ".js", ".mjs", ".cjs")


class _Graph(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")
    path: str


class _File(BaseModel):
    """The parts that say where graphs lie; all others are for servers of LangGraph."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    graphs: dict[str, str | _Graph]
    dependencies: tuple[str, ...] = ()


class Entry(NamedTuple):
    """The file that names a graph, its code as ``module:attribute`` or ``path/file.py:attribute``, its folders."""

    file: Path
    code: str
    folders: tuple[Path, ...]
    """The local dependencies, from which its modules are imported."""


def entry(spec: str, *, where: str) -> Entry | None:
    """Return what ``path/langgraph.json:graph`` names, None for any other ``spec``.

    Raises NotFoundError (graph), ContentError (file), UsageError for a graph that is no Python.
    """
    named, _, graph = spec.rpartition(":")
    if not named.endswith(".json"):
        return None
    file = Path(named)
    found = _read(file, where=f"{where} {spec}")
    if graph not in found.graphs:
        raise NotFoundError(f"graph of '{named}'", graph, found.graphs, where=where)
    held = found.graphs[graph]
    module, _, attribute = (held if isinstance(held, str) else held.path).rpartition(":")
    if module.endswith(_SCRIPTS):
        raise UsageError(f"{where} {spec}: the graph lies in '{module[:200]}'; only graphs in Python can be played")
    if not module or not attribute:
        raise ContentError(f"{where} {spec}: graphs.{graph}: a graph is written as './path/file.py:attribute'")
    if "/" in module or module.endswith(".py"):
        module = str(file.parent / module)
    local = (file.parent / folder for folder in found.dependencies if folder.startswith("."))
    return Entry(file, f"{module}:{attribute}", tuple(folder for folder in local if folder.is_dir()))


def graphs(file: Path) -> tuple[str, ...]:
    """Return the names of the graphs of a ``langgraph.json``. Raises ContentError."""
    return tuple(_read(file, where="--empathic").graphs)


def _read(file: Path, *, where: str) -> _File:
    try:
        return _File.model_validate_json(read_text(file, LARGEST_FILE))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        at = ".".join(map(str, first["loc"])) or "the document"
        raise ContentError(f"{where}: {file} is no langgraph.json: {at}: {first['msg']}") from None


def import_from(folders: tuple[Path, ...]) -> None:
    """Let modules lie in ``folders``, behind all else."""
    for folder in map(str, (folder.resolve() for folder in folders)):
        if folder not in sys.path:
            sys.path.append(folder)
