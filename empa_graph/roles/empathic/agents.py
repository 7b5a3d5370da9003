"""The agent under test in its seat: a chat model, a graph, a function or a reference agent."""

from __future__ import annotations

import inspect
import json
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, Protocol

from empa_graph.errors import ProviderError, ReplyError, UsageError
from empa_graph.llm import Chat, Completion, Prompt
from empa_graph.llm.silence import silence
from empa_graph.llm.wrapping import without_reasoning
from empa_graph.models.dialogue import LONGEST_REPLY, Message
from empa_graph.roles.empathic.reply import Answer, graph_answer
from empa_graph.roles.empathic.spoken import Speaks, ident, messages_of, takes_messages
from empa_graph.roles.empathic.threads import beside
from empa_graph.roles.empathic.unfit import refuse_streaming, refuse_unfit
from empa_graph.roles.views import EmpathicView, EmpathicWrite, ours
from empa_graph.seeds import derived_seed, digest_of

MOST_MESSAGES = 10
"""Messages of one turn."""
MOST_THREADS = 10_000
"""Conversations whose place in a graph's own checkpoints is remembered; the oldest is forgotten first."""
_ROLE = {"persona": "user", "empathic": "assistant"}


class _End(NamedTuple):
    """Where a conversation ended: its thread, in a graph's own checkpoints the last one, and the messages it holds."""

    config: dict[str, dict[str, Any]]
    ids: frozenset[str]


class ChatEmpathic:
    """A chat model with its instructions as system prompt and the conversation as it stands."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat

    @ours
    async def __call__(self, view: EmpathicView) -> EmpathicWrite:
        """Ask the model for the next reply. A text that ended empty stays empty and is recorded as such.

        Raises ProviderError when the model refused, was cut off in its reasoning or gave none but that: no silence.
        Reasoning that the server left before the reply is said to nobody; how long it was stands in ``agent_state``.
        """
        prompts = [
            Prompt(role="user" if m.speaker == "persona" else "assistant", content=m.content or "(no reply)")
            for m in view["messages"]
        ]
        if view["instructions"]:
            prompts.insert(0, Prompt(role="system", content=view["instructions"]))
        turn = view["messages"][-1].turn
        answer = await self._chat.complete(prompts, seed=derived_seed(view["seed"], "empathic", turn))
        spoken = without_reasoning(answer.text)
        hidden = len(answer.text) - len(spoken)
        if not spoken.strip() and (unsaid := self._silence(answer, reasoned=bool(answer.text.strip()))):
            unsaid.usage = answer.usage
            raise unsaid
        message = Message(
            turn=turn,
            speaker="empathic",
            content=checked_reply(spoken),
            model=answer.model,
            finish_reason=answer.finish_reason,
            usage=answer.usage,
            agent_state={"reasoning_characters": hidden} if hidden else None,
        )
        return EmpathicWrite(messages=[message])

    def _silence(self, answer: Completion, *, reasoned: bool) -> ProviderError | None:
        """Return the failure of an ``answer`` in which nothing was said; one without a finish reason has ended."""
        who, called = f"'{self._chat.name}'", bool(answer.calls)
        return silence(who, answer.finish_reason or "stop", text=True, reasoned=reasoned, called=called)


class Replier(Protocol):
    """A function from the conversation, as OpenAI chat messages, to the reply or replies."""

    def __call__(self, messages: list[dict[str, str]]) -> str | Sequence[str] | Awaitable[str | Sequence[str]]:
        """Return the next reply."""
        ...


class FunctionEmpathic:
    """Any sync or async Python function, runnable, chat model or LangGraph graph in the seat.

    An answer without a word for the person is a ReplyError, unless it is an empty text. A graph with a checkpointer of
    its own keeps one thread for each conversation and is given what is new; any other is given the whole conversation.
    Where the state of a graph begins, in a new thread or at every call of one that keeps none, it holds ``initial``.
    Its tool calls and its other channels stand in ``agent_state`` of the turn's last message. A function that has a
    parameter ``instructions`` is given those of the variant.
    """

    def __init__(
        self,
        call: Replier | Any,
        *,
        speaks: Speaks = "all",
        initial: Mapping[str, Any] | None = None,
        name: str = "",
    ) -> None:
        """Take ``call``, which goes by ``name``. Raises UsageError for what can give no reply."""
        self._call: Any = compiled(call)
        self._initial = dict(initial or {})
        self._speaks = speaks
        self._names = {} if self._invokes else _parameters(self._call)
        self._ends: dict[str, _End] = {}
        if self._invokes:
            refuse_streaming(self._call, name)
        else:
            refuse_unfit(self._asked([], ""), name)

    async def __call__(self, view: EmpathicView) -> EmpathicWrite:
        """Call it with the conversation so far."""
        turn = view["messages"][-1].turn
        chat = [{"role": _ROLE[m.speaker], "content": m.content} for m in view["messages"]]
        key = f"{view['seed']}\x1f{view['instructions']}"
        answer = await self._answer(chat, view["instructions"], key)
        replies = answer.replies
        if len(replies) > MOST_MESSAGES:
            raise ReplyError(f"{len(replies)} messages in one turn, allowed are {MOST_MESSAGES}")
        messages = [
            Message(
                turn=turn,
                speaker="empathic",
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

    @property
    def _invokes(self) -> bool:
        """Whether it is a graph or a runnable and no function."""
        return hasattr(self._call, "ainvoke") and not isinstance(self._call, type)

    @property
    def instructed(self) -> bool:
        """Whether it is a function with a parameter ``instructions`` beside the one for the conversation."""
        names = list(self._names)
        return "instructions" in names and ("messages" in names or names[0] != "instructions")

    async def _answer(self, chat: list[dict[str, str]], instructions: str, key: str) -> Answer:
        if self._invokes:
            return await self._invoked(chat, key)
        ask = self._asked(chat, instructions)
        # A plain function may block, so it runs beside the event loop that all episodes share.
        answer = ask() if inspect.iscoroutinefunction(self._call) else await beside(ask)
        if inspect.isawaitable(answer):
            answer = await answer
        return graph_answer(answer, chat, speaks=self._speaks)

    def _identified(self, chat: list[dict[str, str]]) -> list[dict[str, str]]:
        """Return the conversation with ids where the graph's reducer takes them, and as it is where a model might not.

        By its id a message is known that the graph rewrote.
        """
        channel = getattr(self._call, "channels", {}).get("messages")
        reducer = getattr(channel, "operator", None)
        if getattr(reducer, "__module__", "") != "langgraph.graph.message":
            return chat
        return [{**message, "id": f"said-{number}"} for number, message in enumerate(chat)]

    def _asked(self, chat: list[dict[str, str]], instructions: str) -> partial[Any]:
        """Return the call of the function, with the instructions where it has a parameter for them."""
        by_name = {"messages": chat} | ({"instructions": instructions} if self.instructed else {})
        named = {name: value for name, value in by_name.items() if self._names.get(name)}
        behind = [instructions] if self.instructed and "instructions" not in named else []
        return partial(self._call, *([] if "messages" in named else [chat]), *behind, **named)

    async def _invoked(self, chat: list[dict[str, str]], key: str) -> Answer:
        """Go on in the thread of this conversation, from the checkpoint in which it ended where the graph keeps any.

        Without one, begin a thread with all of it.
        """
        keeps = getattr(self._call, "checkpointer", None) not in (None, False, True)
        known = len(chat) - next((n for n, m in enumerate(reversed(chat)) if m["role"] == "assistant"), len(chat))
        begun = _digest(key, chat[:known])
        # Taken out while it is in use: of two equal conversations only one may go on in the thread.
        before = self._ends.pop(begun, None)
        config = before.config if before else {"configurable": {"thread_id": uuid.uuid4().hex}}
        held = before.ids if before and keeps else None
        sent = self._identified(chat)[known if held is not None else 0 :]
        state = {**(self._initial if held is None else {}), "messages": sent}
        try:
            found = await self._call.ainvoke(sent if takes_messages(self._call) else state, config)
        except BaseException:
            # A further try starts from the same checkpoint, so the thread never holds half a turn.
            self._ends |= {begun: before} if before else {}
            raise
        answer = graph_answer(found, sent, known=held or frozenset(), speaks=self._speaks)
        thread = {"configurable": {"thread_id": config["configurable"]["thread_id"]}}
        end = (await self._call.aget_state(thread)).config if keeps else thread
        said = [{"role": "assistant", "content": str(reply.text).strip()} for reply in answer.replies]
        while len(self._ends) >= MOST_THREADS:
            self._ends.pop(next(iter(self._ends)))
        ids = frozenset(name for message in messages_of(found) if keeps and (name := ident(message)) is not None)
        self._ends[_digest(key, [*chat, *said])] = _End(end, ids)
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


def _digest(key: str, chat: Sequence[dict[str, str]]) -> str:
    return digest_of(json.dumps([key, *chat]))


def compiled(call: Any) -> Any:
    """Return a graph that is not compiled as one that is, anything else as it is. Raises UsageError."""
    if not (hasattr(call, "compile") and hasattr(call, "add_node")):
        return call
    try:
        return call.compile()
    except ValueError as error:
        raise UsageError(f"the agent's graph cannot be compiled: {error}") from None


def _parameters(call: Callable[..., Any]) -> dict[str, bool]:
    """Return the names of the parameters, each with whether it can be given by name; not those that a partial binds."""
    bound = getattr(call, "keywords", {})
    try:
        known = inspect.signature(call).parameters.values()
    except (TypeError, ValueError):
        return {}
    return {p.name: p.kind is not p.POSITIONAL_ONLY for p in known if p.name not in bound}
