"""Untrusted text in a prompt: JSON records, one a line, between two marker lines that no record can form.

Rule: nothing that a model, a person or a file wrote stands outside such a block. A record's line begins with ``{``,
a marker with ``---``; line breaks, invisible characters, angle brackets and the square brackets of chat templates
are escaped, so that a record cannot end its line, hide text or open a turn of its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache

import regex
from pydantic import JsonValue

LONGEST_SHOWN = 4_000
"""Characters, as escaped, of one text that a model is shown."""

# Letters of every script stay readable: a judge quotes what it can read, and escapes would take six times the room.
_ESCAPED = regex.compile(r"[[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}<>]--[\ ]]|\[(?=[A-Z/])", regex.VERSION1)


def json_line(record: Mapping[str, JsonValue]) -> str:
    """Return ``record`` as JSON on one line, with every character escaped that is not plainly visible."""
    return _escaped(json.dumps(record, ensure_ascii=False, separators=(",", ":")))


def shown(text: str, limit: int = LONGEST_SHOWN) -> str:
    """Return the start of ``text`` that fills at most ``limit`` characters inside a JSON line."""
    room = max(limit, 0)
    head = text[:room]
    line = _escaped(json.dumps(head, ensure_ascii=False))[1:-1]
    if len(line) <= room:
        return head
    # The cut may fall into an escape, of 12 characters at most.
    starts = (_read(line[:end]) for end in range(room, -1, -1))
    return next(start for start in starts if start is not None and head.startswith(start))


def fenced(lines: Sequence[str], mark: str) -> str:
    """Return the block of ``lines`` from `json_line` between the marker lines of ``mark``."""
    return "\n".join([f"--- data {mark} begins ---", *lines, f"--- data {mark} ends ---"])


def _read(line: str) -> str | None:
    try:
        return str(json.loads(f'"{line}"'))
    except ValueError:
        return None


def _escaped(text: str) -> str:
    return _ESCAPED.sub(lambda found: _units(found[0]), text)


@lru_cache(maxsize=1_024)
def _units(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))
