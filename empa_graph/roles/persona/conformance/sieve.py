"""Which of many patterns may match a text at all: each is tried only where a string stands that it cannot do without.

Rule: a pattern whose strings cannot be told is always tried, so that a sieve never changes what is found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from re import _constants as kinds, _parser as parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple

import regex

MOST = 40
"""Strings that are followed on; more of them tell no more."""
SIZE = 4
"""Letters by which strings are looked up; shorter ones stand nearly everywhere."""
_ODD = str.maketrans("\u017f\u212a\u0130\u0131", "skii")
"""Letters that equal one of ASCII where case does not count."""


class Needed(NamedTuple):
    """Strings in lower case of which one stands in all that an expression matches."""

    strings: frozenset[str]
    whole: bool
    """Whether what it matches is always one of them."""


ANY = Needed(frozenset(("",)), whole=False)
_NOTHING = Needed(frozenset(("",)), whole=True)


class Sieve:
    """Knows what each of ``patterns`` needs, which are compiled without regard to case."""

    def __init__(self, patterns: Iterable[regex.Pattern[str]]) -> None:
        self._always: list[int] = []
        self._by_start: dict[str, list[tuple[str, int]]] = {}
        for number, pattern in enumerate(patterns):
            strings = needed(pattern.pattern).strings
            if min(map(len, strings)) < SIZE:
                self._always.append(number)
                continue
            for string in _shortest(strings):
                self._by_start.setdefault(string[:SIZE], []).append((string, number))

    def __call__(self, text: str) -> list[int]:
        """Return in order the numbers, counted from 0, of the patterns that may match in ``text``."""
        folded = text.translate(_ODD).lower()
        held = self._by_start.keys() & {folded[at : at + SIZE] for at in range(len(folded) - SIZE + 1)}
        found = {number for start in held for string, number in self._by_start[start] if string in folded}
        return sorted(found.union(self._always))


def _shortest(strings: frozenset[str]) -> list[str]:
    """Return the ``strings`` that hold none of the others."""
    return [string for string in strings if not any(other in string for other in strings - {string})]


def needed(expression: str) -> Needed:
    """Return what a regular expression needs; `ANY` for one that the module `re` cannot read."""
    try:
        return _of_row(parser.parse(expression))
    except re.error:
        return ANY


def _of_row(row: Any) -> Needed:
    """Return what parts that follow each other need: the most telling run of them, or all of it."""
    run, best, whole = _NOTHING.strings, ANY.strings, True
    for part in (_of_part(*each) for each in row):
        if part.whole and len(run) * len(part.strings) <= MOST:
            run = frozenset(before + behind for before in run for behind in part.strings)
            continue
        best, whole = max(best, run, part.strings, key=_telling), False
        run = part.strings if part.whole else ANY.strings
    return Needed(run, whole=True) if whole else Needed(max(best, run, key=_telling), whole=False)


def _of_part(kind: Any, given: Any) -> Needed:
    if kind is kinds.LITERAL:
        return Needed(frozenset((chr(given).lower(),)), whole=True)
    if kind in (kinds.AT, kinds.ASSERT, kinds.ASSERT_NOT):
        return _NOTHING
    if kind is kinds.SUBPATTERN:
        return _of_row(given[-1])
    if kind is kinds.BRANCH:
        ways = [_of_row(way) for way in given[1]]
        return Needed(frozenset().union(*(way.strings for way in ways)), whole=all(way.whole for way in ways))
    return _of_repeat(*given) if kind in (kinds.MAX_REPEAT, kinds.MIN_REPEAT) else ANY


def _of_repeat(least: int, most: int, row: Any) -> Needed:
    repeated = _of_row(row)
    if (least, most) == (0, 1):
        return Needed(repeated.strings | {""}, repeated.whole)
    return Needed(repeated.strings, repeated.whole and least == most == 1) if least else ANY


def _telling(strings: frozenset[str]) -> tuple[int, int]:
    return min(SIZE + 2, *map(len, strings)), -len(strings)
