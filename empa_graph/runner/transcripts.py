"""Saved conversations: chat JSONL with one whole conversation a line, as turns."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from pydantic import BaseModel, ConfigDict

from empa_graph.errors import ContentError
from empa_graph.models.dialogue import Message
from empa_graph.roles.empathic import LONGEST_REPLY
from empa_graph.runner.chat_format import LARGEST_LINE, ChatLine, Said, WrongFileError, chat_line

NAMED = 5
"""Bad lines named before the reading is given up."""


class Transcript(BaseModel):
    """One saved conversation, as turns of a person's message and the agent's reply."""

    model_config = ConfigDict(frozen=True)
    id: str
    messages: tuple[Message, ...]

    @property
    def turns(self) -> int:
        """Turns that the agent answered."""
        return len({message.turn for message in self.messages if message.speaker == "agent"})


def transcripts(path: Path) -> list[Transcript]:
    """Return the conversations of an OpenAI chat JSONL file (``{"messages": [...]}`` a line).

    Raises ContentError with file, line and reason for what is no such conversation, up to `NAMED` at once.
    """
    try:
        with path.open("rb") as lines:
            return transcripts_in(lines, str(path))
    except OSError as error:
        raise ContentError(f"{path}: cannot be read ({(error.strerror or 'error').lower()})") from None


def transcripts_in(lines: BinaryIO, name: str) -> list[Transcript]:
    """Return the conversations of an open file that is called ``name`` in errors. Raises ContentError."""
    found: list[Transcript] = []
    faults: list[tuple[int, str]] = []
    seen: dict[str, int] = {}
    for number, line in enumerate(iter(lambda: lines.readline(LARGEST_LINE + 1), b""), start=1):
        if len(line) <= LARGEST_LINE and not line.strip():
            continue
        try:
            transcript = _transcript(chat_line(line, first=number == 1), number)
            if transcript.id in seen:
                raise ContentError(f"id '{transcript.id}' already stands in line {seen[transcript.id]}")
        except WrongFileError as error:
            raise ContentError(f"{name}:{number}: {error}") from None
        except ContentError as error:
            faults.append((number, str(error)))
            if len(faults) > NAMED or len(line) > LARGEST_LINE:
                break
            continue
        seen[transcript.id] = number
        found.append(transcript)
    if faults:
        raise ContentError(_told(name, faults))
    return found


def _told(name: str, faults: list[tuple[int, str]]) -> str:
    if len(faults) == 1:
        return f"{name}:{faults[0][0]}: {faults[0][1]}"
    count = f"more than {NAMED}" if len(faults) > NAMED else str(len(faults))
    return f"{name}: {count} lines cannot be used: " + "; ".join(f"line {n}: {why}" for n, why in faults[:NAMED])


def _transcript(line: ChatLine, number: int) -> Transcript:
    if not line.whole:
        raise WrongFileError(
            "one message a line, which `empa watch` reads; here a line is a whole conversation: "
            '{"id": ..., "messages": [{"role": ..., "content": ...}]}'
        )
    messages = turns(line.messages)
    if not any(message.speaker == "agent" for message in messages):
        raise ContentError("no assistant message that answers a user message")
    for message in messages:
        if len(message.content) > LONGEST_REPLY:
            raise ContentError(f"a message of {len(message.content):,} characters, allowed are {LONGEST_REPLY:,}")
    return Transcript(id=line.conversation or str(number), messages=tuple(messages))


def turns(chat: Iterable[Said]) -> list[Message]:
    """Number the messages by turn: a turn begins with the person; what the agent says before is left out."""
    messages: list[Message] = []
    turn, last = 0, "assistant"
    for role, text in chat:
        if role == "user":
            turn += last != "user"
            messages.append(Message(turn=turn, speaker="person", content=text))
        elif turn:
            messages.append(Message(turn=turn, speaker="agent", content=text))
        last = role
    return messages
