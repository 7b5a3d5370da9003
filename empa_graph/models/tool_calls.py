"""The tools that an agent called, read from what its messages keep of them."""

from __future__ import annotations

import json
from typing import NamedTuple

from pydantic import JsonValue

from empa_graph.models.dialogue import Message


class Called(NamedTuple):
    """One call of a tool: untrusted JSON of bounded size; ``answer`` is None where the tool gave none."""

    name: str
    arguments: JsonValue
    answer: JsonValue


def tool_calls(message: Message) -> tuple[Called, ...]:
    """Return the calls that ``message`` keeps, in order."""
    kept = (message.agent_state or {}).get("tools")
    calls = [call for call in kept if isinstance(call, dict)] if isinstance(kept, list) else []
    return tuple(Called(str(call.get("name")), call.get("args"), call.get("answer")) for call in calls)


def left_out(message: Message) -> str | None:
    """Say why the calls of ``message`` were not kept; None where they were, or where there were none."""
    kept = (message.agent_state or {}).get("tools")
    return as_text(kept.get("omitted")) if isinstance(kept, dict) else None


def as_text(value: JsonValue) -> str:
    """Return a text as it is and any other value as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
