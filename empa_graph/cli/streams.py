"""Standard output and error as they may come: closed, without some characters, full, or with nobody who reads."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

_NOTHING = Path(os.devnull)
_OUT, _ERR = 1, 2


def sound_streams() -> None:
    """Let both streams take whatever is printed: a closed one drops it, a character they lack is a question mark."""
    sys.stdout = sys.stdout or _NOTHING.open("w", encoding="utf-8")
    sys.stderr = sys.stderr or _NOTHING.open("w", encoding="utf-8")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="replace")


@contextlib.contextmanager
def output_aside() -> Iterator[TextIO]:
    """Yield stdout, and send to stderr what subprocesses and C code write to descriptor 1 meanwhile."""
    own = sys.stdout
    try:
        own.flush()
        kept = os.dup(_OUT)
    except (OSError, ValueError):  # closed
        yield own
        return
    # One that does not write to descriptor 1, as in a test, stays as it is.
    lines = os.fdopen(kept, "w", encoding=own.encoding, errors=own.errors) if _is_out(own) else own
    try:
        with contextlib.suppress(OSError):  # stderr is closed
            os.dup2(_ERR, _OUT)
        yield lines
    finally:
        _flush_c()
        os.dup2(kept, _OUT)
        if lines is own:
            os.close(kept)
        else:
            with contextlib.suppress(OSError):  # nobody reads, which its last line has met
                lines.close()


def _is_out(stream: TextIO) -> bool:
    try:
        return stream.fileno() == _OUT
    except (OSError, ValueError):
        return False


def _flush_c() -> None:
    """Write what C code has printed and its library still holds."""
    import ctypes

    ctypes.CDLL(None).fflush(None)


def mute(stream: TextIO) -> None:
    """Drop what ``stream`` still holds and will be given: written at exit, it would fail again."""
    with contextlib.suppress(OSError, ValueError), _NOTHING.open("w", encoding="utf-8") as nothing:
        os.dup2(nothing.fileno(), stream.fileno())
