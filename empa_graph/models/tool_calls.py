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
    """Return the calls that ``message`` keeps, in order; one that was too large to keep is called ``omitted``."""
    kept = (message.agent_state or {}).get("tools")
    if isinstance(kept, dict):
        return (Called("omitted", {}, kept.get("omitted")),)
    calls = [call for call in kept if isinstance(call, dict)] if isinstance(kept, list) else []
    return tuple(Called(str(call.get("name")), call.get("args"), call.get("answer")) for call in calls)


def as_text(value: JsonValue) -> str:
    """Return a text as it is and any other value as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
