"""Options of commands that fill the configuration of a run: each is made from its field, with its bounds and default.

Rule: an option is one row of `OPTIONS`; what it fills stands in `SETTINGS`, what it allows in `RunConfig`.
"""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType, NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union

import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from empa_graph.cli.option_texts import OPTIONS, SHARED, Option
from empa_graph.cli.options import openai_key, place
from empa_graph.errors import SettingError, UsageError
from empa_graph.models.config import Keys, RunConfig
from empa_graph.models.settings import KEYS, SETTINGS


class Typed(NamedTuple):
    """What was typed on the command line or set in the environment; nothing of it is a default."""

    settings: Mapping[str, Any]
    """By the dotted name of its field."""
    keys: Keys

    def config(self, base: RunConfig | None = None) -> RunConfig:
        """Return ``base`` with what was typed. Raises UsageError that names the option."""
        try:
            return (base or RunConfig()).changed(self.settings)
        except SettingError as error:
            named = option_of(".".join(error.path))
            raise (UsageError(f"{named}{error.fault}") if named and error.fault else error) from None

    def judging(self) -> RunConfig:
        """Return who judges what is said already; nobody replies, and the server that was typed is the judges'."""
        moved = {"agent.base_url": "evaluator.judge_base_url"}
        settings = {moved.get(name, name): value for name, value in self.settings.items()}
        return Typed({"agent.spec": "scripted:silent", **settings}, self.keys).config()

    @property
    def judging_keys(self) -> Keys:
        """The keys of `judging`."""
        return Keys(judge_api_key=self.keys.api_key, openai_key=self.keys.openai_key)

    def words(self, field: str) -> tuple[str, ...]:
        """Return what was typed for a field, as words."""
        value = self.settings.get(field)
        return () if value is None else tuple(map(str, value)) if isinstance(value, list | tuple) else (str(value),)


def option_of(field: str) -> str | None:
    """Return the option that fills ``field``, by its dotted name; None for an argument and a field without one."""
    name = next((name for name, filled in SETTINGS.items() if filled == field), None)
    return None if name is None or OPTIONS[name].argument else flag(name)


def flag(name: str) -> str:
    """Return the option of a setting as it is typed."""
    return OPTIONS[name].flag or f"--{name.replace('_', '-')}"


def configured(
    *names: str, helps: Mapping[str, str] = MappingProxyType({}), defaults: bool = True
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the options ``names``, handed over as its first parameter, a `Typed`.

    ``helps`` explains some of them in other words; without ``defaults`` the help shows none.
    """

    def decorated(command: Callable[..., None]) -> Callable[..., None]:
        own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]

        @functools.wraps(command)
        def wrapper(command_line: typer.Context, **given: Any) -> None:
            command(_typed(command_line, names, given), **{p.name: given[p.name] for p in own})

        rows = {name: OPTIONS[name]._replace(help=helps.get(name, OPTIONS[name].help)) for name in names}
        options = [_parameter(name, row, defaults=defaults) for name, row in rows.items()]
        line = inspect.Parameter("command_line", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
        beside = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own]
        wrapper.__signature__ = inspect.Signature([line, *options, *beside])  # type: ignore[attr-defined]
        wrapper.__annotations__ = {"command_line": typer.Context}
        return wrapper

    return decorated


def _typed(context: typer.Context, names: tuple[str, ...], given: Mapping[str, Any]) -> Typed:
    source = context.get_parameter_source
    typed = {name: given[name] for name in names if getattr(source(name), "name", "DEFAULT") not in SHARED}
    settings = {SETTINGS[name]: value for name, value in typed.items() if name not in KEYS}
    return Typed(settings, Keys(openai_key=openai_key(), **{name: typed.get(name) for name in KEYS}))


def _parameter(name: str, option: Option, *, defaults: bool) -> inspect.Parameter:
    given: dict[str, Any] = {"help": option.help, "metavar": option.metavar, "show_default": defaults}
    kind, default, bounds = (str | None, None, {}) if name in KEYS else _of(field_of(SETTINGS[name]))
    given |= bounds
    if option.environment:
        given |= {"envvar": option.environment, "show_envvar": name in KEYS}
    if not option.empty:
        given |= {"parser": place}
    info: Any = typer.Argument(**given) if option.argument else typer.Option(flag(name), **given)
    annotation = Annotated[kind, info]  # type: ignore[valid-type]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def field_of(dotted: str) -> FieldInfo:
    """Return the field of `RunConfig` at ``dotted``."""
    part, _, name = dotted.partition(".")
    found = RunConfig.model_fields[part]
    if not name:
        return found
    kind = found.annotation
    assert isinstance(kind, type) and issubclass(kind, BaseModel)
    return kind.model_fields[name]


def _of(field: FieldInfo) -> tuple[Any, Any, dict[str, float]]:
    """Return the type of a field's option, its default and its bounds, as typer takes them."""
    kinds: set[Any] = set()
    bounds: dict[str, Any] = {}
    for part, metadata in _parts(field.annotation, field.metadata):
        kinds.add(part)
        ends = [(to, getattr(held, of, None)) for held in metadata for of, to in (("ge", "min"), ("le", "max"))]
        bounds |= {to: value for to, value in ends if value is not None}
    several = tuple in kinds
    kind: Any = next((k for k in (bool, Path, float, int) if k in kinds), str)
    default = field.default
    if several:
        return list[str] | None, None, {}
    return (kind | None if default is None else kind), default, bounds


def _parts(annotation: Any, metadata: list[Any]) -> Iterator[tuple[Any, list[Any]]]:
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Annotated:
        inner = [m for found in args[1:] for m in (found.metadata if isinstance(found, FieldInfo) else [found])]
        yield from _parts(args[0], [*metadata, *inner])
    elif origin in (Union, UnionType):
        for part in args:
            if part is not NoneType:
                yield from _parts(part, metadata)
    elif origin is Literal:
        yield str, metadata
    else:
        yield origin or annotation, metadata
