"""The body of a chat completion, read into a ``Completion`` with its size limited."""

from __future__ import annotations

import codecs

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from empa_graph.errors import ProviderError, TransientError
from empa_graph.llm.chat import Completion, ToolCall
from empa_graph.llm.faults import Call, error_in_answer, one_line
from empa_graph.llm.silence import BROKEN_OFF, silence
from empa_graph.models.dialogue import counted
from empa_graph.models.tool_calls import as_text

TEXT_LIMIT = 2_000_000
BODY_LIMIT = 2 * TEXT_LIMIT + 100_000
"""Bytes read of a body before it is given up: JSON escapes make it longer than its text."""

_COUNTS = {
    "given": "prompt_tokens",
    "details": "prompt_tokens_details",
    "cached": "cached_tokens",
    "written": "completion_tokens",
}


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
    reasoning_content: object = None
    reasoning: object = None
    reasoning_details: object = None


class _Choice(_Loose):
    message: _Message | None = None
    finish_reason: str | None = None
    error: object = None


class _Body(_Loose):
    """A completion; or an error, which may stand under a name, or be the body itself."""

    model: str | None = None
    choices: list[_Choice] | None = None
    usage: object = None
    error: object = None
    detail: object = None
    message: object = None
    code: object = None
    type: object = None


def completion(body: bytes, call: Call, *, tools: bool = False) -> Completion:
    """Read ``body``, an answer to a request that offered ``tools`` or none.

    A refusal that the server marks as one has finish_reason "refusal", whatever text stands beside it. Raises
    ProviderError for a body that is no answer, TransientError where another try may help: for an error in place of an
    answer as for the HTTP status that it stands for, and for an answer without a visible word as `silence` says.
    """
    if len(body) > BODY_LIMIT:
        raise oversize(call)
    try:
        read = _Body.model_validate_json(body.removeprefix(codecs.BOM_UTF8))
    except ValidationError as exc:
        raise ProviderError(_unread(body, exc, call), kind="bad_answer") from exc
    if error := _error(read):
        raise error_in_answer(error, call)
    if not read.choices:
        raise ProviderError(f"{call.url} answered without a completion: no choices", kind="bad_answer")
    choice = read.choices[0]
    said = choice.message or _Message()
    usage = counted(read.usage, **_COUNTS)
    found = Completion(
        text=_text(said),
        model=read.model,
        finish_reason="refusal" if _refusal(said) else choice.finish_reason,
        usage=usage,
        calls=_calls(said),
    )
    if len(found.text) > TEXT_LIMIT:
        raise oversize(call)
    if fault := _fault(found, said, call, tools=tools):
        fault.usage = usage
        raise fault
    return found


def _unread(body: bytes, exc: ValidationError, call: Call) -> str:
    """Say which field is wrong, by the names that a completion has, and how the body begins."""
    error = exc.errors(include_url=False, include_input=False)[0]
    # The last parts of a place may be the alternatives of a type, which are no fields.
    field = ".".join(str(part) for part in error["loc"] if isinstance(part, int) or str(part).isidentifier())
    start = one_line(body[:400].decode("utf-8", "replace"), call, cap=80)
    wrong = f" ({field.removesuffix('.str')}: {error['msg']})" if field else ""
    return f"{call.url} did not answer with a chat completion{wrong} but with: {start}"


def _error(read: _Body) -> object:
    """Return the error that stands in place of an answer or beside it; nothing that is false for none."""
    inside = [choice.error for choice in read.choices or () if choice.error]
    if found := read.error or next(iter(inside), None):
        return found
    if read.choices:
        return None
    return read.detail or (read.message and {"message": read.message, "code": read.code, "type": read.type})


def _fault(found: Completion, said: _Message, call: Call, *, tools: bool) -> ProviderError | None:
    """Return the failure that an answer is which was read and cannot be taken for one."""
    who = f"'{call.model}' at {call.url}"
    if found.text.strip():
        broken = (found.finish_reason or "").lower() == BROKEN_OFF
        return TransientError(f"{who} broke off its answer", kind="server_error") if broken else None
    if tools and found.calls:
        return None
    parts = said.content if isinstance(said.content, list) else []
    return silence(
        who,
        found.finish_reason,
        refusal=one_line(_refusal(said), call, cap=100),
        text=isinstance(said.content, str) or any(part.text is not None for part in parts),
        reasoned=bool(said.reasoning_content or said.reasoning or said.reasoning_details),
        called=bool(found.calls),
    )


def oversize(call: Call) -> ProviderError:
    """Return the error for an answer over the limit."""
    return ProviderError(f"{call.url} answered with more than {TEXT_LIMIT:,} characters", kind="oversize")


def _text(message: _Message) -> str:
    content = message.content
    return "".join(part.text or "" for part in content) if isinstance(content, list) else content or ""


def _refusal(message: _Message) -> str:
    """Return what the server says the model refused with; it names it beside the content or as a part of it."""
    parts = message.content if isinstance(message.content, list) else []
    return message.refusal or "".join(part.refusal or "" for part in parts)


def _calls(message: _Message) -> tuple[ToolCall, ...]:
    """Return the tool calls as they came; some servers send the arguments as an object and not as text."""
    called = [call.function or _Function() for call in message.tool_calls or ()]
    return tuple(ToolCall(name=f.name or "", arguments=as_text(f.arguments)) for f in called)
