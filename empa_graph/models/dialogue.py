"""What is said: messages and their token usage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypeGuard

from pydantic import JsonValue

from empa_graph.models.record import Record

LONGEST_REPLY = 20_000
"""Characters of one reply; a longer one ends the episode and is blamed on the agent."""
Speaker = Literal["persona", "empathic"]


REFUSALS = frozenset({"refusal", "content_filter", "safety", "prohibited_content", "blocklist", "recitation", "spii"})
"""Finish reasons, in small letters, of services that say so when an answer was refused or stopped by a filter."""
CUT_OFF = frozenset({"length", "max_tokens", "model_length", "model_context_window_exceeded"})
"""Finish reasons, in small letters, of an answer that was cut off."""
ENDED = frozenset({"stop", "end_turn", "stop_sequence", "eos", "eos_token", "complete"})
"""Finish reasons, in small letters, of an answer that its model ended by itself."""
MOST_TOKENS = 1_000_000_000
"""Tokens that a server may say a call took; a greater number is none."""
LONGEST_NOTE = 300


class Usage(Record):
    """Tokens of one or more model calls as the server counted them; a count it did not give is None."""

    tokens_in: int | None = None
    tokens_cached: int | None = None
    """Of ``tokens_in``, those that the server took from its prompt cache."""
    tokens_out: int | None = None
    note: str | None = None
    """What the server said in place of a count that is unknown for it; None where every count could be read."""


def counted(
    said: object,
    *,
    given: str = "input_tokens",
    details: str = "input_token_details",
    cached: str = "cache_read",
    written: str = "output_tokens",
) -> Usage | None:
    """Return the usage that a server ``said``, under the names it uses; None where it said nothing.

    What is no number of tokens is unknown, and noted.
    """
    if said is None:
        return None
    if not isinstance(said, Mapping):
        return Usage(note=f"usage was of type {type(said).__name__}")
    inner = said.get(details)
    beside = inner.get(cached) if isinstance(inner, Mapping) else None
    counts = {given: said.get(given), cached: beside, written: said.get(written)}
    odd = [f"{name} was {_shown(count)}" for name, count in counts.items() if not (count is None or _is_count(count))]
    if not (inner is None or isinstance(inner, Mapping)):
        odd.append(f"{details} was of type {type(inner).__name__}")
    tokens_in, tokens_cached, tokens_out = (count if _is_count(count) else None for count in counts.values())
    return Usage(tokens_in=tokens_in, tokens_cached=tokens_cached, tokens_out=tokens_out, note="; ".join(odd) or None)


def _is_count(said: object) -> TypeGuard[int]:
    return type(said) is int and 0 <= said <= MOST_TOKENS


def _shown(said: object) -> str:
    """Return a number as it came if it is short, of anything else the type alone: it is foreign text."""
    number = type(said) is float or (type(said) is int and abs(said) < 10**15)
    return str(said) if number else f"of type {type(said).__name__}"


def total_usage(used: Sequence[Usage | None]) -> Usage | None:
    """Return the sum of what servers reported, with their notes; a count that none of them gave stays None."""
    known = [usage for usage in used if usage is not None]
    if not known:
        return None
    notes = dict.fromkeys(usage.note for usage in known if usage.note)
    return Usage(
        tokens_in=_sum([usage.tokens_in for usage in known]),
        tokens_cached=_sum([usage.tokens_cached for usage in known]),
        tokens_out=_sum([usage.tokens_out for usage in known]),
        note="; ".join(notes)[:LONGEST_NOTE] or None,
    )


def _sum(counts: Sequence[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


class Refused(Record):
    """A wording of a person's line that was not spoken: of which ``kind`` its fault is, and the words that show it."""

    kind: str
    words: str = ""
    """Untrusted, cut short; empty where something is absent."""


class Voicing(Record):
    """How a model came to word a person's line."""

    refused: tuple[Refused, ...] = ()
    """The wordings that were not spoken, in order."""
    fallback: bool = False
    """Whether the line was spoken as the card has it, since no wording of it could be."""
    unchecked: str | None = None
    """Why a model that should have checked the wording did not; None where it did, or none should."""


class Message(Record):
    """One message of ``speaker`` at ``turn`` (1-based)."""

    turn: int
    speaker: Speaker
    content: str
    move: str | None = None
    """For a person's message: the move the persona decided on."""
    line: str | None = None
    """For a person's message out of a card: the id of the line, the same whoever words it."""
    model: str | None = None
    """The model that wrote it, as its server named it."""
    finish_reason: str | None = None
    usage: Usage | None = None
    agent_state: dict[str, JsonValue] | None = None
    """On the last message of an agent that is a graph: the ``tools`` it called, and its ``state`` beside the messages.
    On one of a model that reasons in its reply: ``reasoning_characters``, how many were left out of ``content``.

    Bounded JSON, untrusted like the content; no other agent or persona is shown it.
    """
    voicing: Voicing | None = None
    """On a person's message that a model worded."""
