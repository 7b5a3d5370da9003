"""What each side says of a conversation, turn by turn, and the replies in their context: what all figures of it read.

Rule: the messages of one side in one turn are one text. Weights are trained on such texts and read such texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from empa_graph.cues.context import CueContext
from empa_graph.cues.tokens import read
from empa_graph.models.dialogue import Message, Speaker


class Reply(NamedTuple):
    """One turn's reply and what was said before it."""

    text: str
    context: CueContext


class Sides(NamedTuple):
    """One text a turn of either side, oldest first, those without words left out."""

    person: tuple[str, ...]
    replies: tuple[str, ...]


def by_turn(messages: Iterable[Message]) -> Iterator[tuple[Speaker, str]]:
    """Yield what each side says at each of its turns as one text, oldest first."""
    for (speaker, _), said in groupby(messages, key=lambda message: (message.speaker, message.turn)):
        yield speaker, "\n".join(message.content for message in said)


def sides(messages: Iterable[Message]) -> Sides:
    """Return what either side says, by turn."""
    said = [(speaker, text) for speaker, text in by_turn(messages) if read(text).tokens]
    person, replies = (tuple(text for by, text in said if by == side) for side in ("persona", "empathic"))
    return Sides(person, replies)


def in_context(messages: Iterable[Message]) -> Iterator[Reply]:
    """Yield every reply that has words, oldest first; the messages of a turn by one side are one text."""
    person: list[str] = []
    replies: list[str] = []
    for speaker, text in by_turn(messages):
        if speaker == "persona":
            person.append(text)
        elif speaker == "empathic" and text.strip():
            yield Reply(text, CueContext(person=tuple(person), replies=tuple(replies)))
            replies.append(text)
