"""Standard output and error as they may come: closed, without some characters, full, or with nobody who reads."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from pathlib import Path
from typing import TextIO

_NOTHING = Path(os.devnull)


def sound_streams() -> None:
    """Let both streams take whatever is printed: a closed one drops it, a character they lack is a question mark."""
    sys.stdout = sys.stdout or _NOTHING.open("w", encoding="utf-8")
    sys.stderr = sys.stderr or _NOTHING.open("w", encoding="utf-8")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="replace")


def mute(stream: TextIO) -> None:
    """Drop what ``stream`` still holds and will be given: written at exit, it would fail again."""
    with contextlib.suppress(OSError, ValueError), _NOTHING.open("w", encoding="utf-8") as nothing:
        os.dup2(nothing.fileno(), stream.fileno())
