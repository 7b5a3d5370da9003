"""What a graph or runnable answered: its replies, the tokens they took, the tools it called, its final state.

Rule: what is kept of a state is JSON of bounded size and depth; what does not fit is said to be left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import JsonValue
from pydantic_core import to_jsonable_python

from empa_graph.errors import CONDUCT, ReplyError
from empa_graph.llm.faults import Call
from empa_graph.llm.silence import silent_message
from empa_graph.models.dialogue import Usage, counted, total_usage
from empa_graph.roles.empathic.spoken import AGENT, Speaks, content, fresh, kind, messages_of, spoken, text

LARGEST_STATE = 16_384
"""Bytes of JSON kept of the tools, and as many of the state."""
DEEPEST_STATE = 32
INTERRUPT = "__interrupt__"
"""Where LangGraph puts the interrupts of a graph that stopped, in its state."""


class Reply(NamedTuple):
    """One reply, unchecked, and what its model said about it."""

    text: object
    model: str | None = None
    finish_reason: str | None = None
    usage: Usage | None = None


class Answer(NamedTuple):
    """The replies of one turn and what evaluators may read of the agent."""

    replies: list[Reply]
    agent_state: dict[str, JsonValue] | None = None


def graph_answer(
    answer: Any, sent: Sequence[Mapping[str, str]], *, known: frozenset[str] = frozenset(), speaks: Speaks = "all"
) -> Answer:
    """Read what came back for the conversation ``sent``; only what is new and meant for the person is a reply.

    Tokens of a message that is not spoken (a tool call) count with the next reply, or with the last. Raises ReplyError
    for what is no answer: ``interrupted`` where the graph waits for one, ``not_text``, ``no_reply``.
    """
    in_state = isinstance(answer, Mapping)
    if in_state and INTERRUPT in answer:
        raise interrupted(answer[INTERRUPT])
    found = messages_of(answer)
    new = fresh(found, sent, known) if in_state and "messages" in answer else found
    heard = spoken(new, speaks)
    if not any(text(message).strip() for message in heard):
        _check_silence(new, any_reply=bool(heard))
    return Answer(_counted(new, heard), _agent_state(answer if in_state else {}, new))


def _check_silence(new: Sequence[Any], *, any_reply: bool) -> None:
    """Raise ReplyError for an answer without a word, by what the model behind it says; an empty text is a reply."""
    last: Any = new[-1] if new else None
    if hasattr(last, "response_metadata") and hasattr(last, "additional_kwargs"):
        fault = silent_message(last, Call("the agent's model", ""))
        if fault and fault.kind in CONDUCT:
            raise ReplyError(str(fault), kind=fault.kind)
    if not any_reply:
        raise ReplyError(f"{len(new)} new messages, none of them words of the agent for the person", kind="no_reply")


def interrupted(waiting: Any) -> ReplyError:
    """Return the error of a graph that stopped to ask: ``waiting`` holds its interrupts, none for a set break."""
    asked = "; ".join(repr(getattr(one, "value", one))[:200] for one in waiting or ()) or "a set break"
    said = f"the graph was interrupted ({asked}) and nobody answers; give an answer (on_interrupt, --on-interrupt)"
    return ReplyError(said, kind="interrupted")


def _counted(new: Sequence[Any], heard: Sequence[Any]) -> list[Reply]:
    """Return the replies, each with its tokens and those of the agent's silent messages before it."""
    replies: list[Reply] = []
    silent: Usage | None = None
    for message in new:
        if kind(message) not in AGENT:
            continue
        silent = _total(silent, counted(getattr(message, "usage_metadata", None)))
        if any(message is one for one in heard[len(replies) : len(replies) + 1]):
            replies.append(_reply(message, silent))
            silent = None
    last = replies.pop()
    return [*replies, last._replace(usage=_total(last.usage, silent))]


def _reply(message: Any, usage: Usage | None) -> Reply:
    about = getattr(message, "response_metadata", None)
    about = about if isinstance(about, Mapping) else {}
    model = about.get("model_name") or about.get("model")
    reason = about.get("finish_reason") or about.get("stop_reason")
    return Reply(
        content(message),
        model=str(model)[:200] if model else None,
        finish_reason=str(reason)[:200] if reason else None,
        usage=usage,
    )


def _total(one: Usage | None, other: Usage | None) -> Usage | None:
    return total_usage([one, other])


def _agent_state(answer: Mapping[str, Any], new: Sequence[Any]) -> dict[str, JsonValue] | None:
    tools = list(_tools(new))
    state = {str(name): value for name, value in answer.items() if name not in ("messages", INTERRUPT)}
    kept = {name: _bounded(value) for name, value in (("tools", tools), ("state", state)) if value}
    return kept or None


def _tools(new: Sequence[Any]) -> Iterator[dict[str, Any]]:
    """Yield the tool calls of a turn, each with what the tool answered; None where it gave no answer."""
    answers = {getattr(message, "tool_call_id", None): content(message) for message in new}
    for message in new:
        for call in getattr(message, "tool_calls", None) or ():
            yield {"name": call["name"], "args": call["args"], "answer": answers.get(call["id"])}


def _bounded(value: object) -> JsonValue:
    """Return ``value`` as JSON, a thing that JSON does not know by the name of its type."""
    try:
        plain = to_jsonable_python(value, bytes_mode="base64", fallback=_unknown)
        text = json.dumps(plain, ensure_ascii=False).encode("utf-8", "replace")
    except (ValueError, RecursionError) as error:
        return {"omitted": f"not JSON: {type(error).__name__}"}
    if len(text) > LARGEST_STATE:
        return {"omitted": f"{len(text):,} bytes, allowed are {LARGEST_STATE:,}"}
    if _deeper(plain, DEEPEST_STATE):
        return {"omitted": f"nested deeper than {DEEPEST_STATE}"}
    kept: JsonValue = json.loads(text, parse_constant=str)
    return kept


def _unknown(thing: object) -> object:
    """Return a number of numpy or torch as Python's own, and anything else by the name of its type."""
    item = getattr(thing, "item", None)
    return item() if callable(item) and getattr(thing, "ndim", None) == 0 else type(thing).__name__


def _deeper(value: object, levels: int) -> bool:
    if not isinstance(value, list | dict):
        return False
    return levels == 0 or any(
        _deeper(part, levels - 1) for part in (value.values() if isinstance(value, dict) else value)
    )
