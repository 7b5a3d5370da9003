"""What a graph asks by an interrupt, and how it goes on with the answer."""

from __future__ import annotations

import asyncio
import inspect
import uuid
from collections.abc import Callable, Coroutine
from typing import Any

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.pregel import Pregel
from langgraph.types import Command, StateSnapshot

from empa_graph.roles.empathic.answer import INTERRUPT
from empa_graph.roles.empathic.role import compiled

MOST_RESUMED = 5
"""How often a graph is resumed in one turn; one that stops again is interrupted for good."""
OnInterrupt = Callable[[Any], Any]
"""From an interrupt's value to the answer that the graph is resumed with; sync or async."""


def resumable(agent: Any, on_interrupt: OnInterrupt | None = None) -> Any:
    """Return ``agent``, if it is a graph as one whose interrupts are answered by ``on_interrupt``, else as it is.

    Raises UsageError for a graph that cannot be compiled.
    """
    agent = compiled(agent)
    return _Resumable(agent, on_interrupt) if isinstance(agent, Pregel) else agent


async def resumption(state: StateSnapshot, answer: OnInterrupt) -> Command[Any] | None:
    """Return what a graph that stopped at ``state`` goes on with; None behind a break that asks nothing."""
    answers = {}
    for asked in state.interrupts:
        found = answer(asked.value)
        answers[asked.id] = await found if inspect.isawaitable(found) else found
    return Command(resume=answers) if answers else None


class _Resumable:
    """A graph that is called as its own root, whatever graph it stands in, and that leaves no interrupt unseen."""

    def __init__(self, graph: Any, answer: OnInterrupt | None) -> None:
        self._answer = answer
        breaks = answer is not None or graph.interrupt_before_nodes or graph.interrupt_after_nodes
        if graph.checkpointer is True or (graph.checkpointer is None and breaks):
            self._graph, self.checkpointer = graph.copy({"checkpointer": InMemorySaver()}), graph.checkpointer
        else:
            self._graph, self.checkpointer = graph, graph.checkpointer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._graph, name)

    async def ainvoke(self, given: Any, config: dict[str, Any] | None = None) -> Any:
        """Return the final state; of a graph that still waits for an answer, or at a break, with its interrupts."""
        thread = (config or {}).get("configurable", {}).get("thread_id", uuid.uuid4().hex)
        place: Any = {"configurable": {"thread_id": thread}}
        found = await _apart(self._graph.ainvoke(given, config or place))
        if not self._graph.checkpointer:
            return found
        try:
            for resumed in range(MOST_RESUMED + 1):
                state = await self._graph.aget_state(place)
                if not state.next:
                    return found
                if self._answer is None or resumed == MOST_RESUMED:
                    break
                found = await _apart(self._graph.ainvoke(await resumption(state, self._answer), place))
            return {INTERRUPT: list(state.interrupts)}
        finally:
            if not self.checkpointer:
                await self._graph.checkpointer.adelete_thread(thread)


async def _apart(call: Coroutine[Any, Any, Any]) -> Any:
    """Await ``call`` in a task of its own: a GeneratorExit of a node would close every coroutine that waits for it."""
    task = asyncio.ensure_future(call)
    try:
        await asyncio.wait({task})
    except asyncio.CancelledError:
        task.cancel()
        await asyncio.wait({task})
        raise
    if isinstance(error := task.exception(), GeneratorExit):
        raise RuntimeError("it raised GeneratorExit") from error
    return task.result()
