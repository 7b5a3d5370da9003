"""Where an exception of foreign code came from: places and lines of code, bounded, without keys.

Rule: never the exception's own words, which may quote the conversation or hold a key.
"""

from __future__ import annotations

import re
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

LONGEST_TRACE = 8_000
"""Characters kept of a traceback, counted from its end."""
KEYS = re.compile(
    r"\bsk-[\w-]{8,}"
    r"|(?i:\bbearer\s+)[^\s\"',;]+"
    r"|(?<=://)[^\s/@]{1,300}@"
)
"""What looks like a key: OpenAI's, a bearer token, or the user and password of a URL."""
_PACKAGE = f"{Path(__file__).parents[1]}/"


def trace(error: BaseException) -> str:
    """Return the traceback of ``error`` and of what caused it, the cause first; files by their place in a package."""
    chain = list(causes(error))
    text = "\n".join(_one(cause) for cause in reversed(chain))
    return KEYS.sub("[key]", text)[-LONGEST_TRACE:]


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield ``error`` and what caused it, each once."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__


def _one(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    begun = next((n for n, frame in enumerate(frames) if not frame.filename.startswith(_PACKAGE)), 0)
    lines = [f"  {_place(frame.filename)}:{frame.lineno} {frame.name}: {frame.line or '?'}" for frame in frames[begun:]]
    return "\n".join([*lines, type(error).__name__])


def _place(file: str) -> str:
    """Return a file by its path below the folder that it was imported from."""
    folders = sorted((place for place in sys.path if place and file.startswith(f"{place}/")), key=len)
    return file.removeprefix(f"{folders[-1]}/") if folders else Path(file).name
