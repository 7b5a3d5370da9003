"""Any graph, runnable or function as one that answers a live conversation; its own state stays its own."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, NamedTuple

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.config import get_config
from langgraph.pregel import Pregel

from empa_graph.errors import ReplyError, UsageError
from empa_graph.roles.threads import beside

_ROLE = {"human": "user", "ai": "assistant", "system": "system"}
_SPOKEN = frozenset({"ai", "AIMessageChunk", "assistant"})


class Reply(NamedTuple):
    """What was answered: messages for the conversation, and the last message that the agent's own thread knows."""

    messages: list[Any]
    known: str | None = None


Replier = Callable[[list[Any], str | None], Awaitable[Reply]]
"""From the messages, and the id of the last one it was handed, to its reply."""


def replier(name: str, agent: Any) -> Replier:
    """Return ``agent`` as a replier. Raises UsageError for what is neither a graph, a runnable nor a function."""
    if hasattr(agent, "compile") and hasattr(agent, "add_node"):
        agent = agent.compile()
    if isinstance(agent, Pregel):
        owns = isinstance(agent.checkpointer, BaseCheckpointSaver)
        return partial(_own_thread, name, agent) if owns else partial(_graph, agent)
    if hasattr(agent, "ainvoke"):
        return partial(_runnable, agent)
    if callable(agent):
        return partial(_function, agent)
    raise UsageError(f"'{name}' is {type(agent).__name__}; allowed are a graph, a runnable or a function")


def text(message: Any) -> str:
    """Return the text of a message; empty for a tool call."""
    content = message.get("content") if isinstance(message, dict) else message.text
    return content if isinstance(content, str) else ""


def is_reply(message: Any) -> bool:
    """Say whether ``message`` is something the agent said."""
    kind = message.get("role") if isinstance(message, dict) else message.type
    return kind in _SPOKEN and bool(text(message).strip())


async def _graph(agent: Any, messages: list[Any], known: str | None) -> Reply:
    """Call a graph without checkpoints of its own: those of this conversation serve it, its interrupts work."""
    return Reply(_fresh(await agent.ainvoke({"messages": messages}), messages))


async def _own_thread(name: str, agent: Any, messages: list[Any], known: str | None) -> Reply:
    """Call a graph that keeps its own checkpoints, under the caller's thread id, with what it has not seen yet."""
    outer = get_config().get("configurable", {})
    thread = outer.get("thread_id")
    if thread is None:
        raise UsageError(f"'{name}' keeps its own checkpoints; give a thread_id in the configuration")
    if agent.checkpointer is outer.get("__pregel_checkpointer"):
        thread = f"{thread}/{name}"  # one saver for both: the threads must not meet
    own = {key: value for key, value in outer.items() if not key.startswith(("__pregel", "checkpoint"))}
    ids = [message.id for message in messages]
    unseen = messages[ids.index(known) + 1 :] if known in ids else messages
    fresh = _fresh(await agent.ainvoke({"messages": unseen}, {"configurable": {**own, "thread_id": thread}}), unseen)
    return Reply(fresh, getattr(fresh[-1], "id", None) if fresh else messages[-1].id)


async def _runnable(agent: Any, messages: list[Any], known: str | None) -> Reply:
    return Reply(_listed(await agent.ainvoke(messages)))


async def _function(agent: Callable[..., Any], messages: list[Any], known: str | None) -> Reply:
    chat = [{"role": _ROLE[m.type], "content": text(m)} for m in messages if m.type in _ROLE]
    call = agent if inspect.isroutine(agent) else type(agent).__call__
    # A plain function may block, so it runs beside the event loop.
    answer = agent(chat) if inspect.iscoroutinefunction(call) else await beside(partial(agent, chat))
    return Reply(_listed(await answer if inspect.isawaitable(answer) else answer))


def _fresh(result: Any, sent: list[Any]) -> list[Any]:
    """Return the messages of a graph's result that were not handed to it."""
    if not isinstance(result, dict) or not isinstance(result.get("messages"), list):
        return _listed(result)
    last = sent[-1].id
    ids = [getattr(message, "id", None) for message in result["messages"]]
    if last in ids:
        return list(result["messages"][ids.index(last) + 1 :])
    known = {message.id for message in sent}
    return [message for message, name in zip(result["messages"], ids, strict=True) if name is None or name not in known]


def _listed(answer: Any) -> list[Any]:
    parts = list(answer) if isinstance(answer, list | tuple) else [answer]
    return [_message(part) for part in parts if part is not None]


def _message(part: Any) -> Any:
    if isinstance(part, str):
        return {"role": "assistant", "content": part}
    if hasattr(part, "type") or (isinstance(part, dict) and "content" in part and "role" in part):
        return part
    raise ReplyError(f"the reply is {type(part).__name__}, not text or a message", kind="not_text")
