"""Whether LangChain posts what runs here to LangSmith: its variables are set for a whole machine, and too wide for us.

Rule: nothing that holds a latent state, a card or a judgement is posted unless that was asked for.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

_LOG = logging.getLogger(__name__)
_VARIABLES = ("LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING_V2", "LANGSMITH_TRACING", "LANGCHAIN_TRACING")
_ASKED: ContextVar[bool] = ContextVar("_ASKED", default=False)
_CALLERS: ContextVar[Mapping[str, Any] | None] = ContextVar("_CALLERS", default=None)


def switched_on() -> str | None:
    """Return the variable that switches LangSmith on, None where none does."""
    return next((name for name in _VARIABLES if os.environ.get(name, "").strip().lower() == "true"), None)


@contextmanager
def traced(asked: bool = True) -> Iterator[None]:
    """Post what runs inside to LangSmith, states and all, when ``asked`` to, and wait until it is there."""
    if not asked:
        yield
        return
    from langchain_core.tracers.langchain import wait_for_all_tracers
    from langsmith.run_helpers import tracing_context

    token = _ASKED.set(True)
    try:
        with tracing_context(enabled=True):
            yield
    finally:
        _ASKED.reset(token)
        wait_for_all_tracers()


@contextmanager
def untraced() -> Iterator[None]:
    """Post nothing of what runs inside, unless all around is `traced`."""
    if _ASKED.get():
        yield
        return
    if (name := switched_on()) is not None:
        _say_once(name)
    with _off():
        yield


@contextmanager
def private() -> Iterator[None]:
    """Post nothing of what runs inside but what runs `as_the_caller`."""
    from langsmith.run_helpers import get_tracing_context
    from langsmith.utils import tracing_is_enabled

    known = {**get_tracing_context(), "enabled": tracing_is_enabled()}
    token = _CALLERS.set(known)
    try:
        with _off():
            yield
    finally:
        _CALLERS.reset(token)


@contextmanager
def as_the_caller() -> Iterator[None]:
    """Post what runs inside as the caller of what is `private` wants it."""
    known = _CALLERS.get()
    if known is None:
        yield
        return
    from langsmith.run_helpers import tracing_context

    with tracing_context(**known):
        yield


@contextmanager
def _off() -> Iterator[None]:
    from langchain_core.tracers.context import tracing_v2_callback_var
    from langsmith.run_helpers import tracing_context

    token = tracing_v2_callback_var.set(None)
    try:
        with tracing_context(enabled=False):
            yield
    finally:
        tracing_v2_callback_var.reset(token)


@lru_cache(maxsize=1)
def _say_once(name: str) -> None:
    _LOG.warning("%s is set, but nothing is posted to LangSmith unless asked for: --langsmith, langsmith=True", name)
