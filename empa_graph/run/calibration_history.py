"""The file of a calibration's versions: a line each, added and never changed, each bound to the line before.

A process that is killed while it writes leaves a begun last line: it is no version, and the next one takes its place.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from empa_graph.content.loading import read_text
from empa_graph.errors import ContentError, UsageError, writing
from empa_graph.models.calibration import Calibration
from empa_graph.models.calibration_version import Label, Version
from empa_graph.seeds import digest_of

LARGEST = 256 * 1024 * 1024
SHORT = 12
"""Characters of a hash that are shown."""
_START = '{"schema_version":1,"kind":"empa calibration version"'
_NAMED = re.compile(r"(?s)(.+)@([0-9]{1,6})")


class Kept(NamedTuple):
    """A version and SHA-256 of its line."""

    version: Version
    sha256: str

    @property
    def name(self) -> str:
        """The number and the begin of the hash."""
        return f"{self.version.number}, {self.sha256[:SHORT]}"


def version_named(path: Path) -> tuple[Path, int | None]:
    """Return the file and the version that ``FILE@3`` names; a file of just that name is itself."""
    named = None if path.exists() else _NAMED.fullmatch(path.name)
    return (path, None) if named is None else (path.with_name(named[1]), int(named[2]))


def is_history(path: Path) -> bool:
    """Say whether ``path`` is a file of versions."""
    try:
        with path.open("rb") as file:
            return file.read(len(_START)) == _START.encode() if path.is_file() else False
    except OSError:
        return False


def history(path: Path) -> list[Kept]:
    """Return the versions of ``path``, oldest first. Raises ContentError for a line that does not follow another."""
    *lines, begun = read_text(path, LARGEST).split("\n")
    if not _START.startswith(begun[: len(_START)]):
        raise ContentError(f"{path}:{len(lines) + 1}: no version of a calibration")
    found: list[Kept] = []
    for number, line in enumerate(lines, start=1):
        found.append(Kept(_version(path, number, line, found), digest_of(line)))
    if not found:
        raise ContentError(f"{path}: holds no version of a calibration")
    return found


def _version(path: Path, number: int, line: str, before: Sequence[Kept]) -> Version:
    try:
        version = Version.model_validate_json(line)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part)[:60] for part in fault["loc"][:4])
        why = f"{field or 'the line'}: {fault['msg'][:120]}"
        raise ContentError(f"{path}:{number}: no version of a calibration ({why})") from None
    parent = before[-1].sha256 if before else None
    if (version.number, version.parent) != (number, parent) or version.added.sha256 != labels_hash(version.labels):
        raise ContentError(f"{path}:{number}: does not follow the line before; a line was changed or is missing")
    return version


def chosen(path: Path, number: int | None) -> Kept:
    """Return version ``number`` of ``path``, by default the last. Raises ContentError, UsageError."""
    found = history(path)
    if number is None:
        return found[-1]
    if not 1 <= number <= len(found):
        raise UsageError(f"{path}@{number}: has versions 1 to {len(found)}")
    return found[number - 1]


def calibration_of(kept: Kept) -> Calibration:
    """Return the calibration of a version, with its name."""
    return kept.version.calibration.model_copy(update={"version": kept.name})


def standing(versions: Sequence[Kept]) -> dict[str, Label]:
    """Return the labels of ``versions`` by key, of each conversation the last."""
    return {label.key: label for kept in versions for label in kept.version.labels}


def labels_hash(labels: Iterable[Label]) -> str:
    """Return SHA-256 of ``labels`` in their order."""
    whole = hashlib.sha256()
    for label in labels:
        whole.update(label.model_dump_json().encode() + b"\n")
    return whole.hexdigest()


def add_version(path: Path, version: Version) -> Kept:
    """Append ``version``, durable on return. Raises UsageError where another process has added one meanwhile."""
    line = version.model_dump_json()
    with writing(path), path.open("a+b") as file:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX)
        file.seek(0)
        content = file.read()
        *lines, begun = content.split(b"\n")
        parent = hashlib.sha256(lines[-1]).hexdigest() if lines else None
        if parent != version.parent or not _START.encode().startswith(begun[: len(_START)]):
            raise UsageError(f"{path}: was changed meanwhile; run the same command again")
        if begun:
            file.truncate(len(content) - len(begun))
        file.write(line.encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return Kept(version, digest_of(line))
