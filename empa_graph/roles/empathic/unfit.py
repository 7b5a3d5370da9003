"""Code that can give no reply, refused before anything is played: a class, a generator, a function called otherwise."""

from __future__ import annotations

import inspect
from functools import partial
from typing import Any

from empa_graph.errors import UsageError

ALLOWED = "a function of the messages that returns the reply, an object called so, a graph or a runnable"


def refuse_unfit(ask: partial[Any], name: str) -> None:
    """Raise UsageError where ``ask``, the call of the agent ``name`` as it is made at each turn, can give no reply.

    What does not say how it is called is let through.
    """
    if fault := _fault(ask):
        raise UsageError(f"the agent{f' {name}' if name else ''} {fault}; allowed is {ALLOWED}")


def _fault(ask: partial[Any]) -> str:
    call = ask.func
    if isinstance(call, type):
        return f"is the class {call.__name__} and no instance of it"
    if not callable(call):
        return f"is {type(call).__name__}, which cannot be called"
    code = call if inspect.isroutine(call) or isinstance(call, partial) else type(call).__call__
    if inspect.isgeneratorfunction(code) or inspect.isasyncgenfunction(code):
        return "yields and returns no reply"
    return _misfit(ask)


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
