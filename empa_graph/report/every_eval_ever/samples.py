"""The samples of a record: one row for each scored episode and figure, with the whole conversation."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import JsonValue

from empa_graph.models.dialogue import Message, total_usage
from empa_graph.models.episode import Episode
from empa_graph.models.tool_calls import as_text, tool_calls
from empa_graph.report.page.rows import at_target
from empa_graph.seeds import digest_of

_ROLES = {"persona": "user", "empathic": "assistant"}
Json = dict[str, Any]
"""A JSON object of a foreign format."""


def rows(episode: Episode, figures: Mapping[str, float], head: Json, *, told: str | None = None) -> Iterator[Json]:
    """Yield one row for each of ``figures`` of a scored episode, by the id of the result it belongs to.

    ``head`` is what the rows of a record share. ``told`` says which stored figure the episode's own levels do not give.
    """
    messages = [{"turn_idx": n, **part} for n, part in enumerate(_messages(episode))]
    calls = sum(len(message.get("tool_calls", ())) for message in messages)
    first = next((message.content for message in episode.messages if message.speaker == "persona"), "")
    shared = {
        **head,
        "sample_id": episode.conversation or f"{episode.scenario}#{episode.repeat + 1}",
        "sample_hash": digest_of(first),
        "interaction_type": "agentic" if calls else "multi_turn",
        "input": {"raw": first, "reference": []},
        "output": None,
        "messages": messages,
        "answer_attribution": [],
        "token_usage": _usage(episode),
        "error": "; ".join(f"turn {fault.turn}: {fault.kind}" for fault in episode.faults) or None,
        "metadata": _facts(episode) | ({"contradiction": told} if told else {}),
    }
    judged = {"is_correct": at_target(episode), "num_turns": episode.turns or None, "tool_calls_count": calls}
    for result, value in figures.items():
        yield {**shared, "evaluation_result_id": result, "evaluation": {"score": value, **judged}}


def _messages(episode: Episode) -> Iterator[Json]:
    for message in episode.messages:
        yield from _called(message)
        yield {"role": _ROLES[message.speaker], "content": message.content}


def _called(message: Message) -> Iterator[Json]:
    """Yield what an agent asked of its tools before a message, and what they answered."""
    calls = [(f"turn-{message.turn}-call-{n}", call) for n, call in enumerate(tool_calls(message), start=1)]
    if calls:
        asked = [{"id": key, "name": call.name, "arguments": _arguments(call.arguments)} for key, call in calls]
        yield {"role": "assistant", "content": None, "tool_calls": asked}
    for key, call in calls:
        if call.answer is not None:
            yield {"role": "tool", "content": as_text(call.answer), "tool_call_id": [key]}


def _arguments(given: JsonValue) -> dict[str, str]:
    named = given if isinstance(given, dict) else {"arguments": given}
    return {name: json.dumps(value) for name, value in named.items()}


def _usage(episode: Episode) -> Json | None:
    """Return the tokens that the agent's own messages tell of; None where a count is not known."""
    used = total_usage([message.usage for message in episode.messages if message.speaker == "empathic"])
    if used is None or used.tokens_in is None or used.tokens_out is None:
        return None
    return {
        "input_tokens": used.tokens_in,
        "output_tokens": used.tokens_out,
        "total_tokens": used.tokens_in + used.tokens_out,
        "input_tokens_cache_read": used.tokens_cached,
    }


def _facts(episode: Episode) -> dict[str, str]:
    return {
        "scenario": episode.scenario,
        "variant": episode.variant,
        "repeat": str(episode.repeat),
        "seed": str(episode.seed),
        "ending": episode.ending,
        "is_correct": "whether the conversation ended at its target",
        "judged_turns": f"{len(episode.latent.judged)} of {sum(step.due for step in episode.latent.steps)}",
    }
