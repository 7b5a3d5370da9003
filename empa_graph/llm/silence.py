"""Why an answer says nothing, decided once for every client: only a text that ended empty is an empty answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from empa_graph.errors import ProviderError, TransientError
from empa_graph.llm.faults import Call, one_line
from empa_graph.models.dialogue import CUT_OFF, ENDED, REFUSALS

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

BROKEN_OFF = "error"
"""The finish reason of services whose model failed while it wrote."""
_REASONING = frozenset({"thinking", "redacted_thinking", "reasoning", "reasoning_content"})
"""Kinds of content, and fields beside it, in which the packages of LangChain hand over reasoning."""


def silence(
    who: str, reason: str | None, *, text: bool, refusal: str = "", reasoned: bool = False, called: bool = False
) -> ProviderError | None:
    """Return the failure that an answer of ``who`` without a visible word is; None for an empty text that ended.

    ``text`` says whether there was a text, which was empty; ``refusal`` is what the service marked as one; ``reasoned``
    says that there was reasoning, ``called`` that tools were called which nobody offered.
    """
    told = (reason or "").lower()
    if refusal or told in REFUSALS:
        words = f"in the words {refusal!r}" if refusal else f"without a word (finish reason: {reason})"
        return ProviderError(f"{who} refused {words}", kind="refused")
    if told in CUT_OFF:
        spent = "its reasoning used up the tokens it may write" if reasoned else "it used up the tokens it may write"
        hint = "give it more of them (--max-tokens for the agent under test)"
        return ProviderError(f"{who} said nothing: {spent}; {hint}", kind="cut_off_in_reasoning")
    if told == BROKEN_OFF:
        return TransientError(f"{who} broke off before its first word", kind="no_content")
    if called or reasoned or not text or told not in ENDED:
        return ProviderError(f"{who} {_given(reasoned, called)} (finish reason: {reason})", kind="no_content")
    return None


def _given(reasoned: bool, called: bool) -> str:
    if called:
        return "called tools that were not offered, and said nothing"
    return "gave its reasoning and no answer" if reasoned else "gave no content"


def silent_message(message: BaseMessage, call: Call) -> ProviderError | None:
    """Return what `silence` says of a message in which nothing is to be read, by all that LangChain keeps beside it."""
    parts = message.content if isinstance(message.content, list) else []
    kinds = {part.get("type") if isinstance(part, dict) else "text" for part in parts}
    return silence(
        f"'{call.model}'",
        finish_reason(message),
        text="text" in kinds or isinstance(message.content, str),
        refusal=one_line(refusal(message), call, cap=100),
        reasoned=bool(kinds & _REASONING or message.additional_kwargs.keys() & _REASONING),
        called=any(getattr(message, calls, ()) for calls in ("tool_calls", "invalid_tool_calls")),
    )


def finish_reason(message: BaseMessage) -> str | None:
    """Return the service's own word for why its model stopped."""
    about = message.response_metadata
    told = about.get("finish_reason") or about.get("stop_reason") or about.get("done_reason")
    return None if told is None else str(told)


def refusal(message: BaseMessage) -> str:
    """Return what an OpenAI-compatible service says beside the content when its model refuses."""
    return str(message.additional_kwargs.get("refusal") or "")
