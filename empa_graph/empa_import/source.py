"""The user's copy of the published EMPA data (arXiv 2603.00552): which files it has and what case each is about.

Rule: a name found in the data becomes a case id, a slug, and never part of a path.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from empa_graph.content.loading import read_text
from empa_graph.errors import ContentError, UsageError

LARGEST_CARD = 512 * 1024
LARGEST_JSON = 8 * 1024 * 1024
LARGEST_LIST = 64 * 1024
MOST_FILES = 100_000
MOST_ENTRIES = 10_000
"""Entries of one list in a file."""
OFFICIAL = "official_cases.txt"

_RESULT = re.compile(r"(script_.+)_result\.json", re.IGNORECASE)
_NUMBERED = re.compile(r"(?:script|case|剧本编号|剧本|编号)?[\s_:\uff1a-]*0*(\d{1,6})")
_Read = TypeVar("_Read", bound=BaseModel)


class Loose(BaseModel):
    """A frozen model of a file whose format is known in part: fields it does not know are left out."""

    model_config = ConfigDict(frozen=True, extra="ignore")


Bounded = Field(max_length=MOST_ENTRIES, fail_fast=True)
"""For every list of such a model: a flood of entries ends at the first fault and not in a fault for each."""


class Copy(NamedTuple):
    """The files of a copy by kind, each kind in order of path."""

    cards: tuple[Path, ...]
    scripts: tuple[Path, ...]
    iedr: tuple[Path, ...]
    results: tuple[Path, ...]
    official: Path | None


def copy_of(folder: Path) -> Copy:
    """Find the files of the copy in ``folder``; links and hidden folders are passed by.

    Raises UsageError for no folder, or one of more than `MOST_FILES` files.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder")
    kinds: dict[str, list[Path]] = {}
    for number, file in enumerate(_files(folder), start=1):
        if number > MOST_FILES:
            raise UsageError(f"{folder}: more than {MOST_FILES:,} files; name the folder that holds the data alone")
        kinds.setdefault(_kind(file), []).append(file)
    found = {kind: tuple(sorted(files)) for kind, files in kinds.items()}
    lists = sorted(found.get("official", ()), key=lambda file: (len(file.parts), file))
    return Copy(
        cards=found.get("card", ()),
        scripts=found.get("script", ()),
        iedr=found.get("iedr", ()),
        results=found.get("result", ()),
        official=lists[0] if lists else None,
    )


def case_id(name: str) -> str:
    """Return the case that ``name`` stands for: ``script_003`` for a number, else a slug of it.

    Raises ContentError where nothing of the name can stand in a slug.
    """
    text = name.strip().lower()
    numbered = _NUMBERED.fullmatch(text)
    if numbered:
        return f"script_{int(numbered[1]):03d}"
    slug = re.sub(r"[^a-z0-9]+", "_", text).strip("_")
    if not slug:
        raise ContentError(f"{name[:80]!r} gives no case id, allowed are letters a to z and digits")
    return slug[:48].rstrip("_") if len(slug) > 1 and slug[0].isalpha() else f"case_{slug}"[:48]


def result_case(file: Path) -> str:
    """Return the case that a recorded result is about, by its file name. Raises ContentError."""
    named = _RESULT.fullmatch(file.name)
    try:
        return case_id(named[1] if named else file.stem)
    except ContentError as error:
        raise ContentError(f"{file}: {error}") from None


def agents(results: tuple[Path, ...]) -> dict[Path, str]:
    """Name the agent of each result by its folder, as far as the folders differ."""
    if not results:
        return {}
    shared = Path(os.path.commonpath([file.parent for file in results]))
    names = {}
    for file in results:
        below = file.parent.relative_to(shared).as_posix()
        names[file] = _printable(shared.resolve().name if below == "." else below)[:120] or "recorded"
    return names


def official_cases(file: Path) -> frozenset[str]:
    """Read the ids of the cases that count, one a line. Raises ContentError."""
    lines = readable(file, LARGEST_LIST).splitlines()
    found = set()
    for number, line in enumerate(lines, start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            try:
                found.add(case_id(line))
            except ContentError as error:
                raise ContentError(f"{file}:{number}: {error}") from None
    return frozenset(found)


def readable(file: Path, largest: int) -> str:
    """Read a UTF-8 file of at most ``largest`` bytes, without its byte order mark. Raises ContentError."""
    return read_text(file, largest).removeprefix("\ufeff")


def read_json(file: Path, model: type[_Read]) -> _Read:
    """Read a JSON file as ``model``. Raises ContentError with the field of the first fault."""
    try:
        return model.model_validate_json(readable(file, LARGEST_JSON))
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in fault["loc"])[:120]
        raise ContentError(f"{file}: {field or 'the file'}: {fault['msg'][:200]}") from None


def _files(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            file = Path(place, name)
            if file.is_file() and not file.is_symlink():
                yield file


def _kind(file: Path) -> str:
    name, parent = file.name.lower(), file.parent.name.lower()
    if _RESULT.fullmatch(name):
        return "result"
    if name == OFFICIAL:
        return "official"
    if name.endswith(".json"):
        return "iedr" if "iedr" in name else "script" if parent == "scenarios" else "other"
    return "card" if parent == "cases" and name.startswith("script_") and name.endswith(".md") else "other"


def _printable(name: str) -> str:
    """A file name may hold bytes that are no text."""
    return "".join(c for c in name.encode("utf-8", "replace").decode() if c.isprintable())
