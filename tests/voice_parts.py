"""Voices for tests: one that says its line, one that says other things at certain turns."""

from __future__ import annotations

import json
from collections.abc import Sequence

from empa_graph.llm import Prompt, ScriptedChat

REFUSAL = "I'm sorry, but I can't assist with that."


def decided(prompt: str) -> str:
    """Return the line that a prompt of the voice asks for."""
    records = [line for line in prompt.splitlines() if line.startswith('{"line":')]
    return str(json.loads(records[-1])["line"])


def speaking(*, refusals: Sequence[int] = ()) -> ScriptedChat:
    """Return a voice that says its line as it stands, but refuses the requests of these numbers (from 0)."""
    asked = 0

    def answer(prompts: Sequence[Prompt]) -> str:
        nonlocal asked
        asked += 1
        return REFUSAL if asked - 1 in refusals else decided(prompts[-1].content)

    return ScriptedChat("voice", answer)
