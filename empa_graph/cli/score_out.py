"""The file of `empa score --out`: an episode a line as it is judged, and gone on with by the same command.

Beside it stands what judged, so that no other evaluator, rubric or setting goes on with it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from pydantic import ValidationError

from empa_graph.chats.seen import Seen
from empa_graph.chats.transcripts import Transcript
from empa_graph.errors import UsageError, writing
from empa_graph.models.episode import Episode
from empa_graph.report.export import fresh
from empa_graph.run.identity import first_change

Settings = dict[str, str]
LONGEST_LINE = 256 * 1024 * 1024
_START = b'{"schema_version":1,"scenario":'
"""How every line begins; what a killed process has begun and not ended begins so too."""


class ScoreOut:
    """The kept episodes. Raises UsageError, before anything is judged, where the file is another one's."""

    def __init__(self, path: Path, settings: Settings, *, chats: Path) -> None:
        self.path = path
        self._beside = path.with_name(f"{path.name}.settings.json")
        self._made = not path.exists()
        with writing(path):
            self._claim(settings, chats)
            self._file = path.open("ab", buffering=0)
        self._known = Seen()

    def kept(self) -> Iterator[Episode]:
        """Yield what was judged before; what failed because a service did is taken off the file, to be judged again.

        Raises UsageError for a file that holds something else; nothing of that is touched.
        """
        if not self.path.is_file():
            return
        good, failed = 0, 0
        with self.path.open("rb") as lines:
            for number, line in enumerate(iter(lambda: lines.readline(LONGEST_LINE), b""), start=1):
                if not line.endswith(b"\n") and _START.startswith(line[: len(_START)]):
                    break
                episode = self._episode(line, number)
                good += len(line)
                if episode.failure is None:
                    self._known.earlier(str(episode.conversation), said_in(episode))
                    yield episode
                else:
                    failed += 1
        self._cut(good, failed)

    def holds(self, transcript: Transcript) -> bool:
        """Say whether a conversation was judged. Raises UsageError for one whose words were others."""
        earlier = self._known.told(transcript.id)
        if earlier is not None and earlier != said_in(transcript):
            what = f"conversation '{transcript.id[:80]}' of line {transcript.line}"
            raise UsageError(f"{self.path}: holds {what} with other words; choose another --out")
        return earlier is not None

    def add(self, episode: Episode) -> None:
        """Write one whole line, past every buffer. Raises UsageError."""
        line = memoryview(episode.model_dump_json().encode() + b"\n")
        with writing(self.path):
            while line:
                line = line[self._file.write(line) :]

    def close(self) -> None:
        """Close it, and leave no empty file behind that was not there before."""
        self._file.close()
        self._known.close()
        if self._made and self.path.is_file() and not self.path.stat().st_size:
            self.path.unlink()
            self._beside.unlink(missing_ok=True)

    def _claim(self, settings: Settings, chats: Path) -> None:
        """Write beside a new file what judges, and compare it where the file holds something. Raises UsageError."""
        self.path.open("ab").close()
        if chats.exists() and self.path.samefile(chats):
            raise UsageError(f"{self.path}: holds the conversations; choose another --out")
        if self.path.stat().st_size:
            self._refuse_others(settings)
        elif self.path.is_file():
            self._beside.write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")

    def _refuse_others(self, settings: Settings) -> None:
        foreign = f"{self.path}: holds earlier judgements or something else; move it away or choose another --out"
        try:
            before = json.loads(self._beside.read_bytes()[: 1024 * 1024])
        except (OSError, ValueError, RecursionError):
            raise UsageError(foreign) from None
        if not isinstance(before, dict) or not all(isinstance(value, str) for value in before.values()):
            raise UsageError(foreign)
        if (change := first_change(before, settings)) is not None:
            raise UsageError(f"{self.path}: was judged otherwise: {change}; choose another --out")

    def _episode(self, line: bytes, number: int) -> Episode:
        try:
            return Episode.model_validate_json(line)
        except ValidationError:
            raise UsageError(f"{self.path}:{number}: no judged conversation; choose another --out") from None

    def _cut(self, good: int, failed: int) -> None:
        with writing(self.path):
            if not failed:
                os.truncate(self.path, good)
                return
            with self.path.open("rb") as lines, fresh(self.path, force=True) as draft:
                _without_failed(lines, good, draft)
            self._file.close()
            self._file = self.path.open("ab", buffering=0)


def said_in(found: Transcript | Episode) -> str:
    """Return a digest of what was said."""
    said = [(message.turn, message.speaker, message.content) for message in found.messages]
    return hashlib.blake2b(json.dumps(said).encode(), digest_size=16).hexdigest()


def _without_failed(lines: BinaryIO, good: int, draft: BinaryIO) -> None:
    while lines.tell() < good:
        line = lines.readline(LONGEST_LINE)
        if Episode.model_validate_json(line).failure is None:
            draft.write(line)
