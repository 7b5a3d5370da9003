"""The formats of chat logs, by the name that ``--format`` takes: how each is known and read.

A new format is one row here and one function that reads a value of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

from empa_graph.chats.chat_roles import Roles
from empa_graph.chats.dialogues import (
    CHAT,
    COMPLETIONS,
    EMPA,
    ESCONV,
    LANGCHAIN,
    SHAREGPT,
    chat,
    episode,
    esconv,
    langchain,
    langchain_plain,
    pair,
    sample,
    sharegpt,
)
from empa_graph.chats.messages import Fields, Json
from empa_graph.chats.pieces import Piece
from empa_graph.chats.traces import langfuse, langsmith
from empa_graph.errors import NotFoundError

AUTO = "auto"
Framing = Literal["json", "csv", "text"]


class Format(NamedTuple):
    """One format: what it looks like, in words, and as a value that was parsed."""

    about: str
    needs: str = ""
    """The field without which a value is none of it, as a fault names it."""
    fits: Callable[[Json], bool] = lambda _: False
    """Of a value: whether it looks like this format; the first row that fits counts."""
    read: Callable[[Json, Roles], Piece | None] = chat
    """Return what a value says, None where it says nothing that is a conversation's. Raises ChatError."""
    framing: Framing = "json"


def _lists(field: str, fields: Fields) -> Callable[[Json], bool]:
    def fits(value: Json) -> bool:
        found = value.get(field)
        return isinstance(found, list) and bool(found) and fields.fit(langchain_plain(found[0]))

    return fits


def _pair(value: Json) -> bool:
    return "prompt" in value and any(name in value for name in COMPLETIONS)


def _langsmith(value: Json) -> bool:
    return isinstance(value.get("inputs"), Mapping) and ("outputs" in value or "run_type" in value)


def _langfuse(value: Json) -> bool:
    own = ("sessionId", "traceId", "observations", "startTime", "timestamp", "bookmarked", "projectId")
    return "input" in value and ("output" in value or "observations" in value) and any(name in value for name in own)


def _blocks(value: Json) -> bool:
    found = value.get("messages")
    return "system" in value and isinstance(found, list) and bool(found) and CHAT.fit(found[0])


def _empa(value: Json) -> bool:
    return "latent" in value and _lists("messages", EMPA)(value)


def _inspect(value: Json) -> bool:
    return "epoch" in value and _lists("messages", CHAT)(value)


FORMATS: dict[str, Format] = {
    "empa": Format("`empa export` and `empa score --out`: an episode a line", "latent", _empa, episode),
    "inspect": Format("a log of Inspect (`empa export --format inspect`): its `samples`", "epoch", _inspect, sample),
    "langsmith": Format("runs of LangSmith: `inputs`, `outputs`", "inputs", _langsmith, langsmith),
    "langfuse": Format("traces or observations of Langfuse: `input`, `output`", "input", _langfuse, langfuse),
    "sharegpt": Format(
        '`{"conversations": [{"from": "human", "value": ...}]}`',
        "conversations",
        _lists("conversations", SHAREGPT),
        sharegpt,
    ),
    "esconv": Format(
        'ESConv: `{"dialog": [{"speaker": "seeker", "content": ...}]}`', "dialog", _lists("dialog", ESCONV), esconv
    ),
    "anthropic": Format(
        '`{"system": ..., "messages": [{"role": ..., "content": [{"type": "text", "text": ...}]}]}`',
        "messages",
        _blocks,
        chat,
    ),
    "openai": Format('`{"messages": [{"role": ..., "content": ...}]}`', "messages", _lists("messages", CHAT), chat),
    "langchain": Format(
        '`{"messages": [{"type": "human", "content": ...}]}`, also with `data` or as `dumps` writes it',
        "messages",
        _lists("messages", LANGCHAIN),
        langchain,
    ),
    "huggingface": Format(
        '`{"messages": [...]}` as `openai`, or `{"prompt": ..., "completion": ...}`',
        "prompt",
        _pair,
        lambda value, roles: pair(value, roles) if _pair(value) else chat(value, roles),
    ),
    "csv": Format(
        "a table with a header: conversation, role and content, a row a message; or prompt and completion",
        framing="csv",
    ),
    "text": Format("lines `[31.12.2025, 21:41] Name: ...` as WhatsApp exports them, or `Name: ...`", framing="text"),
}


def format_named(name: str) -> Format | None:
    """Return a format by its name, None for `AUTO`. Raises NotFoundError with the nearest name."""
    if name == AUTO:
        return None
    if name not in FORMATS:
        raise NotFoundError("chat format", name, [AUTO, *FORMATS], where="--format")
    return FORMATS[name]


def looks_like(value: Json) -> str | None:
    """Return the name of the format that a value looks like; None where it looks like none."""
    return next((name for name, each in FORMATS.items() if each.fits(value)), None)
