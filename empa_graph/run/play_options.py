"""What `play` takes beside scenario and agent, names or the objects themselves, checked before anything is asked."""

from __future__ import annotations

import numbers
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    PlainValidator,
    Strict,
    TypeAdapter,
    ValidationError,
    with_config,
)
from pydantic_core import ErrorDetails
from typing_extensions import TypedDict

from empa_graph.errors import UsageError, hint
from empa_graph.llm import Chat
from empa_graph.models.rubric import Rubric
from empa_graph.roles.persona.rule_persona import Voice
from empa_graph.roles.views import After, EvaluatorRole, Role

WEIGHTS = ("alignment", "impact", "stability")
"""The parts of the composite, in the order in which their weights are written."""


def _wrong(value: object, allowed: str) -> ValueError:
    found = f"the class {value.__name__}" if isinstance(value, type) else type(value).__name__
    return ValueError(f"{found}, allowed is {allowed}")


def _one_of(allowed: str, *kinds: type, call: bool = False) -> PlainValidator:
    """Check for an instance of ``kinds``, or with ``call`` for anything that can be called but for a class."""

    def fitting(value: object) -> object:
        if isinstance(value, kinds) or (call and callable(value) and not isinstance(value, type)):
            return value
        raise _wrong(value, allowed)

    return PlainValidator(fitting)


def _judges(value: object) -> tuple[str | Chat, ...]:
    given = [] if value is None else [value] if isinstance(value, str | Chat) else value
    if not isinstance(given, Iterable):
        raise _wrong(value, "a model's name, a Chat, or several of them")
    for judge in (judges := tuple(given)):
        if not isinstance(judge, str | Chat):
            raise _wrong(judge, "a model's name, a Chat, or several of them")
    return judges


def _extra(value: object) -> Mapping[str, After] | tuple[str, ...]:
    """Return extra roles as a mapping to their places, or as words like those of ``--extra``."""
    allowed = "a mapping of names to After(seat, role), or words like 'empathic:module:attribute'"
    if value is None or isinstance(value, str):
        return () if value is None else (value,)
    if isinstance(value, Mapping):
        if not all(isinstance(placed, After) for placed in value.values()):
            raise _wrong(value, allowed)
        return {str(name): placed for name, placed in value.items()}
    if not isinstance(value, Sequence) or not all(isinstance(part, str) for part in value):
        raise _wrong(value, allowed)
    return tuple(value)


def _profile(value: object) -> str:
    if isinstance(value, Mapping):
        for name in value:
            if name not in WEIGHTS:
                raise ValueError(f"a mapping with '{name}'{hint(str(name), WEIGHTS)}")
        value = [value.get(name, 0.0) for name in WEIGHTS]
    if isinstance(value, str):
        return value
    if not isinstance(value, Sequence) or not all(isinstance(part, numbers.Real) for part in value):
        raise _wrong(value, f"a name, or weights for {', '.join(WEIGHTS)}")
    return ",".join(str(float(part)) for part in value)


def _number(value: object) -> object:
    """Return a number of numpy as Python's own."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        return value
    return int(value) if isinstance(value, numbers.Integral) else float(value)


_Name = Annotated[str, Strict()]
_Whole = Annotated[int, BeforeValidator(_number), Strict()]
_Real = Annotated[float, BeforeValidator(_number), Strict()]
_NoneType = type(None)


@with_config(ConfigDict(extra="forbid", allow_inf_nan=False))
class Options(TypedDict, total=False):
    """What `play` takes beside scenario and agent; the defaults are those of `Casting` and ``empa run``."""

    variant: _Name
    evaluator: Annotated[str | EvaluatorRole, _one_of("a name, or an evaluator made with its rubric", str, call=True)]
    judge: Annotated[str | Chat | Sequence[str | Chat] | None, PlainValidator(_judges)]
    judge_every: Annotated[_Whole, Field(ge=1, le=45)]
    director: Annotated[str | Role | Chat | None, _one_of("a name, a role, or a Chat", str, Chat, _NoneType, call=True)]
    voice: Annotated[str | Voice | Chat, _one_of("a name, a Voice (name and say), or a Chat", str, Voice, Chat)]
    noise: Annotated[_Real, Field(ge=0.0, le=0.5)]
    base_url: _Name | None
    api_key: _Name | None
    judge_base_url: _Name | None
    judge_api_key: _Name | None
    temperature: Annotated[_Real, Field(ge=0.0, le=2.0)]
    max_tokens: Annotated[_Whole, Field(ge=1, le=1_000_000)]
    judge_temperature: Annotated[_Real, Field(ge=0.0, le=2.0)]
    judge_max_tokens: Annotated[_Whole, Field(ge=1, le=1_000_000)]
    voice_max_tokens: Annotated[_Whole, Field(ge=1, le=1_000_000)]
    voice_check: _Name | None
    strict_voice: Annotated[bool, Strict()]
    extra_body: Mapping[str, JsonValue]
    timeout: Annotated[_Real, Field(gt=0.0, le=86_400.0)] | None
    retries: Annotated[_Whole, Field(ge=0, le=20)]
    redact: _Name | None
    seed: _Whole
    rubric: Annotated[str | Path | Rubric | None, _one_of("a name, a file, or a Rubric", str, Path, Rubric, _NoneType)]
    max_turns: Annotated[_Whole, Field(ge=1, le=1000)] | None
    profile: Annotated[str | Mapping[str, float] | Sequence[float], PlainValidator(_profile)]
    langsmith: Annotated[bool, Strict()]
    speaks: _Name
    on_interrupt: Any
    context: Any
    initial: Mapping[str, Any] | None
    extra: Annotated[Mapping[str, After] | str | Sequence[str] | None, PlainValidator(_extra)]


@with_config(ConfigDict(extra="forbid", allow_inf_nan=False))
class Repeated(Options, total=False):
    """The same for plays that are repeated."""

    repeats: Annotated[_Whole, Field(ge=1)]


_Options = TypeVar("_Options", Options, Repeated)


def checked(options: Mapping[str, Any], kind: type[_Options]) -> _Options:
    """Return ``options`` with their values read. Raises UsageError in one line for the first that is wrong."""
    try:
        return TypeAdapter(kind).validate_python(dict(options))
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        raise UsageError(_said(fault, kind.__annotations__)) from None


def _said(fault: ErrorDetails, known: Iterable[str]) -> str:
    name, message, value = str(fault["loc"][0]), fault["msg"], fault["input"]
    if fault["type"] == "extra_forbidden":
        return f"unknown option '{name[:200]}'{hint(name, known)}"
    if fault["type"] == "value_error":
        return f"{name} is {message.removeprefix('Value error, ')}"
    found = repr(value)[:80] if isinstance(value, int | float) else type(value).__name__
    for bound, words in (("ge", "{} or more"), ("le", "{} or less"), ("gt", "above {}")):
        if bound in fault.get("ctx", {}):
            return f"{name} is {found}, allowed is {words.format(fault['ctx'][bound])}"
    return f"{name} is {found}, {message.replace('Input should be', 'allowed is')}"


def called(thing: object) -> str:
    """Return what ``thing`` goes by in a record: its own name, that of the function, or that of its class."""
    name = getattr(thing, "name", None) or getattr(thing, "__name__", None)
    return name if isinstance(name, str) else type(thing).__name__
