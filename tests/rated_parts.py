"""Rated conversations for tests: replies that listen more or less, and ratings that follow them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

PERSON = (
    "I failed the oral exam and I cannot face my father.",
    "He drove me there every morning for a year.",
    "Last night he asked how it went and I lied.",
    "I have not slept since, I keep hearing the question.",
)
REPLIES = (
    "It hurts that you cannot face your father after the exam. What is it like at home now?",
    "I hear how ashamed you are. It makes sense, with all those mornings he drove you.",
    "Did you tell your mother about the exam?",
    "Everyone fails some time. You should study harder and make a plan.",
    "It's not that bad. Stop complaining, others have it much worse.",
)
"""From the best to the worst."""


def rated(place: int, quality: int, **changes: Any) -> dict[str, Any]:
    """Return a conversation whose replies are of one quality, rated by two people who nearly agree."""
    messages = []
    for turn in range(3):
        messages.append({"role": "user", "content": PERSON[(place + turn) % 4]})
        messages.append({"role": "assistant", "content": REPLIES[(quality + turn % 2) % 5 if turn < 2 else quality]})
    ratings: Mapping[str, Sequence[float | None]] = {"warm": [5 - quality, 5 - min(4, quality + place % 2)]}
    return {"id": f"c{place}", "messages": messages, "ratings": ratings} | changes


def written(file: Path, *rows: Mapping[str, Any]) -> Path:
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return file


def ratings_file(file: Path, count: int = 20) -> Path:
    return written(file, *(rated(place, place % 5) for place in range(count)))
