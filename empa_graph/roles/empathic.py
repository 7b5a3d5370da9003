"""The agent under test in its seat: a chat model, a graph, a function or a reference agent."""

from __future__ import annotations

import asyncio
import difflib
import hashlib
import importlib
import inspect
import json
import uuid
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, Protocol

from empa_graph.errors import NotFoundError, ReplyError, UsageError
from empa_graph.llm import Chat, Prompt
from empa_graph.llm.resolve import BUILTIN, extra_providers
from empa_graph.models.dialogue import Message
from empa_graph.roles.graph_reply import Answer, Reply, graph_answer
from empa_graph.roles.views import EmpathicView, EmpathicWrite
from empa_graph.seeds import derived_seed

LONGEST_REPLY = 20_000
"""Characters of one reply; a longer one ends the episode and is blamed on the agent."""
MOST_MESSAGES = 10
"""Messages of one turn."""
MOST_THREADS = 10_000
"""Conversations whose place in a graph's own checkpoints is remembered; the oldest is forgotten first."""
_Config = dict[str, dict[str, Any]]
_ROLE = {"person": "user", "agent": "assistant"}


class ChatEmpathic:
    """A chat model with its instructions as system prompt and the conversation as it stands."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat

    async def __call__(self, view: EmpathicView) -> EmpathicWrite:
        """Ask the model for the next reply. An empty reply stays empty and is recorded as such."""
        prompts = [
            Prompt(role="user" if m.speaker == "person" else "assistant", content=m.content or "(no reply)")
            for m in view["messages"]
        ]
        if view["instructions"]:
            prompts.insert(0, Prompt(role="system", content=view["instructions"]))
        turn = view["messages"][-1].turn
        answer = await self._chat.complete(prompts, seed=derived_seed(view["seed"], "empathic", turn))
        message = Message(
            turn=turn,
            speaker="agent",
            content=checked_reply(answer.text),
            model=answer.model,
            finish_reason=answer.finish_reason,
            usage=answer.usage,
        )
        return EmpathicWrite(messages=[message])


class Replier(Protocol):
    """A function from the conversation, as OpenAI chat messages, to the reply or replies."""

    def __call__(self, messages: list[dict[str, str]]) -> str | Sequence[str] | Awaitable[str | Sequence[str]]:
        """Return the next reply."""
        ...


class FunctionEmpathic:
    """Any sync or async Python function, runnable or LangGraph graph in the seat; no reply is an empty reply.

    A graph with a checkpointer of its own keeps one thread for each conversation and is given what is new; any other
    is given the whole conversation. Its tool calls and its other channels stand in ``agent_state`` of the turn's last
    message.
    """

    def __init__(self, call: Replier | Any) -> None:
        self._call: Any = call.compile() if hasattr(call, "compile") and hasattr(call, "add_node") else call
        self._ends: dict[str, _Config] = {}

    async def __call__(self, view: EmpathicView) -> EmpathicWrite:
        """Call it with the conversation so far."""
        turn = view["messages"][-1].turn
        chat = [{"role": _ROLE[m.speaker], "content": m.content} for m in view["messages"]]
        key = f"{view['seed']}\x1f{view['instructions']}"
        answer = await self._answer(chat, key)
        replies = answer.replies or [Reply("")]
        if len(replies) > MOST_MESSAGES:
            raise ReplyError(f"{len(replies)} messages in one turn, allowed are {MOST_MESSAGES}")
        messages = [
            Message(
                turn=turn,
                speaker="agent",
                content=checked_reply(reply.text),
                model=reply.model,
                finish_reason=reply.finish_reason,
                usage=reply.usage,
            )
            for reply in replies
        ]
        if answer.agent_state:
            messages[-1] = messages[-1].model_copy(update={"agent_state": answer.agent_state})
        return EmpathicWrite(messages=messages)

    async def _answer(self, chat: list[dict[str, str]], key: str) -> Answer:
        if hasattr(self._call, "ainvoke"):
            if getattr(self._call, "checkpointer", None) in (None, False, True):
                return graph_answer(await self._call.ainvoke({"messages": chat}), chat)
            return await self._remembered(chat, key)
        ask = partial(self._call, messages=chat) if _takes_keyword(self._call) else partial(self._call, chat)
        # A plain function may block, so it runs beside the event loop that all episodes share.
        answer = ask() if inspect.iscoroutinefunction(self._call) else await asyncio.to_thread(ask)
        if inspect.isawaitable(answer):
            answer = await answer
        return Answer([Reply(text) for text in (answer if isinstance(answer, list | tuple) else [answer])])

    async def _remembered(self, chat: list[dict[str, str]], key: str) -> Answer:
        """Go on from the checkpoint in which this conversation ended; without one, begin a thread with all of it."""
        known = len(chat) - next((n for n, m in enumerate(reversed(chat)) if m["role"] == "assistant"), len(chat))
        end = _digest(key, chat[:known])
        # Taken out while it is in use: of two equal conversations only one may go on in the thread.
        config = self._ends.pop(end, None)
        thread = config["configurable"]["thread_id"] if config else uuid.uuid4().hex
        sent = chat[known:] if config else chat
        try:
            found = await self._call.ainvoke({"messages": sent}, config or {"configurable": {"thread_id": thread}})
        except BaseException:
            # A further try starts from the same checkpoint, so the thread never holds half a turn.
            self._ends |= {end: config} if config else {}
            raise
        answer = graph_answer(found, sent)
        state = await self._call.aget_state({"configurable": {"thread_id": thread}})
        said = [{"role": "assistant", "content": str(r.text).strip()} for r in answer.replies or [Reply("")]]
        while len(self._ends) >= MOST_THREADS:
            self._ends.pop(next(iter(self._ends)))
        self._ends[_digest(key, [*chat, *said])] = state.config
        return answer


def checked_reply(text: object) -> str:
    """Return ``text`` when it is a reply that can be used. Raises ReplyError (not text, too large)."""
    if not isinstance(text, str):
        raise ReplyError(f"the reply is {type(text).__name__}, not text", kind="not_text")
    if any("\ud800" <= c <= "\udfff" for c in text):
        raise ReplyError("the reply holds half a character (a lone surrogate), not text", kind="not_text")
    if len(text) > LONGEST_REPLY:
        raise ReplyError(f"a reply of {len(text):,} characters, allowed are {LONGEST_REPLY:,}", kind="oversize_reply")
    return text.strip()


def load_attribute(spec: str) -> Callable[..., Any]:
    """Return what ``module:attribute`` names. Raises UsageError (no such module), NotFoundError (attribute)."""
    module_name, _, attribute = spec.partition(":")
    try:
        module = importlib.import_module(module_name)
    except (ImportError, TypeError, ValueError) as error:
        near = difflib.get_close_matches(module_name, (*BUILTIN, *extra_providers()), n=1, cutoff=0.7)
        hint = f"; did you mean the model provider '{near[0]}'?" if near else ""
        raise UsageError(f"--empathic {spec}: cannot import '{module_name}' ({error}){hint}") from None
    if not hasattr(module, attribute):
        known = [name for name in dir(module) if not name.startswith("_")]
        raise NotFoundError(f"attribute of '{module_name}'", attribute, known, where="--empathic")
    found: Callable[..., Any] = getattr(module, attribute)
    if not callable(found) and not hasattr(found, "ainvoke") and not hasattr(found, "compile"):
        raise UsageError(f"--empathic {spec}: {type(found).__name__} is neither a function nor a graph")
    return found


def _digest(key: str, chat: Sequence[dict[str, str]]) -> str:
    return hashlib.sha256(json.dumps([key, *chat]).encode()).hexdigest()


def _takes_keyword(call: Callable[..., Any]) -> bool:
    try:
        return "messages" in inspect.signature(call).parameters
    except (TypeError, ValueError):
        return False
