"""The agent under test in its seat: a chat model, a graph, a function or a reference agent."""

from __future__ import annotations

import asyncio
import importlib
import inspect
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, Protocol

from empa_graph.errors import NotFoundError, ReplyError, UsageError
from empa_graph.llm import Chat, Prompt
from empa_graph.models.dialogue import Message
from empa_graph.roles.views import EmpathicView, EmpathicWrite
from empa_graph.seeds import derived_seed

LONGEST_REPLY = 20_000
"""Characters of one reply; a longer one ends the episode and is blamed on the agent."""
MOST_MESSAGES = 10
"""Messages of one turn."""
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
    """Any sync or async Python function, runnable or LangGraph graph in the seat; no reply is an empty reply."""

    def __init__(self, call: Replier | Any) -> None:
        self._call = call.compile() if hasattr(call, "compile") and hasattr(call, "add_node") else call

    async def __call__(self, view: EmpathicView) -> EmpathicWrite:
        """Call it with the conversation so far."""
        turn = view["messages"][-1].turn
        chat = [{"role": _ROLE[m.speaker], "content": m.content} for m in view["messages"]]
        replies = await self._replies(chat) or [""]
        if len(replies) > MOST_MESSAGES:
            raise ReplyError(f"{len(replies)} messages in one turn, allowed are {MOST_MESSAGES}")
        return EmpathicWrite(
            messages=[Message(turn=turn, speaker="agent", content=checked_reply(text)) for text in replies]
        )

    async def _replies(self, chat: list[dict[str, str]]) -> list[object]:
        if hasattr(self._call, "ainvoke"):
            return _new_texts(await self._call.ainvoke({"messages": chat}), len(chat))
        ask = partial(self._call, messages=chat) if _takes_keyword(self._call) else partial(self._call, chat)
        # A plain function may block, so it runs beside the event loop that all episodes share.
        answer = ask() if inspect.iscoroutinefunction(self._call) else await asyncio.to_thread(ask)
        if inspect.isawaitable(answer):
            answer = await answer
        return [answer] if isinstance(answer, str) or not isinstance(answer, list | tuple) else list(answer)


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
        raise UsageError(f"--empathic {spec}: cannot import '{module_name}' ({error})") from None
    if not hasattr(module, attribute):
        known = [name for name in dir(module) if not name.startswith("_")]
        raise NotFoundError(f"attribute of '{module_name}'", attribute, known, where="--empathic")
    found: Callable[..., Any] = getattr(module, attribute)
    if not callable(found) and not hasattr(found, "ainvoke") and not hasattr(found, "compile"):
        raise UsageError(f"--empathic {spec}: {type(found).__name__} is neither a function nor a graph")
    return found


def _new_texts(answer: Any, known: int) -> list[object]:
    if isinstance(answer, dict) and "messages" in answer:
        fresh = answer["messages"][known:]
        return [_content(message) for message in fresh if _is_reply(message)]
    return [_content(message) for message in answer] if isinstance(answer, list | tuple) else [_content(answer)]


def _is_reply(message: Any) -> bool:
    kind = message.get("role") if isinstance(message, dict) else getattr(message, "type", "ai")
    return kind in ("assistant", "ai", "AIMessageChunk") and bool(_content(message))


def _content(message: Any) -> object:
    if isinstance(message, dict):
        return message.get("content")
    return message if isinstance(message, str) else getattr(message, "text", message)


def _takes_keyword(call: Callable[..., Any]) -> bool:
    try:
        return "messages" in inspect.signature(call).parameters
    except (TypeError, ValueError):
        return False
