"""The conversations of one `empa score`: read once, or twice where a file with a fault is to be refused."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from empa_graph.chats.chat_lines import Inbox, standard_input
from empa_graph.chats.pieces import ChatError, Fault
from empa_graph.chats.reader import How
from empa_graph.chats.transcripts import NAMED, Faults, Transcript, opened, read, strictly, told
from empa_graph.errors import ContentError, UsageError

STANDARD_INPUT = Path("-")
WAITING = 32
"""Conversations that are read before they are judged."""
LOOK = 0.1
"""Seconds for which a stream is waited for at a time."""


async def _arrived(inbox: Inbox[Transcript | Fault]) -> list[Transcript | Fault] | None:
    """Return what is there, without a thread that waits where nothing has to be waited for; None at the end."""
    found = inbox.take(0.0)
    return await asyncio.to_thread(inbox.take, LOOK) if found == [] else found


class ChatFile:
    """A file of conversations, or standard input; what of it cannot be used is in ``faults``."""

    def __init__(self, path: Path, how: How) -> None:
        self.path = path
        self.name = "standard input" if path == STANDARD_INPUT else str(path)
        self.faults = Faults()
        self.used = 0
        self._how = how
        self._open = ExitStack()
        self._stream = self._opened()

    def close(self) -> None:
        """Close the file."""
        self._open.close()

    def refuse_faults(self) -> None:
        """Read it all, and go back to its start. Raises ContentError that names what cannot be used."""
        if not self._stream.seekable():
            with ExitStack() as stack:
                spooled = stack.enter_context(tempfile.TemporaryFile())
                shutil.copyfileobj(self._stream, spooled)
                self._open.push(stack.pop_all())
            self._stream = spooled
            self._stream.seek(0)
        for _ in strictly(self._read(), self.name):
            pass
        self._stream.seek(0)

    async def conversations(self) -> AsyncIterator[Transcript]:
        """Yield what can be used, as it comes.

        Raises ContentError where nothing can, or where what comes first belongs to another command or format.
        """
        inbox = Inbox(self._read(), waiting=WAITING)
        while (items := await _arrived(inbox)) is not None:
            for item in items:
                if isinstance(item, Transcript):
                    self.used += 1
                    yield item
                else:
                    self._add(item)
        if not self.used:
            raise self._nothing()

    def _add(self, fault: Fault) -> None:
        self.faults.add(fault)
        if fault.cause == "other_format" and not self.used:
            raise ContentError(told(self.name, [fault]))

    def _nothing(self) -> UsageError:
        if not self.faults:
            return UsageError(f"{self.path}: no conversation in this file")
        said = told(self.name, self.faults.kept[: NAMED + 1])
        foreign = all(fault.cause in ("not_json", "no_conversation") for fault in self.faults.kept)
        return ContentError(f"{said}; docs/chats.md shows the formats that are read" if foreign else said)

    def _read(self) -> Iterator[Transcript | Fault]:
        try:
            yield from read(self._stream, self._how)
        except ChatError as error:
            raise ContentError(f"{self.name}: {error}") from None

    def _opened(self) -> BinaryIO:
        if self.path == STANDARD_INPUT:
            return standard_input()  # never closed: a thread may still wait for it
        return self._open.enter_context(opened(self.path))
