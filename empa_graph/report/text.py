"""Text that cannot steer who shows it: what models, files and servers wrote, without what a terminal or XML obeys."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_KEPT = frozenset("\n\t\u200c\u200d")
"""Newline and tab, and the joiners inside words and emoji."""
_BREAKS = frozenset("\u2028\u2029")
_NO_CHARACTERS = frozenset("\ufffe\uffff")


def plain(text: str) -> str:
    """Return ``text`` without control, direction and other format characters; newline, tab and joiners stay.

    The line and paragraph separators become newlines, half characters the replacement character.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_shown, text))


def one_line(text: str) -> str:
    """Return ``text`` as `plain` does, in one line."""
    return " ".join(plain(text).split())


def many(count: int, one: str, more: str | None = None) -> str:
    """Return ``count`` with its noun: ``one`` for 1, else ``more``, by default ``one`` with an s."""
    return f"{count:,} {one if count == 1 else more or one + 's'}"


def visible(text: str) -> str:
    """Return ``text`` with every control, direction and other format character named in its place, for a browser.

    Newline, tab and joiners stay; half characters become the replacement character.
    """
    if text.isascii() and text.replace("\n", "").replace("\t", "").isprintable():
        return text
    return "".join(map(_named, text))


@lru_cache(maxsize=4096)
def _named(character: str) -> str:
    if character in _KEPT or _shown(character) == character:
        return character
    if unicodedata.category(character) == "Cs":
        return "\ufffd"
    return f"[U+{ord(character):04X}]"


def shortened(text: str, room: int = 60) -> str:
    """Return ``text`` in one line of at most ``room`` characters."""
    line = one_line(text)
    return line if len(line) <= room else f"{line[: room - 3]}..."


def excerpt(text: str, room: int = 60) -> str:
    """Return the first words of ``text`` in a line of at most ``room`` characters; only a longer first word is cut."""
    line = one_line(text)
    if len(line) <= room:
        return line
    head = line[: room - 3]
    return f"{(head.rpartition(' ')[0] or head).rstrip(' ,;:')}..."


@lru_cache(maxsize=4096)
def _shown(character: str) -> str:
    if character in _KEPT:
        return character
    if character in _BREAKS:
        return "\n"
    category = unicodedata.category(character)
    if category == "Cs":
        return "\ufffd"
    return "" if category in ("Cc", "Cf") or character in _NO_CHARACTERS else character
