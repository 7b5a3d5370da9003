"""What is said: messages and their token usage."""

from __future__ import annotations

from typing import Literal

from pydantic import JsonValue

from empa_graph.models.record import Record

Speaker = Literal["person", "agent"]


REFUSALS = frozenset({"refusal", "content_filter", "safety", "prohibited_content", "blocklist", "recitation", "spii"})
"""Finish reasons, in small letters, of services that say so when an answer was refused or stopped by a filter."""
CUT_OFF = frozenset({"length", "max_tokens", "model_length", "model_context_window_exceeded"})
"""Finish reasons, in small letters, of an answer that was cut off."""


class Usage(Record):
    """Tokens of one or more model calls as the server counted them; a count it did not give is None."""

    tokens_in: int | None = None
    tokens_cached: int | None = None
    """Of ``tokens_in``, those that the server took from its prompt cache."""
    tokens_out: int | None = None


class Message(Record):
    """One message of ``speaker`` at ``turn`` (1-based)."""

    turn: int
    speaker: Speaker
    content: str
    move: str | None = None
    """For a person's message: the move the persona decided on."""
    model: str | None = None
    """The model that wrote it, as its server named it."""
    finish_reason: str | None = None
    usage: Usage | None = None
    agent_state: dict[str, JsonValue] | None = None
    """On the last message of an agent that is a graph: the ``tools`` it called, and its ``state`` beside the messages.
    On one of a model that reasons in its reply: ``reasoning_characters``, how many were left out of ``content``.

    Bounded JSON, untrusted like the content; no other agent or persona is shown it.
    """
