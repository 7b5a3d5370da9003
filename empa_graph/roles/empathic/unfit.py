"""Code that can give no reply, refused before anything is played: a class, a generator, a function called otherwise.

A function that returns a generator made elsewhere is told by its annotation, or not before its call.
"""

from __future__ import annotations

import inspect
import typing
from collections import abc
from functools import partial
from typing import Any

from empa_graph.errors import UsageError

ALLOWED = "a function of the messages that returns the reply, an object called so, a graph or a runnable"

_STREAMS = (abc.Iterator, abc.AsyncIterator, abc.AsyncIterable)


def refuse_unfit(ask: partial[Any], name: str) -> None:
    """Raise UsageError where ``ask``, the call of the agent ``name`` as it is made at each turn, can give no reply.

    What does not say how it is called is let through.
    """
    if fault := _fault(ask):
        raise UsageError(f"the agent{f' {name}' if name else ''} {fault}; allowed is {ALLOWED}")


def refuse_streaming(call: Any, name: str) -> None:
    """Raise UsageError where the ``ainvoke`` of a graph or runnable ``call`` yields."""
    if fault := _streams(call.ainvoke):
        raise UsageError(f"the agent{f' {name}' if name else ''} {fault}; allowed is {ALLOWED}")


def _fault(ask: partial[Any]) -> str:
    call = ask.func
    if isinstance(call, type):
        return f"is the class {call.__name__} and no instance of it"
    if not callable(call):
        return f"is {type(call).__name__}, which cannot be called"
    code = call if inspect.isroutine(call) or isinstance(call, partial) else type(call).__call__
    return _streams(code) or _misfit(ask)


def _streams(code: Any) -> str:
    """Say that ``code`` yields, or is annotated to return what does; a wrapper may join what it wraps and is let be."""
    while isinstance(code, partial):
        code = code.func
    code = code if inspect.isroutine(code) else type(code).__call__
    if inspect.isgeneratorfunction(code) or inspect.isasyncgenfunction(code):
        return "yields and returns no reply"
    if hasattr(code, "__wrapped__"):
        return ""
    try:
        told = typing.get_type_hints(code).get("return")
    except (NameError, TypeError, AttributeError):
        return ""
    kind = typing.get_origin(told) or told
    return f"returns {kind.__name__} and no reply" if isinstance(kind, type) and issubclass(kind, _STREAMS) else ""


def _misfit(ask: partial[Any]) -> str:
    """Say why the parameters do not take the call. Those of a wrapper are its own, not the wrapped function's."""
    try:
        own = inspect.signature(ask.func, follow_wrapped=False)
    except (TypeError, ValueError):
        return ""
    try:
        own.bind(*ask.args, **ask.keywords)
    except TypeError as error:
        return "" if hasattr(ask.func, "__signature__") else f"cannot be called with the messages alone: {error}"
    return ""
