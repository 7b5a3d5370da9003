"""Saved conversations: chat JSONL with one whole conversation a line, as turns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from empa_graph.chats.chat_format import LARGEST_LINE, ChatLine, Said, WrongFileError, chat_line
from empa_graph.errors import ContentError
from empa_graph.models.dialogue import LONGEST_REPLY, Message

NAMED = 5
"""Bad lines named before the reading is given up."""
MOST_PARTS = 64
"""How often `LARGEST_LINE` bytes of a line are passed over before it is taken for one without end."""


class Transcript(BaseModel):
    """One saved conversation, as turns of a person's message and the agent's reply."""

    model_config = ConfigDict(frozen=True)
    id: str
    messages: tuple[Message, ...]

    @property
    def turns(self) -> int:
        """Turns that the agent answered."""
        return len({message.turn for message in self.messages if message.speaker == "empathic"})


class Unusable(NamedTuple):
    """A line that is no conversation that can be judged."""

    line: int
    """From 1."""
    why: str
    kind: Literal["line", "oversized", "wrong_file"] = "line"


class Reading(NamedTuple):
    """What a file holds: its conversations, and the lines that cannot be used."""

    transcripts: list[Transcript]
    unusable: list[Unusable]


def transcripts(path: Path) -> list[Transcript]:
    """Return the conversations of an OpenAI chat JSONL file (``{"messages": [...]}`` a line).

    Raises ContentError with file, line and reason for what is no such conversation, up to `NAMED` at once.
    """
    with _opened(path) as lines:
        return transcripts_in(lines, str(path))


def transcripts_in(lines: BinaryIO, name: str) -> list[Transcript]:
    """Return the conversations of an open file that is called ``name`` in errors. Raises ContentError."""
    found: list[Transcript] = []
    faults: list[Unusable] = []
    for item in _items(lines, name):
        if isinstance(item, Transcript):
            found.append(item)
        elif item.kind == "wrong_file":
            raise ContentError(f"{name}:{item.line}: {item.why}")
        else:
            faults.append(item)
            if len(faults) > NAMED or item.kind == "oversized":
                break
    if faults:
        raise ContentError(_told(name, faults))
    return found


def usable(path: Path) -> Reading:
    """Return the conversations of a file and what of it cannot be used; ContentError where nothing can."""
    with _opened(path) as lines:
        return usable_in(lines, str(path))


def usable_in(lines: BinaryIO, name: str) -> Reading:
    """Return the conversations of an open file that is called ``name`` in errors, and its other lines.

    Raises ContentError where no line can be used.
    """
    found: list[Transcript] = []
    faults: list[Unusable] = []
    for item in _items(lines, name):
        if isinstance(item, Transcript):
            found.append(item)
        elif item.kind == "wrong_file" and not found:
            raise ContentError(f"{name}:{item.line}: {item.why}")
        else:
            faults.append(item)
    if faults and not found:
        raise ContentError(_told(name, faults))
    return Reading(found, faults)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        with path.open("rb") as lines:
            yield lines
    except OSError as error:
        raise ContentError(f"{path}: cannot be read ({(error.strerror or 'error').lower()})") from None


def _items(lines: BinaryIO, name: str) -> Iterator[Transcript | Unusable]:
    seen: dict[str, int] = {}
    for number, line in enumerate(iter(lambda: lines.readline(LARGEST_LINE + 1), b""), start=1):
        if len(line) <= LARGEST_LINE and not line.strip():
            continue
        try:
            transcript = _transcript(chat_line(line, first=number == 1), number)
            if transcript.id in seen:
                raise ContentError(f"id '{transcript.id}' already stands in line {seen[transcript.id]}")
        except WrongFileError as error:
            yield Unusable(number, str(error), "wrong_file")
        except ContentError as error:
            yield Unusable(number, str(error), "oversized" if len(line) > LARGEST_LINE else "line")
        else:
            seen[transcript.id] = number
            yield transcript
        if len(line) > LARGEST_LINE:
            _pass_over(lines, line, f"{name}:{number}")


def _pass_over(lines: BinaryIO, line: bytes, where: str) -> None:
    """Read on to the end of a line that is too long. Raises ContentError for one that does not end."""
    for _ in range(MOST_PARTS):
        if not line or line.endswith(b"\n"):
            return
        line = lines.readline(LARGEST_LINE + 1)
    raise ContentError(f"{where}: a line of more than {MOST_PARTS * LARGEST_LINE:,} bytes, which may never end")


def _told(name: str, faults: list[Unusable]) -> str:
    if len(faults) == 1:
        return f"{name}:{faults[0].line}: {faults[0].why}"
    count = f"more than {NAMED}" if len(faults) > NAMED else str(len(faults))
    return f"{name}: {count} lines cannot be used: " + "; ".join(f"line {n}: {why}" for n, why, _ in faults[:NAMED])


def _transcript(line: ChatLine, number: int) -> Transcript:
    if not line.whole:
        raise WrongFileError(
            "one message a line, which `empa watch` reads; here a line is a whole conversation: "
            '{"id": ..., "messages": [{"role": ..., "content": ...}]}'
        )
    messages = turns(line.messages)
    if not any(message.speaker == "empathic" for message in messages):
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
            messages.append(Message(turn=turn, speaker="persona", content=text))
        elif turn:
            messages.append(Message(turn=turn, speaker="empathic", content=text))
        last = role
    return messages
