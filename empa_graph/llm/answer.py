"""The body of a chat completion, read into a ``Completion`` with its size limited."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, ValidationError

from empa_graph.errors import ProviderError
from empa_graph.llm.chat import Completion
from empa_graph.llm.faults import Call, one_line
from empa_graph.models.dialogue import Usage

TEXT_LIMIT = 2_000_000
BODY_LIMIT = 2 * TEXT_LIMIT + 100_000
"""Bytes read of a body before it is given up: JSON escapes make it longer than its text."""


class _Loose(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Part(_Loose):
    text: str = ""


class _Message(_Loose):
    content: str | list[_Part] | None = None
    refusal: str | None = None


class _Choice(_Loose):
    message: _Message | None = None
    finish_reason: str | None = None


class _Usage(_Loose):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class _Body(_Loose):
    model: str | None = None
    choices: list[_Choice] | None = None
    usage: _Usage | None = None
    error: object | None = None


def completion(body: bytes, call: Call) -> Completion:
    """Read ``body``; an answer without content has text "", a body that is no answer is a ProviderError."""
    if len(body) > BODY_LIMIT:
        raise oversize(call)
    try:
        read = _Body.model_validate_json(body)
    except ValidationError as exc:
        start = one_line(body[:400].decode("utf-8", "replace"), call, cap=80)
        message = f"{call.url} did not answer with a chat completion but with: {start}"
        raise ProviderError(message, kind="bad_answer") from exc
    if "choices" not in read.model_fields_set or (read.error and not read.choices):
        detail = one_line(str(read.error or "no choices"), call)
        raise ProviderError(f"{call.url} answered without a completion: {detail}", kind="bad_answer")
    choice = read.choices[0] if read.choices else _Choice()
    message_ = choice.message or _Message()
    text = _text(message_)
    if len(text) > TEXT_LIMIT:
        raise oversize(call)
    usage = read.usage and Usage(tokens_in=read.usage.prompt_tokens, tokens_out=read.usage.completion_tokens)
    refused = message_.refusal and not message_.content
    reason = "refusal" if refused else choice.finish_reason
    return Completion(text=text, model=read.model, finish_reason=reason, usage=usage)


def oversize(call: Call) -> ProviderError:
    """Return the error for an answer over the limit."""
    return ProviderError(f"{call.url} answered with more than {TEXT_LIMIT:,} characters", kind="oversize")


def _text(message: _Message) -> str:
    if isinstance(message.content, list):
        return "".join(part.text for part in message.content)
    return message.content or message.refusal or ""
