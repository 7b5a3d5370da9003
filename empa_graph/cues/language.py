"""Whether a conversation is in English, the one language that the cues are read in; pure, by letters and words alone.

Rule: the words as a whole decide, never one short message, and what is in doubt is read.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

import regex

from empa_graph.cues.lexicon import FUNCTION_WORDS, words_of
from empa_graph.cues.tokens import read

FEWEST_LETTERS = 4
"""Letters of other scripts below which nothing is decided by them."""
MOST_OTHER = 0.5
"""Share of letters of other scripts that English with names and borrowed words does not reach."""
FEWEST_WORDS = 14
"""Different words below which nothing is decided by words."""
FEWEST_ENGLISH = 0.04
"""Share of the different words that are common English ones, below which a text is not English."""
MOST_SHARED = 0.3
"""Share of the different words that are spelt alike in English, beyond which the language is in doubt."""
_OTHER = regex.compile(r"(?!\p{Latin}|\p{Common}|\p{Inherited})\p{L}")
_LATIN = regex.compile(r"(?=\p{Latin})\p{L}")


_SHARED = words_of(
    "a all am an as at do for had her i in is last man me no of on or over per so to under war was we were will"
)
"""Words that are common in another language of Latin letters too, spelt alike."""
_ENGLISH: frozenset[str] = (
    frozenset().union(
        *FUNCTION_WORDS.values(), words_of("not feel like know think going really time people yes thanks")
    )
    - _SHARED
)


class _Counted(NamedTuple):
    other: int
    latin: int
    words: frozenset[str]


def foreign(texts: Iterable[str]) -> str:
    """Return by what ``texts`` together are known not to be English; empty where they are, and in doubt."""
    counted = [_counted(text) for text in texts]
    other, letters = sum(c.other for c in counted), sum(c.other + c.latin for c in counted)
    if other >= FEWEST_LETTERS and other > MOST_OTHER * letters:
        return f"{other / letters:.0%} of the letters are not Latin"
    words: frozenset[str] = frozenset().union(*(c.words for c in counted))
    doubtful = len(words & _SHARED) > MOST_SHARED * len(words)
    if len(words) >= FEWEST_WORDS and len(words & _ENGLISH) < FEWEST_ENGLISH * len(words) and not doubtful:
        return f"{len(words & _ENGLISH)} of {len(words)} different words are common English ones"
    return ""


@lru_cache(maxsize=1024)
def _counted(text: str) -> _Counted:
    reading = read(text)
    words = frozenset(token.word for token in reading.tokens if not token.word.isdecimal())
    return _Counted(len(_OTHER.findall(reading.text)), len(_LATIN.findall(reading.text)), words)
