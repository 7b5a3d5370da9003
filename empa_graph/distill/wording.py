"""A message as words with their capitals, and whether its capitals tell anything."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import regex

from empa_graph.distill.vocabulary import CAPITALS, folded

FEWEST = 4
"""Words inside sentences below which their capitals are believed."""
MOST_CAPITALS = 0.5
"""Share of such words with a capital beyond which the writer puts one on any word."""
_WORD = regex.compile(r"\p{L}[\p{L}\p{M}]*+(?:['\u2019-]\p{L}[\p{L}\p{M}]*+)*+")
_BEGINS = regex.compile(r"(?:^|[.!?\u2026:;\n\u2022*>\"\u201c\u201d(]|[-\u2013\u2014](?=\s))[\s\p{P}\p{So}\d]*+$")
_ABBREVIATED = regex.compile(r"(?i)(?:^|\P{L})(?:mrs?|ms|mx|dr|prof|st|sgt|\p{L})\.\s*+$")
_OWNED = regex.compile(r"(?i)['\u2019]s$")


class Word(NamedTuple):
    """A word without the ``'s`` of an owner."""

    text: str
    fold: str
    start: int
    end: int
    capital: bool
    """Whether it begins with a capital and goes on in small letters, or is one capital letter."""
    upper: bool
    """Whether it has two letters or more, all of them capitals."""
    first: bool
    """Whether it begins a sentence, a line or a quotation."""
    owns: bool
    """Whether it has the ``'s`` of an owner."""


class Wording(NamedTuple):
    """The words of a text; ``cased`` when its capitals tell names from other words."""

    text: str
    words: tuple[Word, ...]
    cased: bool

    def between(self, left: int, right: int) -> str:
        """Return what stands between two words, an owner's ``'s`` included."""
        return self.text[self.words[left].end : self.words[right].start]


@lru_cache(maxsize=64)
def wording(text: str) -> Wording:
    """Return the words of ``text``."""
    words = tuple(_word(text, found.start(), found[0]) for found in _WORD.finditer(text))
    inner = [word for word in words if not word.first and word.fold != "i" and len(word.text) > 1]
    capitals = sum(word.capital or word.upper for word in inner)
    return Wording(text, words, len(inner) < FEWEST or capitals <= MOST_CAPITALS * len(inner))


def _word(text: str, start: int, said: str) -> Word:
    owned = _OWNED.search(said)
    bare = said[: owned.start()] if owned and folded(said) not in CAPITALS else said
    upper = len(bare) > 1 and bare.removesuffix("s").isupper()
    head = text[max(0, start - 40) : start]
    first = _BEGINS.search(head) is not None and _ABBREVIATED.search(head) is None
    return Word(
        bare, folded(bare), start, start + len(bare), bare[:1].isupper() and not upper, upper, first, owned is not None
    )
