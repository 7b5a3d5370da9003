"""One message of a chat log, whatever its format calls its parts.

Rule: what is said is never dropped in silence; a message whose text cannot be read is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from empa_graph.chats.chat_roles import Roles, speaker
from empa_graph.chats.pieces import ChatError, Messages, Said

Json = Mapping[str, object]
TEXT_PARTS = ("text", "input_text", "output_text")
"""The parts of a message that are read, as the APIs for chat completions, responses and messages call them."""
_SILENT_PARTS = frozenset(
    {"function_call", "reasoning", "redacted_thinking", "thinking", "tool_call", "tool_result", "tool_use"}
    | {"server_tool_use", "web_search_tool_result"}
)
"""The parts that say nothing to the other side."""


class Fields(NamedTuple):
    """How a format calls the role and the text of a message; the first name that is there counts."""

    role: tuple[str, ...] = ("role",)
    text: tuple[str, ...] = ("content",)

    def fit(self, message: object) -> bool:
        """Say whether it is a message of this kind."""
        return isinstance(message, Mapping) and first(message, self.role) is not None


def first(fields: Json, names: Sequence[str]) -> str | None:
    """Return the first of ``names`` that ``fields`` have."""
    return next((name for name in names if name in fields), None)


def messages(found: object, fields: Fields, roles: Roles, where: str) -> Messages:
    """Return the messages of a list. Raises ChatError that names the one that cannot be read."""
    if not isinstance(found, list):
        raise ChatError(f"{where}: a list of messages is needed", "no_conversation")
    return tuple(message(each, fields, roles, f"{where}.{place}") for place, each in enumerate(found))


def message(found: object, fields: Fields, roles: Roles, where: str) -> Said | None:
    """Return what one message says; None for another role, and for a call of a tool. Raises ChatError."""
    if not isinstance(found, Mapping):
        raise ChatError(f"{where}: a message is an object with '{fields.role[0]}'", "unread_message")
    role = first(found, fields.role)
    if role is None:
        raise ChatError(f"{where}: a message needs '{fields.role[0]}'", "unread_message")
    who = speaker(found[role], roles, f"{where}.{role}")
    if who is None:
        return None
    key = first(found, fields.text)
    content = None if key is None else found[key]
    if who == "persona" and content is None:
        raise ChatError(f"{where}: a message of the person needs '{fields.text[0]}'", "unread_message")
    text, silent = _words(content, f"{where}.{key}")
    refusal = found.get("refusal")
    text = text or (refusal if isinstance(refusal, str) else "")
    if not text and (silent or found.get("tool_calls") or found.get("function_call")):
        return None
    if content is None and not text:
        raise ChatError(
            f"{where}: a message without text that calls no tool: '{fields.text[0]}' is missing or null",
            "unread_message",
        )
    return Said(who, text)


def _words(content: object, where: str) -> tuple[str, bool]:
    """Return the text of a content, and whether it has parts that all say nothing. Raises ChatError."""
    if content is None or isinstance(content, str):
        return content or "", False
    if not isinstance(content, list):
        raise ChatError(f"{where}: allowed are a text or a list of parts", "unread_message")
    texts = [_part(part, where) for part in content]
    kinds = [_kind(part) for part in content]
    unread = dict.fromkeys(kind[:50] for kind in kinds if kind not in (*TEXT_PARTS, "refusal", *_SILENT_PARTS))
    if unread and not any(texts):
        shown = ", ".join(f"'{kind}'" for kind in [*unread][:5])
        allowed = ", ".join(TEXT_PARTS)
        raise ChatError(
            f"{where}: no text in it: parts of type {shown} are not read, allowed are {allowed}", "unread_message"
        )
    return "\n".join(filter(None, texts)), bool(kinds) and all(kind in _SILENT_PARTS for kind in kinds)


def _kind(part: object) -> str:
    kind = part.get("type", "text") if isinstance(part, Mapping) else "text"
    return kind if isinstance(kind, str) else "?"


def _part(part: object, where: str) -> str:
    """Return the words of a part; empty where it has none that are read. Raises ChatError."""
    if isinstance(part, str):
        return part
    if not isinstance(part, Mapping):
        raise ChatError(f"{where}: a part is a text or an object", "unread_message")
    kind = _kind(part)
    if kind not in (*TEXT_PARTS, "refusal"):
        return ""
    text = part.get("refusal" if kind == "refusal" else "text")
    if not isinstance(text, str):
        raise ChatError(f"{where}: a part of type '{kind}' has no text", "unread_message")
    return text
