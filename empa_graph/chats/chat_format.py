"""The one reader of OpenAI chat JSONL: a line is a whole conversation, or one message of one.

Rule: what is said is never dropped in silence; a message whose text cannot be read is refused.
"""

from __future__ import annotations

import codecs
import difflib
from typing import Literal, NamedTuple, Self, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError, model_validator

from empa_graph.errors import ContentError

LARGEST_LINE = 4 * 1024 * 1024
LONGEST_NAME = 200
"""Characters of a conversation's id."""
TEXT_PARTS = ("text", "input_text", "output_text")
"""The parts of a message that are read, as the APIs for chat completions and for responses call them."""
_SILENT_PARTS = frozenset({"function_call", "reasoning", "thinking", "tool_call", "tool_result", "tool_use"})
"""The parts that say nothing to the other side."""
Role = Literal["system", "developer", "user", "assistant", "tool", "function"]
_ALSO_CALLED = {"human": "user", "person": "user", "customer": "user", "client": "user", "patient": "user"}
_ALSO_CALLED |= dict.fromkeys(("ai", "agent", "bot", "chatbot", "gpt", "model", "assistent"), "assistant")


class Said(NamedTuple):
    """What one side says in one message."""

    role: Literal["user", "assistant"]
    text: str


class _Loose(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _Part(_Loose):
    type: str = "text"
    text: str | None = None
    refusal: str | None = None

    @property
    def words(self) -> str | None:
        """The words of the part; None where it has none that are read."""
        return self.text if self.type in TEXT_PARTS else self.refusal if self.type == "refusal" else None


class ChatMessage(_Loose):
    """One message; the fields that are not read are ignored."""

    role: Role
    content: str | list[_Part] | None = None
    refusal: str | None = None
    tool_calls: JsonValue = None
    function_call: JsonValue = None

    @model_validator(mode="after")
    def _can_be_read(self) -> Self:
        if self.role not in ("user", "assistant"):
            return self
        if self.role == "user" and self.content is None:
            raise ValueError("a user message needs content")
        parts = self.content if isinstance(self.content, list) else []
        for part in parts:
            if part.type in TEXT_PARTS and part.text is None:
                raise ValueError(f"a part of type '{part.type}' has no text")
        unread = {part.type[:50]: None for part in parts if part.words is None and part.type not in _SILENT_PARTS}
        if unread and not any(part.words for part in parts):
            kinds = ", ".join(f"'{kind}'" for kind in unread)
            raise ValueError(f"no text in it: parts of type {kinds} are not read, allowed are {', '.join(TEXT_PARTS)}")
        return self

    @property
    def said(self) -> Said | None:
        """What a person or the agent says; None for another role, and for a call of a tool: it says nothing."""
        if self.role not in ("user", "assistant"):
            return None
        parts = self.content if isinstance(self.content, list) else []
        text = self.content if isinstance(self.content, str) else "\n".join(p.words for p in parts if p.words)
        text = text or self.refusal or ""
        calls = self.tool_calls is not None or self.function_call is not None
        silent = bool(parts) and all(part.type in _SILENT_PARTS for part in parts)
        return None if not text and (calls or silent) else Said(self.role, text)


class _OneMessage(ChatMessage):
    conversation: str | int


class _Conversation(_Loose):
    id: str | int | None = None
    conversation: str | int | None = None
    messages: list[ChatMessage]


class _Shape(_Loose):
    messages: object = None
    role: object = None


class ChatLine(NamedTuple):
    """What one line says: ``whole`` for a conversation from its start to its end, which may go without a name."""

    conversation: str | None
    messages: tuple[Said, ...]
    whole: bool


class WrongFileError(ContentError):
    """Say what is wrong with every line alike."""


def chat_line(line: bytes, *, first: bool = False) -> ChatLine:
    """Read one line that is not blank; the ``first`` of a file may begin with a byte order mark.

    Raises ContentError that says what is wrong with it, WrongFileError for another encoding.
    """
    if len(line) > LARGEST_LINE:
        raise ContentError(f"a line of more than the allowed {LARGEST_LINE:,} bytes")
    text = _decoded(line.removeprefix(codecs.BOM_UTF8) if first else line).rstrip()
    shape = _read(_Shape, text)
    if shape.messages is None and shape.role is not None:
        one = _read(_OneMessage, text)
        return ChatLine(_named(one.conversation), tuple(filter(None, [one.said])), whole=False)
    whole = _read(_Conversation, text)
    name = whole.id if whole.conversation is None else whole.conversation
    said = tuple(filter(None, (message.said for message in whole.messages)))
    return ChatLine(None if name is None else _named(name), said, whole=True)


def _decoded(line: bytes) -> str:
    if line.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in line[:4]:
        raise WrongFileError("UTF-16 text; save it as UTF-8")
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        raise ContentError(f"not UTF-8 text (byte {error.start})") from None


_Model = TypeVar("_Model", bound=BaseModel)


def _read(model: type[_Model], text: str) -> _Model:
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        raise ContentError(_reason(error)) from None


def _reason(error: ValidationError) -> str:
    fault = error.errors(include_url=False)[0]
    where = ".".join(map(str, fault["loc"]))
    message = fault["msg"].removeprefix("Value error, ")[:300]
    if fault["type"] == "literal_error" and where.endswith("role"):
        message = _wrong_role(str(fault["input"]))
    return f"{where}: {message}" if where else message


def _wrong_role(found: str) -> str:
    roles = get_args(Role)
    near = _ALSO_CALLED.get(found.lower()) or next(
        iter(difflib.get_close_matches(found.lower(), roles, n=1, cutoff=0.7)), None
    )
    hint = f"did you mean '{near}'?" if near else f"allowed are {', '.join(roles)}"
    return f"unknown role '{found[:50]}'; {hint}"


def _named(name: str | int) -> str:
    if len(str(name)) > LONGEST_NAME:
        raise ContentError(f"conversation: {len(str(name))} characters, allowed are {LONGEST_NAME}")
    return str(name)
