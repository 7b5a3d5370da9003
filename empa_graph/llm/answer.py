"""The body of a chat completion, read into a ``Completion`` with its size limited."""

from __future__ import annotations

import json

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from empa_graph.errors import ProviderError
from empa_graph.llm.chat import Completion, ToolCall
from empa_graph.llm.faults import Call, one_line
from empa_graph.models.dialogue import Usage

TEXT_LIMIT = 2_000_000
BODY_LIMIT = 2 * TEXT_LIMIT + 100_000
"""Bytes read of a body before it is given up: JSON escapes make it longer than its text."""


class _Loose(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Part(_Loose):
    text: str | None = None
    refusal: str | None = None


class _Function(_Loose):
    name: str | None = None
    arguments: JsonValue = None


class _ToolCall(_Loose):
    function: _Function | None = None


class _Message(_Loose):
    content: str | list[_Part] | None = None
    refusal: str | None = None
    tool_calls: list[_ToolCall] | None = None


class _Choice(_Loose):
    message: _Message | None = None
    finish_reason: str | None = None


class _PromptDetails(_Loose):
    cached_tokens: int | None = None


class _Usage(_Loose):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: _PromptDetails | None = None


class _Body(_Loose):
    model: str | None = None
    choices: list[_Choice] | None = None
    usage: _Usage | None = None
    error: object | None = None


_SILENT = frozenset({"content_filter", "length"})
"""Reasons for which an answer may have no content: it was withheld, or cut off before its first word."""


def completion(body: bytes, call: Call, *, tools: bool = False) -> Completion:
    """Read ``body``, an answer to a request that offered ``tools`` or none.

    A refusal that the server marks as one has finish_reason "refusal", whatever text stands beside it. Raises
    ProviderError for a body that is no answer: one without a choice, and where no tools were offered one whose content
    is missing (an empty text is an answer), unless it was filtered or cut off.
    """
    if len(body) > BODY_LIMIT:
        raise oversize(call)
    try:
        read = _Body.model_validate_json(body)
    except ValidationError as exc:
        start = one_line(body[:400].decode("utf-8", "replace"), call, cap=80)
        message = f"{call.url} did not answer with a chat completion but with: {start}"
        raise ProviderError(message, kind="bad_answer") from exc
    if not read.choices:
        raise _no_answer(str(read.error or "no choices"), call, kind="bad_answer")
    choice = read.choices[0]
    message_ = choice.message or _Message()
    text = _text(message_)
    if message_.content is None and not (text or tools or choice.finish_reason in _SILENT):
        why = "calls of tools that were not offered" if message_.tool_calls else "no content"
        raise _no_answer(f"{why} (finish reason: {choice.finish_reason})", call, kind="no_content")
    if len(text) > TEXT_LIMIT:
        raise oversize(call)
    usage = read.usage and _used(read.usage)
    reason = "refusal" if _refusal(message_) else choice.finish_reason
    return Completion(text=text, model=read.model, finish_reason=reason, usage=usage, calls=_calls(message_))


def _no_answer(why: str, call: Call, *, kind: str) -> ProviderError:
    return ProviderError(f"{call.url} answered without a completion: {one_line(why, call)}", kind=kind)


def oversize(call: Call) -> ProviderError:
    """Return the error for an answer over the limit."""
    return ProviderError(f"{call.url} answered with more than {TEXT_LIMIT:,} characters", kind="oversize")


def _used(counted: _Usage) -> Usage:
    details = counted.prompt_tokens_details
    return Usage(
        tokens_in=counted.prompt_tokens,
        tokens_cached=details.cached_tokens if details else None,
        tokens_out=counted.completion_tokens,
    )


def _text(message: _Message) -> str:
    content = message.content
    if isinstance(content, list):
        content = "".join(part.text or "" for part in content)
    return content or _refusal(message)


def _refusal(message: _Message) -> str:
    """Return what the server says the model refused with; it names it beside the content or as a part of it."""
    parts = message.content if isinstance(message.content, list) else []
    return message.refusal or "".join(part.refusal or "" for part in parts)


def _calls(message: _Message) -> tuple[ToolCall, ...]:
    """Return the tool calls as they came; some servers send the arguments as an object and not as text."""
    called = [call.function or _Function() for call in message.tool_calls or ()]
    return tuple(ToolCall(name=f.name or "", arguments=_raw(f.arguments)) for f in called)


def _raw(arguments: JsonValue) -> str:
    return arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
