"""Code of a user by ``module:attribute`` or file: imported, or refused in one line that says where it failed."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import sys
import sysconfig
import traceback
from collections.abc import Callable, Iterator, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Any

from empa_graph.errors import NotFoundError, UsageError
from empa_graph.llm.resolve import BUILTIN, extra_providers
from empa_graph.roles.empathic.langgraph_file import entry, import_from
from empa_graph.seeds import digest_of

_LIBRARIES = tuple({sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")})


def load_attribute(spec: str, *, where: str = "--empathic") -> Callable[..., Any]:
    """Return what ``module:attribute``, ``path/file.py:attribute`` or ``path/langgraph.json:graph`` names.

    A file lies from the working folder. Raises UsageError (no such module or file), NotFoundError (attribute, graph).
    """
    listed = entry(spec, where=where)
    if listed is not None:
        import_from(listed.folders)
    module_name, _, attribute = (listed.code if listed else spec).rpartition(":")
    module = load_module(module_name, where=f"{where} {spec}")
    if not hasattr(module, attribute):
        known = [name for name in dir(module) if not name.startswith("_")]
        raise NotFoundError(f"attribute of '{module_name}'", attribute, known, where=where)
    found: Callable[..., Any] = getattr(module, attribute)
    if not callable(found) and not hasattr(found, "ainvoke") and not hasattr(found, "compile"):
        raise UsageError(f"{where} {spec}: {type(found).__name__} is neither a function nor a graph")
    return found


def refuse_below(spec: str, folder: Path) -> None:
    """Raise UsageError where the module of ``spec`` would be imported from below ``folder``; nothing is imported."""
    within = folder.resolve()
    listed = entry(spec, where="--empathic")
    named = _places((listed.code if listed else spec).partition(":")[0])
    for place in chain((listed.file, *listed.folders) if listed else (), named):
        if place.resolve().is_relative_to(within):
            raise UsageError(
                f"{spec}: {_shown(str(place))} lies below the run folder {folder}, and code is never "
                "imported from there; move one of them"
            )


def _places(name: str) -> Iterator[Path]:
    """Yield where a module and the packages it lies in, or a file, would be imported from."""
    if is_file(name):
        yield Path(name)
        return
    for spec in _specs(name):
        search = spec.submodule_search_locations or ()
        yield from map(Path, [*search, *([spec.origin] if spec.has_location and spec.origin else [])])


def origin(name: str) -> Path | None:
    """Return the file that the module ``name`` would be imported from, without importing it; None where there is none.

    A package without code of its own has none.
    """
    found = list(_specs(name))
    whole = len(found) == name.count(".") + 1
    return Path(found[-1].origin) if whole and found[-1].has_location and found[-1].origin else None


def _specs(name: str) -> Iterator[ModuleSpec]:
    """Yield where the packages of a module, and then it, would be imported from, as far as they are found."""
    search: Sequence[str] | None = None
    parts = name.split(".")
    for end in range(1, len(parts) + 1):
        try:
            if search is None:
                spec = importlib.util.find_spec(parts[0])
            else:
                spec = PathFinder.find_spec(".".join(parts[:end]), search)
        except (ImportError, ValueError):
            return
        if spec is None:
            return
        search = list(spec.submodule_search_locations or ())
        yield spec


def is_file(name: str) -> bool:
    """Say whether ``name``, the part before the colon, is a file of Python and no module."""
    return name.endswith(".py")


def module_name(name: str) -> str:
    """Return under which name the module or file ``name`` stands among those that are imported.

    A file of a package stands in it, so that it can import what lies beside it in either way.
    """
    if not is_file(name):
        return name
    path = Path(name).resolve()
    own = f"{path.stem}_{digest_of(str(path))[:12]}"
    return ".".join((*path.parent.relative_to(import_root(path)).parts, own))


def import_root(path: Path) -> Path:
    """Return the folder that the file at ``path``, or its package, is imported from."""
    folder = path.parent
    while (folder / "__init__.py").is_file():
        folder = folder.parent
    return folder


def load_module(name: str, *, where: str) -> ModuleType:
    """Return the module or the file ``name``, imported. Raises UsageError, which begins with ``where``."""
    try:
        return _from_file(Path(name)) if is_file(name) else importlib.import_module(name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - a module may fail in any way, `sys.exit` among them
        near = difflib.get_close_matches(name, (*BUILTIN, *extra_providers()), n=1, cutoff=0.7)
        hint = f"; did you mean the model provider '{near[0]}'?" if near else ""
        raise UsageError(f"{where}: cannot import '{name}' ({_told(error)}){hint}") from None


def _from_file(path: Path) -> ModuleType:
    """Return the module of a file, executed once; what lies beside it or its package can be imported."""
    name = module_name(str(path))
    if name in sys.modules:
        return sys.modules[name]
    if not path.is_file():
        raise FileNotFoundError("no such file")
    spec = importlib.util.spec_from_file_location(name, path.resolve())
    if spec is None or spec.loader is None:
        raise ImportError("no file of Python")
    folder = str(import_root(path.resolve()))
    if folder not in sys.path:
        sys.path.append(folder)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _told(error: BaseException) -> str:
    """Say what went wrong in one line, with file and line where code of the user had begun to run."""
    if isinstance(error, SyntaxError):
        return f"{_shown(error.filename or '')}:{error.lineno}: {type(error).__name__}: {error.msg}"
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith("<frozen ")]
    frames = [f for f in frames if Path(f.filename) not in (Path(__file__), Path(importlib.__file__))]
    if not frames:
        return " ".join(str(error).split())[:300]
    own = [f for f in frames if not f.filename.startswith(_LIBRARIES)] or frames
    said = " ".join(f"{type(error).__name__}: {error}".split())[:300].removesuffix(":")
    return f"{_shown(own[-1].filename)}:{own[-1].lineno}: {said}"


def _shown(file: str) -> str:
    """Return ``file`` as a user in the working folder would type it."""
    path = Path(file)
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
