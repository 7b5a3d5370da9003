"""Any graph, runnable or function as one that answers a live conversation; its own state stays its own."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, NamedTuple

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.config import get_config
from langgraph.pregel import Pregel
from langgraph.runtime import get_runtime
from langgraph.types import interrupt

from empa_graph.errors import UsageError
from empa_graph.graph.agent import fitted, resumption
from empa_graph.graph.saver import awaitable
from empa_graph.roles.empathic.agents import compiled
from empa_graph.roles.empathic.reply import INTERRUPT, interrupted
from empa_graph.roles.empathic.spoken import fresh, messages_of, takes_messages, text
from empa_graph.roles.empathic.threads import beside

_ROLE = {"human": "user", "ai": "assistant", "system": "system"}


class Turn(NamedTuple):
    """What an agent is asked: the messages, and the id of the last one that its own thread was handed."""

    messages: list[Any]
    known: str | None = None
    waiting: bool = False
    """Whether its own thread stands at an interrupt of this turn, which is to be answered."""


class Reply(NamedTuple):
    """What was answered: messages for the conversation, and the last message that the agent's own thread knows."""

    messages: list[Any]
    known: str | None = None
    waiting: bool = False
    """Whether the agent stopped to ask in its own thread, and has not replied yet."""


Replier = Callable[[Turn], Awaitable[Reply]]


def replier(name: str, agent: Any) -> Replier:
    """Return ``agent`` as a replier. Raises UsageError for what is neither a graph, a runnable nor a function."""
    agent = compiled(agent)
    if isinstance(agent, Pregel):
        owns = isinstance(agent.checkpointer, BaseCheckpointSaver)
        return partial(_own_thread, name, agent) if owns else partial(_graph, agent)
    if hasattr(agent, "ainvoke"):
        return partial(_runnable, agent)
    if callable(agent):
        return partial(_function, agent)
    raise UsageError(f"'{name}' is {type(agent).__name__}; allowed are a graph, a runnable or a function")


async def _graph(agent: Any, turn: Turn) -> Reply:
    """Call a graph without checkpoints of its own: those of this conversation serve it, its interrupts work."""
    outer = get_runtime()
    # Inside another graph LangGraph takes that one's store, and be it none, in the place of the agent's own.
    own: Any = {"configurable": {"__pregel_runtime": outer.override(store=agent.store or outer.store)}}
    found = await agent.ainvoke({"messages": turn.messages}, own, context=_context(agent))
    return Reply(_new(found, turn.messages))


def _context(agent: Any) -> Any:
    """Return the context that the graph around was called with, as the agent's schema has it."""
    return fitted(agent, get_runtime().context)


async def _own_thread(name: str, agent: Any, turn: Turn) -> Reply:
    """Call a graph that keeps its own checkpoints, under the caller's thread id, with what it has not seen yet.

    Where it stops, the caller is asked in a step of its own, so that each answer meets the interrupt it is for.
    """
    own, agent = _own_config(name, agent), await awaitable(agent)
    ids = [message.id for message in turn.messages]
    given: Any = {"messages": turn.messages[ids.index(turn.known) + 1 :] if turn.known in ids else turn.messages}
    if turn.waiting:
        stopped = await agent.aget_state(own)
        if not stopped.interrupts:
            interrupt({"before": list(stopped.next)})
        given = await resumption(stopped, interrupt)
    found = await agent.ainvoke(given, own, context=_context(agent))
    if (await agent.aget_state(own)).next:
        return Reply([], waiting=True)
    new = _new(found, turn.messages)
    return Reply(new, getattr(new[-1], "id", None) if new else turn.messages[-1].id)


def _own_config(name: str, agent: Any) -> Any:
    outer = get_config().get("configurable", {})
    thread = outer.get("thread_id")
    if thread is None:
        raise UsageError(f"'{name}' keeps its own checkpoints; give a thread_id in the configuration")
    if agent.checkpointer is outer.get("__pregel_checkpointer"):
        thread = f"{thread}/{name}"  # one saver for both: the threads must not meet
    own = {key: value for key, value in outer.items() if not key.startswith(("__pregel", "checkpoint"))}
    return {"configurable": {**own, "thread_id": thread}}


async def _runnable(agent: Any, turn: Turn) -> Reply:
    if takes_messages(agent):
        return Reply(_new(await agent.ainvoke(turn.messages), turn.messages))
    chat = _chat(turn.messages)
    return Reply(_new(await agent.ainvoke({"messages": chat}), chat))


async def _function(agent: Callable[..., Any], turn: Turn) -> Reply:
    chat = _chat(turn.messages)
    call = agent if inspect.isroutine(agent) else type(agent).__call__
    # A plain function may block, so it runs beside the event loop.
    answer = agent(chat) if inspect.iscoroutinefunction(call) else await beside(partial(agent, chat))
    return Reply(_new(await answer if inspect.isawaitable(answer) else answer, chat))


def _chat(messages: list[Any]) -> list[dict[str, str]]:
    return [{"role": _ROLE[m.type], "content": text(m)} for m in messages if m.type in _ROLE]


def _new(answer: Any, sent: list[Any]) -> list[Any]:
    """Return the messages of an answer that were not handed to the agent."""
    in_state = isinstance(answer, dict) and "messages" in answer
    if isinstance(answer, dict) and answer.get(INTERRUPT):
        raise interrupted(answer[INTERRUPT])
    found = messages_of(answer)
    new = fresh(found, sent) if in_state else found
    return [{"role": "assistant", "content": part} if isinstance(part, str) else part for part in new]
