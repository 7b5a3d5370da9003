"""What an agent's answer says: which of its messages are new, and which of those are spoken to the person.

Rule: every shape that an agent may answer with is read here, for simulated conversations as for live ones.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any, Literal

from empa_graph.errors import ReplyError

Speaks = Literal["all", "last"]
"""Which messages of a turn are spoken: each one meant for the person, or only the last of them."""
PERSON = frozenset({"user", "human", "HumanMessageChunk"})
AGENT = frozenset({"assistant", "ai", "AIMessageChunk"})
NO_MESSAGES = "no_messages"
"""The kind of failure of an agent whose state has no ``messages``."""
NEEDED = (
    "the conversation is sent and answered in `messages`: give the graph that channel, or name a function of the "
    "messages that calls it and returns the reply (docs/extending.md#an-agent)"
)
_BACK = re.compile(r"transferring back to \S.{0,99}", re.IGNORECASE | re.DOTALL)


def messages_of(answer: object) -> list[Any]:
    """Return the messages of what an agent returned: a text, a message, several, or a state with ``messages``.

    Raises ReplyError for anything else, of the kind `NO_MESSAGES` for a state that has none.
    """
    if isinstance(answer, Mapping) and "messages" in answer:
        held = answer["messages"]
        return [_told(part) for part in held] if isinstance(held, list | tuple) else [_told(held)]
    if answer is None:
        return []
    if isinstance(answer, Mapping) and not {"role", "content"} & set(answer):
        found = ", ".join(map(str, answer))[:200] or "nothing"
        raise ReplyError(f"the agent returned a state of {found}, and no `messages`; {NEEDED}", kind=NO_MESSAGES)
    parts = list(answer) if isinstance(answer, list | tuple) else [answer]
    for part in parts:
        _check(part)
    return parts


def fresh(messages: Sequence[Any], sent: Sequence[Any], known: frozenset[str] = frozenset()) -> list[Any]:
    """Return those of a state's ``messages`` that stand behind what was ``sent`` and what is ``known`` by its id.

    Where no id tells, the last message sent does by its words, then the place. Of a list that holds nothing that was
    sent, as of a graph that replaces its messages, all are new.
    """
    ids = known | {name for message in sent if (name := ident(message)) is not None}
    begun = max((n + 1 for n, message in enumerate(messages) if ident(message) in ids), default=0)
    words = content(sent[-1]) if sent else None
    begun = max((n + 1 for n, m in enumerate(messages) if kind(m) in PERSON and content(m) == words), default=begun)
    if begun == 0 and [_side(m) for m in messages[: len(sent)]] == [_side(m) for m in sent]:
        begun = len(sent)
    return list(messages[begun:])


def spoken(new: Sequence[Any], speaks: Speaks = "all") -> list[Any]:
    """Return those of an agent's ``new`` messages that the person hears; one without words only where it is all.

    Nobody hears tool calls without words, nor what specialists of a graph say to each other: that one hands back,
    and what it reported before another spoke for it. A report is heard where no other word came.
    """
    said = [message for message in new if kind(message) in AGENT]
    worded = [n for n, message in enumerate(said) if text(message).strip() and not _hands_back(message)]
    reports = _reports(said)
    heard = [said[n] for n in worded if n not in reports] or [said[n] for n in worded]
    heard = heard or [message for message in said if _is_silence(message)][-1:]
    return heard[-1:] if speaks == "last" else heard


def ident(message: Any) -> str | None:
    """Return the id of a message, None where it has none."""
    found = _of(message, "id")
    return found if isinstance(found, str) else None


def kind(message: Any) -> object:
    """Return the role of a message, or its type; a bare text is the agent's."""
    return message.get("role") if isinstance(message, Mapping) else getattr(message, "type", "ai")


def content(message: Any) -> object:
    """Return the text of a message, where it has one; of parts those that are text."""
    if isinstance(message, Mapping):
        held = message.get("content")
        return "".join(_part(part) for part in held) if isinstance(held, list) else held
    return message if isinstance(message, str) else getattr(message, "text", message)


def text(message: Any) -> str:
    """Return the text of a message; empty where it has none."""
    found = content(message)
    return found if isinstance(found, str) else ""


def takes_messages(runnable: Any) -> bool:
    """Say whether a runnable is a model or begins with one, and so takes messages instead of a state that has them."""
    for inner in ("first", "bound", "runnable"):
        if hasattr(runnable, inner):
            return takes_messages(getattr(runnable, inner))
    return hasattr(runnable, "agenerate_prompt")


def _part(part: object) -> str:
    found = part.get("text", "") if isinstance(part, Mapping) and part.get("type") == "text" else part
    return found if isinstance(found, str) else ""


def _check(part: object) -> None:
    if isinstance(part, str) or hasattr(part, "type"):
        return
    if isinstance(part, Mapping) and "role" in part and isinstance(part.get("content", 0), str | list | None):
        return
    late = isinstance(part, Iterator | AsyncIterator)
    cause = ": the agent yields and returns no reply; join what it yields and return that text" if late else ""
    raise ReplyError(f"the reply is {type(part).__name__}, not text or a message{cause}", kind="not_text")


def _told(part: Any) -> Any:
    """Return a message of a state; a pair of role and text as a dict."""
    if isinstance(part, list | tuple) and len(part) == 2 and all(isinstance(word, str) for word in part):
        return {"role": part[0], "content": part[1]}
    _check(part)
    return part


def _of(message: Any, field: str) -> Any:
    return message.get(field) if isinstance(message, Mapping) else getattr(message, field, None)


def _side(message: Any) -> str:
    return "persona" if kind(message) in PERSON else "empathic" if kind(message) in AGENT else "other"


def _about(message: Any) -> Mapping[str, Any]:
    about = _of(message, "response_metadata")
    return about if isinstance(about, Mapping) else {}


def _hands_back(message: Any) -> bool:
    """Say whether a specialist gives the conversation back to the one that it had it from."""
    calls = [str(call.get("name")) for call in _of(message, "tool_calls") or () if isinstance(call, Mapping)]
    marked = bool(_about(message).get("__is_handoff_back")) or any(name.startswith("transfer_back") for name in calls)
    return marked or _BACK.fullmatch(text(message).strip()) is not None


def _reports(said: Sequence[Any]) -> set[int]:
    """Return the places of what named specialists said before they handed back, in words or by another going on."""
    names = [_of(message, "name") for message in said]
    found: set[int] = set()
    for n, name in enumerate(names):
        if name is None:
            continue
        if set(names[:n]) & set(names[n + 1 :]) - {name}:
            found.add(n)
        if _hands_back(said[n]):
            block = next((m + 1 for m in range(n - 1, -1, -1) if names[m] != name), 0)
            found |= set(range(block, n))
    return found


def _is_silence(message: Any) -> bool:
    """Say whether the agent's reply is an empty text, as against a tool call or reasoning alone."""
    if isinstance(message, str):
        return True
    held = _of(message, "content")
    empty = held == [] or (isinstance(held, str) and not held.strip())
    return empty and not _of(message, "tool_calls") and not _hands_back(message)
