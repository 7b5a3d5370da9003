"""A run folder: ``run.json``, the manifest, and ``episodes.jsonl``, one complete episode a line."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from pydantic import ValidationError

from empa_graph.errors import ContentError, UsageError
from empa_graph.models.episode import Episode
from empa_graph.models.run import Run

MANIFEST = "run.json"
EPISODES = "episodes.jsonl"


class RunFolder:
    """Writes the episodes of one run as they end. Each line reaches the disk whole or not at all."""

    def __init__(self, path: Path, run: Run) -> None:
        """Create the folder with its manifest. Raises UsageError when a run already lies there."""
        self.path = path
        try:
            path.mkdir(parents=True, exist_ok=True)
            if (path / MANIFEST).exists() or (path / EPISODES).exists():
                raise UsageError(f"{path}: a run lies there already; choose another --out")
            draft = path / f".{MANIFEST}.tmp"
            draft.write_text(run.model_dump_json(indent=2) + "\n", encoding="utf-8")
            draft.replace(path / MANIFEST)
            self._file = os.open(path / EPISODES, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        except OSError as error:
            raise UsageError(f"{path}: cannot make the run folder ({(error.strerror or 'error').lower()})") from None

    def add(self, episode: Episode) -> None:
        """Append one episode with a single write and wait until the disk has it."""
        line = episode.model_dump_json().encode() + b"\n"
        written = os.write(self._file, line)
        while written < len(line):
            written += os.write(self._file, line[written:])
        os.fsync(self._file)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._file)


def load_run(path: Path) -> Run:
    """Read the manifest of the run folder ``path``. Raises UsageError, ContentError."""
    manifest = path / MANIFEST
    if not manifest.is_file():
        raise UsageError(f"{path}: no run here ({MANIFEST} is missing)")
    try:
        return Run.model_validate_json(manifest.read_bytes())
    except ValidationError as error:
        raise ContentError(f"{manifest}: {_first(error)}") from None


def episodes(path: Path) -> Iterator[Episode]:
    """Yield the episodes of a run folder, one at a time. A last line cut off by a crash is left out.

    Raises ContentError for a damaged line before the last.
    """
    file = path / EPISODES
    if not file.is_file():
        raise UsageError(f"{path}: no episodes here ({EPISODES} is missing)")
    with file.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.endswith(b"\n"):
                return
            try:
                yield Episode.model_validate_json(line)
            except ValidationError as error:
                raise ContentError(f"{file}:{number}: {_first(error)}") from None


def _first(error: ValidationError) -> str:
    fault = error.errors(include_url=False)[0]
    return f"{'.'.join(map(str, fault['loc'])) or 'the record'}: {fault['msg']}"
