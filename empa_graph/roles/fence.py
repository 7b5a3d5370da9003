"""Untrusted text in a prompt: JSON records, one a line, between two marker lines that no record can form.

Rule: nothing that a model, a person or a file wrote stands outside such a block. A record's line begins with ``{``,
a marker with ``---``; line breaks, invisible characters, angle brackets of any width and the square brackets of chat
templates are escaped, so that a record cannot end its line, hide text or open a turn of its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache

import regex
from pydantic import JsonValue

from empa_graph.seeds import digest_of

LONGEST_SHOWN = 4_000
"""Characters, as escaped, of one text that a model is shown."""

_BLANK = r"\u2800\u303f\ufffc\U0001d159"
"""What shows as nothing and is no space."""
_WIDE = r"\uff1c\uff1e\ufe64\ufe65\uff5c\u25c1\u25b7"
"""What models' own control tokens have for angle brackets and bars beside those of ASCII."""
_SQUARE = r"[\[\uff3b](?=[\p{L}/|\uff0f\uff5c])(?!(?:null|true|false)[,\]])"
"""A bracket before a name, which opens no list of JSON."""
# Letters of every script stay readable: a judge quotes what it can read, and escapes would take six times the room.
_ESCAPED = regex.compile(
    rf"[[\p{{C}}\p{{Z}}\p{{Default_Ignorable_Code_Point}}{_BLANK}<>{_WIDE}]--[\ ]]|{_SQUARE}", regex.VERSION1
)


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


def mark(seed: int, *known: str) -> str:
    """Return a mark that stays the same while ``known`` does, and that nobody without the ``seed`` can work out."""
    return digest_of(json.dumps([seed, *known]))[:12]


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
