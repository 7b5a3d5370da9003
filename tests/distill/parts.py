"""Conversations as a corpus has them."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from pathlib import Path

from empa_graph.distill.records import Turn

LONG = (
    "I have been crying every single night since my mother left us in spring",
    "Nobody at home will talk about it and I feel so alone with all of this",
    "Maybe I could write to her, but I am scared that she never answers me",
)
ANSWERS = (
    "That sounds very lonely. What is the hardest part of the night?",
    "You are holding this by yourself. Who used to listen to you?",
    "It makes sense that you are scared. What would you want to say?",
)


def turns(*said: str) -> tuple[Turn, ...]:
    """What a person and an agent say by turns."""
    return tuple(Turn(speaker=("persona", "empathic")[at % 2], text=text) for at, text in enumerate(said))


def talk(*lines: str, answers: Sequence[str] = ANSWERS) -> dict[str, object]:
    """A conversation in which the person says ``lines``."""
    messages = []
    for at, line in enumerate(lines):
        messages += [{"role": "user", "content": line}, {"role": "assistant", "content": answers[at % len(answers)]}]
    return {"messages": messages}


def different(number: int) -> dict[str, object]:
    """A conversation that shares few words with that of another ``number``."""
    dice = random.Random(number)
    own = [" ".join("".join(dice.choices("bdfgklmnprst", k=5)) for _ in range(12)) for _ in LONG]
    return talk(*(f"{line} {words}" for line, words in zip(LONG, own, strict=True)))


def corpus(file: Path, conversations: Iterable[object]) -> Path:
    """Write a line for each; one that is text stands as it is."""
    with file.open("wb") as lines:
        for one in conversations:
            line = one if isinstance(one, bytes) else (one if isinstance(one, str) else json.dumps(one)).encode()
            lines.write(line + b"\n")
    return file
