"""Saved conversations as turns, one by one: a file of a million of them is read in the memory of one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from pydantic import BaseModel, ConfigDict

from empa_graph.chats.joined import whole
from empa_graph.chats.pieces import CAUSES, Cause, ChatError, Fault, Piece, Said
from empa_graph.chats.reader import AS_IT_LOOKS, How, pieces
from empa_graph.chats.seen import Seen
from empa_graph.errors import ContentError
from empa_graph.models.dialogue import LONGEST_REPLY, Message

NAMED = 5
"""Bad lines named before the reading is given up."""
KEPT = 100
"""Faults of one cause that are kept; all are counted."""


class Transcript(BaseModel):
    """One saved conversation, as turns of a person's message and the agent's reply."""

    model_config = ConfigDict(frozen=True)
    id: str
    messages: tuple[Message, ...]
    line: int | None = None
    """Where it begins in its file, from 1; None for one that stands in none."""

    @property
    def turns(self) -> int:
        """Turns that the agent answered."""
        return len({message.turn for message in self.messages if message.speaker == "empathic"})


@dataclass(slots=True)
class Faults:
    """What of a file cannot be used: the first `KEPT` of each cause, and how many there are."""

    counts: Counter[Cause] = field(default_factory=Counter)
    kept: list[Fault] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        """Count one more."""
        self.counts[fault.cause] += 1
        if self.counts[fault.cause] <= KEPT:
            self.kept.append(fault)

    def __len__(self) -> int:
        return self.counts.total()

    @property
    def by_cause(self) -> str:
        """Say how many there are of each cause."""
        return ", ".join(f"{cause} {self.counts[cause]:,}" for cause in CAUSES if self.counts[cause])


def transcripts(path: Path, how: How = AS_IT_LOOKS) -> list[Transcript]:
    """Return the conversations of a file in any of `FORMATS`.

    Raises ContentError with file, line and reason for what is none, up to `NAMED` at once.
    """
    with opened(path) as stream:
        return list(strictly(read(stream, how), str(path)))


def strictly(found: Iterable[Transcript | Fault], name: str) -> Iterator[Transcript]:
    """Yield the conversations of a file called ``name``. Raises ContentError at its end, or after `NAMED` faults."""
    faults: list[Fault] = []
    for item in found:
        if isinstance(item, Transcript):
            yield item
        else:
            faults.append(item)
            if len(faults) > NAMED or item.cause == "other_format":
                break
    if faults:
        raise ContentError(told(name, faults))


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Give a file to read, and say what is wrong with it by its name. Raises ContentError."""
    try:
        with path.open("rb") as stream:
            yield stream
    except OSError as error:
        raise ContentError(f"{path}: cannot be read ({(error.strerror or 'error').lower()})") from None
    except ChatError as error:
        raise ContentError(f"{path}: {error}") from None


def read(stream: BinaryIO, how: How = AS_IT_LOOKS) -> Iterator[Transcript | Fault]:
    """Yield what an open file holds. Raises ChatError where it is no text, NotFoundError for the format."""
    with closing(Seen()) as seen:
        for item in whole(pieces(stream, how)):
            yield item if isinstance(item, Fault) else _checked(item, seen)


def _checked(piece: Piece, seen: Seen) -> Transcript | Fault:
    try:
        transcript = transcript_of(piece)
        if piece.id is not None and (first := seen.earlier(piece.id, piece.line)) is not None:
            raise ChatError(f"id '{piece.id}' already stands in line {first}", "duplicate_id")
    except ChatError as error:
        return error.at(piece.line)
    return transcript


def transcript_of(piece: Piece) -> Transcript:
    """Return a whole conversation as turns. Raises ChatError where there is nothing to judge."""
    if piece.kind != "whole":
        raise ChatError(
            "one message a line, which `empa watch` reads; here a line is a whole conversation: "
            '{"id": ..., "messages": [{"role": ..., "content": ...}]}',
            "other_format",
        )
    messages = turns(said for said in piece.messages if said is not None)
    if not any(message.speaker == "empathic" for message in messages):
        raise ChatError("no assistant message that answers a user message", "no_reply")
    longest = max(len(message.content) for message in messages)
    if longest > LONGEST_REPLY:
        raise ChatError(f"a message of {longest:,} characters, allowed are {LONGEST_REPLY:,}", "long_message")
    return Transcript(id=piece.id or str(piece.line), messages=tuple(messages), line=piece.line)


def turns(chat: Iterable[Said]) -> list[Message]:
    """Number the messages by turn: a turn begins with the person; what the agent says before is left out."""
    messages: list[Message] = []
    turn, last = 0, "empathic"
    for speaker, text in chat:
        if speaker == "persona":
            turn += last != "persona"
            messages.append(Message(turn=turn, speaker="persona", content=text))
        elif turn:
            messages.append(Message(turn=turn, speaker="empathic", content=text))
        last = speaker
    return messages


def told(name: str, faults: list[Fault]) -> str:
    """Say what is wrong with a file, in one line."""
    if len(faults) == 1:
        return f"{name}:{faults[0].line}: {faults[0].why}"
    count = f"more than {NAMED}" if len(faults) > NAMED else str(len(faults))
    return f"{name}: {count} lines cannot be used: " + "; ".join(f"line {f.line}: {f.why}" for f in faults[:NAMED])
