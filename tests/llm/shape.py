"""One shape of an answer that a server may give, and what a run makes of it in each of four seats."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.stub_server import Canned

SEATS = ("agent", "judge", "voice", "director")
TEXT = "That sounds heavy. What weighs most on you?"
"""What the agent and the voice say where a shape does not say otherwise."""
SAID = "said"
EMPTY = "empty reply"
NOTE = "note"
CARD = "card line"
"""The persona's line as its card has it, in place of a wording that could not be spoken."""
FOLLOWING: Mapping[str, tuple[str, str, str]] = {
    SAID: (SAID, SAID, SAID),
    EMPTY: ("judge_invalid, evaluator", CARD, NOTE),
    "no_content, provider": ("judge_invalid, evaluator", CARD, NOTE),
    "refused, empathic": ("judge_refused, evaluator", CARD, NOTE),
    "cut_off_in_reasoning, empathic": ("judge_truncated, evaluator", CARD, NOTE),
}
"""What judge, voice and director make of a shape by what it is in the agent's seat; anything else they fail like it."""
Message = dict[str, Any]
"""The assistant's message that a well-behaved model would give to the request."""
USAGE = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
WAVE = [{"id": "1", "type": "function", "function": {"name": "wave", "arguments": "{}"}}]


@dataclass(frozen=True)
class Shape:
    """One shape by ``name``, of the ``group`` it is shown in; ``sent`` makes the answer out of the message."""

    group: str
    name: str
    agent: str
    sent: Callable[[Message], Canned]
    others: Mapping[str, str] = field(default_factory=dict)

    @property
    def outcomes(self) -> dict[str, str]:
        """The outcome in each seat."""
        follows = FOLLOWING.get(self.agent, (self.agent, self.agent, NOTE))
        return dict(zip(SEATS, (self.agent, *follows), strict=True)) | self.others


def completed(message: object, reason: object = "stop", usage: object = USAGE, **beside: object) -> Message:
    """Return the body of a completion."""
    choice = {"index": 0, "message": message, "finish_reason": reason}
    return {"id": "1", "object": "chat.completion", "model": "m-1", "choices": [choice], "usage": usage, **beside}


def sent(body: object, status: int = 200, **headers: str) -> Canned:
    """Return an answer of JSON, or of ``body`` itself where that is text or bytes."""
    plain = body if isinstance(body, str | bytes) else json.dumps(body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Canned(plain, status=status, headers=named)


def choice(**fields: object) -> Message:
    """Return the body of a completion whose one choice has these fields."""
    return {"choices": [{"index": 0, **fields}]}
