"""The start of a GGUF file: what kind of file it says it is, read without loading it.

Rule: what cannot be read here says nothing; llama.cpp has the last word on a file.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

_START = 65_536
_ENTRIES = 24
_TEXT = 8
_SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
"""Bytes of a value, by the number of its type."""


class Header(NamedTuple):
    """The number of ``tensors``, None where it cannot be read, and the ``texts`` that stand before the first list."""

    tensors: int | None
    texts: Mapping[str, str]


def header(path: Path) -> Header:
    """Return what the file says of itself, such as ``general.architecture`` and ``general.type``."""
    with path.open("rb") as file:
        start = file.read(_START)
    if len(start) < _ENTRIES:
        return Header(None, {})
    tensors, count = struct.unpack_from("<QQ", start, 8)
    return Header(tensors, _texts(start, count))


def _texts(start: bytes, count: int) -> dict[str, str]:
    found: dict[str, str] = {}
    at = _ENTRIES
    try:
        for _ in range(count):
            name, at = _text(start, at)
            (kind,) = struct.unpack_from("<I", start, at)
            at += 4
            if kind == _TEXT:
                found[name], at = _text(start, at)
            elif kind in _SIZES:
                at += _SIZES[kind]
            else:
                break
    except (struct.error, UnicodeDecodeError):
        return found
    return found


def _text(start: bytes, at: int) -> tuple[str, int]:
    """Return the text at ``at`` and where it ends; raises struct.error when it goes on behind what was read."""
    (length,) = struct.unpack_from("<Q", start, at)
    (raw,) = struct.unpack_from(f"<{min(length, _START)}s", start, at + 8)
    return raw.decode(), at + 8 + length
