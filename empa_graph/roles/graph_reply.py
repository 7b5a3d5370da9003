"""What a graph or runnable answered: its replies, the tokens they took, the tools it called, its final state.

Rule: what is kept of a state is JSON of bounded size and depth; what does not fit is said to be left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import JsonValue
from pydantic_core import to_jsonable_python

from empa_graph.models.dialogue import Usage, counted, total_usage

LARGEST_STATE = 16_384
"""Bytes of JSON kept of the tools, and as many of the state."""
DEEPEST_STATE = 32
_PERSON = frozenset({"user", "human", "HumanMessageChunk"})
_AGENT = frozenset({"assistant", "ai", "AIMessageChunk"})


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


def graph_answer(answer: Any, sent: Sequence[Mapping[str, str]]) -> Answer:
    """Read what came back for the conversation ``sent``; only what is new is a reply.

    Tokens of a message that says nothing (a tool call) count with the next reply, or with the last.
    """
    if not (isinstance(answer, Mapping) and "messages" in answer):
        parts = list(answer) if isinstance(answer, list | tuple) else [answer]
        return Answer([_reply(part, _usage(part)) for part in parts])
    fresh = _fresh(list(answer["messages"]), sent)
    replies: list[Reply] = []
    silent: Usage | None = None
    for message in fresh:
        if _kind(message) not in _AGENT:
            continue
        silent = _total(silent, _usage(message))
        if _content(message):
            replies.append(_reply(message, silent))
            silent = None
    if silent is not None:
        last = replies.pop() if replies else Reply("")
        replies.append(last._replace(usage=_total(last.usage, silent)))
    return Answer(replies, _agent_state(answer, fresh))


def _fresh(messages: list[Any], sent: Sequence[Mapping[str, str]]) -> list[Any]:
    """Return what stands behind the last message sent; a graph may have shortened what stands before."""
    for index in range(len(messages) - 1, -1, -1):
        if _kind(messages[index]) in _PERSON and _content(messages[index]) == sent[-1]["content"]:
            return messages[index + 1 :]
    return messages[len(sent) :]


def _reply(message: Any, usage: Usage | None) -> Reply:
    about = getattr(message, "response_metadata", None)
    about = about if isinstance(about, Mapping) else {}
    model = about.get("model_name") or about.get("model")
    reason = about.get("finish_reason") or about.get("stop_reason")
    return Reply(
        _content(message),
        model=str(model)[:200] if model else None,
        finish_reason=str(reason)[:200] if reason else None,
        usage=usage,
    )


def _kind(message: Any) -> object:
    return message.get("role") if isinstance(message, Mapping) else getattr(message, "type", "ai")


def _content(message: Any) -> object:
    if isinstance(message, Mapping):
        return message.get("content")
    return message if isinstance(message, str) else getattr(message, "text", message)


def _usage(message: Any) -> Usage | None:
    return counted(getattr(message, "usage_metadata", None))


def _total(one: Usage | None, other: Usage | None) -> Usage | None:
    return total_usage([one, other])


def _agent_state(answer: Mapping[str, Any], fresh: Sequence[Any]) -> dict[str, JsonValue] | None:
    tools = list(_tools(fresh))
    state = {str(name): value for name, value in answer.items() if name != "messages"}
    kept = {name: _bounded(value) for name, value in (("tools", tools), ("state", state)) if value}
    return kept or None


def _tools(fresh: Sequence[Any]) -> Iterator[dict[str, Any]]:
    """Yield the tool calls of a turn, each with what the tool answered; None where it gave no answer."""
    answers = {getattr(message, "tool_call_id", None): _content(message) for message in fresh}
    for message in fresh:
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
