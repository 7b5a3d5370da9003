"""Extensions by kind and name: registered by a decorator, or by an entry point of one group that is loaded when asked.

Rule: nothing of an extension is imported before somebody asks for its name.
"""

from __future__ import annotations

import importlib.metadata
import os
import sys
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar, get_args

from empa_graph.errors import NotFoundError, UsageError

GROUP = "empa_graph"
Kind = Literal["role", "persona", "rubric", "evaluator", "metric", "executor", "provider"]
KINDS: tuple[Kind, ...] = get_args(Kind)
_CONTENT = frozenset({"persona", "rubric"})
_Thing = TypeVar("_Thing")
_Key = tuple[str, str]


class Source(NamedTuple):
    """An entry point ``module:attribute`` of a distribution."""

    entry: importlib.metadata.EntryPoint
    distribution: str


class Registry:
    """What is registered by decorators, and the ``entries`` that installed distributions offer."""

    def __init__(
        self, entries: Callable[[], Iterable[importlib.metadata.EntryPoint]] = lambda: _installed(GROUP)
    ) -> None:
        self._entries = entries
        self._made: dict[_Key, Any] = {}
        self._loaded: dict[_Key, Any] = {}

    def registered(self, kind: Kind, name: str | None = None) -> Callable[[_Thing], _Thing]:
        """Register what is decorated as ``kind``, under ``name`` or its own.

        The same definition may be registered again (a notebook cell run twice). Raises UsageError for an unknown kind,
        a name that cannot be typed, and a name that another definition has.
        """
        _check_kind(kind)

        def register(thing: _Thing) -> _Thing:
            called = name or str(getattr(thing, "__name__", ""))
            _check_name(kind, called)
            earlier = self._made.get((kind, called))
            if earlier is not None and _place(earlier) != _place(thing):
                raise UsageError(f"{kind} '{called}' of {_place(thing)} is already that of {_place(earlier)}")
            self._made[kind, called] = thing
            return thing

        return register

    def names(self, kind: Kind) -> tuple[str, ...]:
        """Return the names known for ``kind``, sorted, without loading any."""
        _check_kind(kind)
        return tuple(sorted({name for held, name in (*self._made, *self._sources) if held == kind}))

    def find(self, kind: Kind, name: str, *, builtin: Iterable[str] = (), where: str = "") -> Any:
        """Return what is registered as ``kind`` under ``name``, loading it if need be.

        For a persona or a rubric that is the Path of its file or folder. Raises NotFoundError with the nearest name,
        of ``builtin`` too, and UsageError that names the distribution of an extension that cannot be loaded.
        """
        known = self.names(kind)
        if name not in known:
            raise NotFoundError(kind, name, (*builtin, *known), where=where)
        if name in builtin:
            raise UsageError(f"{kind} '{name}' of {self.origin(kind, name)} has the name of a built-in one")
        source = self._sources.get((kind, name))
        thing = self._made.get((kind, name)) if source is None else self._of(kind, name, source)
        return _folder(kind, name, thing) if kind in _CONTENT else thing

    def origin(self, kind: Kind, name: str) -> str:
        """Return who registered it: the distribution, or the module and name of a decorated definition."""
        source = self._sources.get((kind, name))
        return source.distribution if source else _place(self._made[kind, name])

    @contextmanager
    def scratch(self) -> Iterator[None]:
        """Forget at the end of the block what was registered within it, for tests."""
        before = dict(self._made)
        try:
            yield
        finally:
            self._made = before

    def _of(self, kind: Kind, name: str, source: Source) -> Any:
        if (kind, name) not in self._loaded:
            self._loaded[kind, name] = _load(kind, name, source, self._made)
        thing, made = self._loaded[kind, name], self._made.get((kind, name))
        if made is not None and made is not thing:
            raise UsageError(f"{kind} '{name}' of {source.distribution} is already that of {_place(made)}")
        return thing

    @cached_property
    def _sources(self) -> Mapping[_Key, Source]:
        found: dict[_Key, Source] = {}
        for entry in self._entries():
            kind, dot, name = entry.name.partition(".")
            source = Source(
                entry, f"{entry.dist.name} {entry.dist.version}" if entry.dist else "an unnamed distribution"
            )
            if kind not in KINDS or not dot:
                said = f"entry point '{entry.name[:200]}' of {source.distribution}"
                raise NotFoundError("kind of extension", kind, KINDS, where=f"{said} (write KIND.NAME)")
            _check_name(kind, name)
            earlier = found.get((kind, name))
            if earlier is not None and earlier.entry.value != entry.value:
                raise UsageError(
                    f"{kind} '{name}' comes from {earlier.distribution} and from {source.distribution}: uninstall one"
                )
            found[kind, name] = source
        return found


def _installed(group: str) -> Iterable[importlib.metadata.EntryPoint]:
    return importlib.metadata.entry_points(group=group)


def _load(kind: Kind, name: str, source: Source, made: Mapping[_Key, Any]) -> Any:
    said = f"{kind} '{name}' of {source.distribution}"
    try:
        thing = source.entry.load()
    except (Exception, SystemExit) as error:
        detail = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        raise UsageError(f"{said} cannot be loaded: {detail}") from error
    if isinstance(thing, types.ModuleType) and (kind, name) in made:
        thing = made[kind, name]
    if kind not in _CONTENT and not callable(thing):
        raise UsageError(f"{said} is {type(thing).__name__}, which cannot be called")
    return thing


def _folder(kind: Kind, name: str, thing: Any) -> Path:
    """Return the file or folder of content: a path, a function that returns one, or the package that holds it."""
    if isinstance(thing, types.ModuleType):
        return Path(str(thing.__file__)).parent
    path = thing() if callable(thing) else thing
    if not isinstance(path, str | os.PathLike):
        raise UsageError(
            f"{kind} '{name}' is {type(path).__name__}, not a path, a function that gives one or a package"
        )
    return Path(path)


def _place(thing: Any) -> str:
    """Return where a definition stands: module and name, or file and name where the module goes by its file."""
    module, name = getattr(thing, "__module__", None), getattr(thing, "__qualname__", None)
    if not module or not name:
        return repr(thing)[:200]
    file = Path(getattr(sys.modules.get(module), "__file__", None) or f"{module}.py")
    if file.stem in (module.rpartition(".")[2], "__init__"):
        return f"{module}.{name}"
    return f"{file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file}:{name}"


def _check_kind(kind: str) -> None:
    if kind not in KINDS:
        raise NotFoundError("kind of extension", kind, KINDS)


def _check_name(kind: str, name: str) -> None:
    if not name or len(name) > 100 or not all(c.isalnum() or c in "_-." for c in name) or not name[0].isalpha():
        raise UsageError(f"{kind} '{name[:200]}': a name has letters, digits, '_', '-' and '.', a letter first")


REGISTRY = Registry()
"""The registry of this process."""
registered = REGISTRY.registered
