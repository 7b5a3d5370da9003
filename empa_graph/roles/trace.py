"""Where an exception of foreign code came from: places and lines of code, bounded, without keys.

Rule: a traceback never holds the exception's own words, which may quote the conversation. `told` has them, for the
failure that stands beside the conversation in its store: one line, cut, without keys.
"""

from __future__ import annotations

import re
import sys
import sysconfig
import traceback
from collections.abc import Iterator
from pathlib import Path

LONGEST_TRACE = 8_000
"""Characters kept of a traceback, counted from its end."""
LONGEST_WORDS = 240
"""Characters kept of what an exception says."""
KEYS = re.compile(
    r"\bsk-[\w-]{8,}"
    r"|(?i:\bbearer\s+)[^\s\"',;]+"
    r"|(?<=://)[^\s/@]{1,300}@"
)
"""What looks like a key: OpenAI's, a bearer token, or the user and password of a URL."""
_PACKAGE = f"{Path(__file__).parents[1]}/"
_INSTALLED = (_PACKAGE, *(f"{sysconfig.get_path(name)}/" for name in ("stdlib", "platstdlib", "purelib", "platlib")))


def trace(error: BaseException) -> str:
    """Return the traceback of ``error`` and of what caused it, the cause first; files by their place in a package."""
    chain = list(causes(error))
    text = "\n".join(_one(cause) for cause in reversed(chain))
    return KEYS.sub("[key]", text)[-LONGEST_TRACE:]


def told(error: BaseException) -> str:
    """Return kind, place in the code of its author, and words of ``error`` in one line.

    Where it has no words, those of what it was raised from stand with that one's kind.
    """
    chain = list(causes(error))
    spoken = next((cause for cause in chain if _words(cause)), error)
    kind = type(error).__name__ + ("" if spoken is error else f" from {type(spoken).__name__}")
    places = (place for cause in reversed(chain) if (place := _own(cause)))
    where = next(places, "")
    return f"{kind}{f' at {where}' if where else ''}: {_words(spoken)}"


def _words(error: BaseException) -> str:
    said = " ".join("".join(c if c.isprintable() else " " for c in str(error)[:LONGEST_TRACE]).split())
    said = KEYS.sub("[key]", said)  # before the cut: half a key would not be known any more
    return said if len(said) <= LONGEST_WORDS else f"{said[: LONGEST_WORDS - 3]}..."


def _own(error: BaseException) -> str:
    """Return the last place of its traceback that is neither in this package nor in an installed one."""
    frames = traceback.extract_tb(error.__traceback__)
    mine = [frame for frame in frames if not frame.filename.startswith((*_INSTALLED, "<"))]
    return f"{_place(mine[-1].filename)}:{mine[-1].lineno}" if mine else ""


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
