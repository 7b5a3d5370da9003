"""An agent by its ``module:attribute``: imported, or refused in one line that says where its module failed."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import sysconfig
import traceback
from collections.abc import Callable, Iterator, Sequence
from importlib.machinery import PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

from empa_graph.errors import NotFoundError, UsageError
from empa_graph.llm.resolve import BUILTIN, extra_providers

_LIBRARIES = tuple({sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")})


def load_attribute(spec: str) -> Callable[..., Any]:
    """Return what ``module:attribute`` names. Raises UsageError (no such module), NotFoundError (attribute)."""
    module_name, _, attribute = spec.partition(":")
    module = _module(spec, module_name)
    if not hasattr(module, attribute):
        known = [name for name in dir(module) if not name.startswith("_")]
        raise NotFoundError(f"attribute of '{module_name}'", attribute, known, where="--empathic")
    found: Callable[..., Any] = getattr(module, attribute)
    if not callable(found) and not hasattr(found, "ainvoke") and not hasattr(found, "compile"):
        raise UsageError(f"--empathic {spec}: {type(found).__name__} is neither a function nor a graph")
    return found


def refuse_below(spec: str, folder: Path) -> None:
    """Raise UsageError where the module of ``spec`` would be imported from below ``folder``; nothing is imported."""
    within = folder.resolve()
    for place in _places(spec.partition(":")[0]):
        if place.resolve().is_relative_to(within):
            raise UsageError(
                f"--empathic {spec}: {_shown(str(place))} lies below the run folder {folder}, and code is never "
                "imported from there; move one of them"
            )


def _places(name: str) -> Iterator[Path]:
    """Yield where a module and the packages it lies in would be imported from."""
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
        yield from map(Path, [*search, *([spec.origin] if spec.has_location and spec.origin else [])])


def _module(spec: str, name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - a module may fail in any way, `sys.exit` among them
        near = difflib.get_close_matches(name, (*BUILTIN, *extra_providers()), n=1, cutoff=0.7)
        hint = f"; did you mean the model provider '{near[0]}'?" if near else ""
        raise UsageError(f"--empathic {spec}: cannot import '{name}' ({_told(error)}){hint}") from None


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
