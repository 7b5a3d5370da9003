"""The pages of the project, and the commands that stand on them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md")))
"""What people read; docs/cli.md is the help itself."""
_BLOCK = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```", re.DOTALL | re.MULTILINE)
_PLAYED = re.compile(r"^```sh\n[^`]*```\n\n```text\n", re.MULTILINE)
_PLACEHOLDERS = {"<run>": "main", "<one>": "main", "<other>": "branch", "<epm>": "epm", "RUN": "runs/main"}


class Command(NamedTuple):
    """A line of a page that begins with ``empa``: its words behind that, and the file that it reads, if any."""

    page: str
    words: tuple[str, ...]
    given: str | None
    played: bool
    """Whether what it prints stands below it, which is held by a test that gives it what it needs."""


def blocks(page: Path, kind: str) -> list[str]:
    """Return the fenced blocks of ``kind`` on a page."""
    return [body for found, body in _BLOCK.findall(page.read_text(encoding="utf-8")) if found == kind]


def commands() -> list[Command]:
    """Return every command in a block of ``sh``, or in one that is indented, once."""
    found = dict.fromkeys(command for page in PAGES if page.name != "cli.md" for command in _of_page(page))
    return list(found)


def _of_page(page: Path) -> Iterator[Command]:
    text = page.read_text(encoding="utf-8")
    played = "".join(_PLAYED.findall(text)).splitlines()
    indented = re.findall(r"^    (empa .+)$", text, re.MULTILINE)
    for line in (*(line for block in blocks(page, "sh") for line in block.splitlines()), *indented):
        for part in re.split(r" (?:&&|\|) ", line.split("  #")[0]):
            command = re.match(r"(?:\w+=\S+ )*empa (.+)", part)
            if command:
                yield _command(page.relative_to(ROOT).as_posix(), command[1], line in played)


def _command(page: str, text: str, played: bool) -> Command:
    for placeholder, name in _PLACEHOLDERS.items():
        text = text.replace(placeholder, name)
    words = [word for word in shlex.split(text, comments=True) if word != "..."]
    given = words.index("<") if "<" in words else len(words)
    return Command(page, tuple(words[:given]), words[given + 1] if given < len(words) else None, played)
