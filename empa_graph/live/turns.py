"""One turn at a time: calls on one thread of a graph wait for each other, so that no turn is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from weakref import WeakValueDictionary

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import StateGraph
from langgraph.graph.state import CompiledStateGraph

_LINES: WeakValueDictionary[tuple[int, int, str], asyncio.Lock] = WeakValueDictionary()
"""The lock of each thread that is in use, by event loop, checkpointer and thread id."""


class InTurnGraph(StateGraph[Any, Any, Any, Any]):
    """A state graph that, compiled with a checkpointer, takes the calls on a thread one after another.

    LangGraph itself lets two of them begin at the same checkpoint, and the later one then hides the other.
    """

    def compile(self, *given: Any, **options: Any) -> Any:
        """Return the compiled graph."""
        compiled = super().compile(*given, **options)
        compiled.__class__ = InTurn  # a copy by its constructor would lose what compiling added
        return compiled


class InTurn(CompiledStateGraph[Any, Any, Any, Any]):
    """Such a graph, compiled."""

    async def astream(self, input: Any, config: Any = None, **options: Any) -> AsyncIterator[Any]:  # noqa: A002  # as LangGraph has it
        """Stream as LangGraph does, once no other call on the thread is under way."""
        lock = self._line(config)
        if lock is None:
            async for part in super().astream(input, config, **options):
                yield part
            return
        async with lock:
            async for part in super().astream(input, config, **options):
                yield part

    def _line(self, config: Any) -> asyncio.Lock | None:
        """Return the lock of the thread; None without one, and in a larger graph, whose calls are its caller's."""
        known = {**(self.config or {}).get("configurable", {}), **(config or {}).get("configurable", {})}
        thread = known.get("thread_id")
        if thread is None or "__pregel_task_id" in known or not isinstance(self.checkpointer, BaseCheckpointSaver):
            return None
        key = (id(asyncio.get_running_loop()), id(self.checkpointer), str(thread))
        return _LINES.setdefault(key, asyncio.Lock())
