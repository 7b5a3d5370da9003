"""What others print and write, kept apart: no control characters on the terminal, no stray lines among JSON lines."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import TextIO

_CONTROLS = dict.fromkeys(code for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\n\t")


def plain(text: str) -> str:
    """Return ``text`` without C0 and C1 control characters; newline and tab stay."""
    return text.translate(_CONTROLS)


@contextmanager
def prints_aside(as_json: bool) -> Iterator[TextIO]:
    """Yield stdout; with ``as_json`` that is for our own lines, and what code of the user prints goes to stderr."""
    own = sys.stdout
    if not as_json:
        yield own
        return
    with redirect_stdout(sys.stderr):
        yield own
