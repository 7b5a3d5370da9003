"""Conversations out of JSON values, whatever their format; each value is told by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from pydantic_core import from_json

from empa_graph.chats.chat_roles import Roles
from empa_graph.chats.dialogues import CHAT, ESCONV, LANGCHAIN, SHAREGPT, langchain_plain, one_message
from empa_graph.chats.formats import AUTO, FORMATS, format_named, looks_like
from empa_graph.chats.messages import Json
from empa_graph.chats.pieces import LARGEST, Cause, ChatError, Fault, Kind, Piece
from empa_graph.chats.source import Raw

_FIRST = "openai"
"""The format that a value is held to when nothing has told another one."""


def conversations(raws: Iterable[Raw], format: str, roles: Roles, *, loose: Kind) -> Iterator[Piece | Fault]:  # noqa: A002
    """Yield what each value says, and what is wrong with it; a message that stands alone is a piece of kind ``loose``.

    A value that looks like no format is held to the one before it.
    """
    format_named(format)
    last, row = _FIRST, True
    for raw in raws:
        if raw.blank:
            continue
        try:
            value = _parsed(raw)
            if row := is_message(value):
                piece: Piece | None = _loose(value, roles, loose)
            else:
                last = _chosen(value, format, last)
                piece = FORMATS[last].read(value, roles)
        except ChatError as error:
            yield error.at(raw.line, row=row and loose == "row")
        else:
            if piece is not None:
                yield piece._replace(line=raw.line)


def is_message(value: Json) -> bool:
    """Say whether a value is one message that stands alone."""
    plain = langchain_plain(value)
    if looks_like(value) is not None or not isinstance(plain, Mapping):
        return False
    texts = any(name in plain for name in ("content", "value", "text"))
    return texts and any(fields.fit(plain) for fields in (CHAT, SHAREGPT, ESCONV, LANGCHAIN))


def _loose(value: Json, roles: Roles, kind: Kind) -> Piece:
    if kind == "message" and value.get("conversation") is None:
        raise ChatError("one message without a 'conversation' that says of which it is", "wrong_id")
    return one_message(value, roles)._replace(kind=kind)


def _parsed(raw: Raw) -> Json:
    if raw.data is None:
        raise ChatError(f"more than the allowed {LARGEST:,} bytes", "oversized")
    try:
        text = raw.data.decode()
    except UnicodeDecodeError as error:
        raise ChatError(f"not UTF-8 text (byte {error.start})", "not_utf8") from None
    try:
        value = from_json(text.strip(), cache_strings="keys")
    except ValueError as error:
        # Of JSON Lines the line is told already.
        where = str(error)[:200].replace(" at line 1 column ", " at column ")
        raise ChatError(f"Invalid JSON: {where}", "not_json") from None
    if isinstance(value, list):
        return {"messages": value}
    if not isinstance(value, dict):
        raise ChatError("no conversation: a JSON object is needed", "no_conversation")
    return value


def _chosen(value: Json, format: str, last: str) -> str:  # noqa: A002
    """Return the format to read ``value`` by. Raises ChatError where it is not the one that was named."""
    like = looks_like(value)
    if format == AUTO and like is not None:
        return like
    name = last if format == AUTO else format
    if FORMATS[name].read is (FORMATS[like].read if like else None):
        return name
    if FORMATS[name].needs not in value and not (name == "huggingface" and "messages" in value):
        hint = f"; it looks like {like}: --format {like}" if like else f" among {_shown(value)}"
        cause: Cause = "other_format" if like else "no_conversation"
        raise ChatError(f"no {name} conversation (no '{FORMATS[name].needs}'){hint}", cause)
    if like is not None and like != name and not (name == "huggingface" and like in ("openai", "anthropic")):
        raise ChatError(f"no {name} conversation; it looks like {like}: --format {like}", "other_format")
    return name


def _shown(value: Json) -> str:
    return ", ".join(f"'{str(key)[:30]}'" for key in [*value][:5]) or "no fields"
