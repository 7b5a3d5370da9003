"""Which words are ordinary ones, which are names of people and places, and which are both.

The lists in ``words/`` were written for this project; longer ones of given names come with the extra ``distill``.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import regex

from empa_graph.cues.everyday import ordinary
from empa_graph.cues.lexicon import CONTRACTIONS, FUNCTION_WORDS, STOP_WORDS
from empa_graph.cues.tokens import stem

SHORTEST = 3
"""Letters of a given name that is known without a capital."""
_FOLDER = Path(__file__).parent / "words"


def folded(word: str) -> str:
    """Return a word in small letters, without accents and with straight apostrophes."""
    word = word.replace("\u2019", "'").casefold()
    if word.isascii():
        return word
    return "".join(letter for letter in unicodedata.normalize("NFKD", word) if not unicodedata.combining(letter))


def words_of(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())


def _listed(name: str) -> frozenset[str]:
    return frozenset(map(folded, (_FOLDER / name).read_text(encoding="utf-8").split()))


CAPITALS = _listed("capitals.txt")
"""Words that are written with a capital and name nobody: days, languages, faiths, medicines, kin."""
BRANDS = _listed("brands.txt")
"""Makers and what they sell; where somebody works for one it is told."""
_COMMON = frozenset(map(stem, _listed("common.txt")))
ALSO_NAMES = _listed("also_names.txt")
"""Ordinary words that are somebody's name too: Will, Hope, Mark."""
GIVEN_NAMES = _listed("given_names.txt") - ALSO_NAMES
_PLACES = (_FOLDER / "places.txt").read_text(encoding="utf-8").replace("\n", "|").strip("|").split("|")
PLACES = frozenset(folded(place) for place in _PLACES if place[0] != "?")
DOUBTFUL_PLACES = frozenset(folded(place[1:]) for place in _PLACES if place[0] == "?")
"""Places that are spelt like a word or a person's name: Reading, Nice, Charlotte."""
_FUNCTION = frozenset().union(*FUNCTION_WORDS.values(), STOP_WORDS, CONTRACTIONS)
_SOUND = regex.compile(
    r"[ou]+h+|a+h+|h+m+|m+|(?:ha|he|lo){2,}[hl]?|a*w+|[ue]+h*r*m+|y+e+a+h*s*|o+o+f+|s+h+|n+a+h+|.*(.)\1\1.*"
)
_SHORTENED = regex.compile(r"(?<=.)(?:'(?:ve|re|ll|d|m|s)|n't)$")


@lru_cache(maxsize=65_536)
def everyday(word: str) -> bool:
    """Say whether a folded word is one that any talk has."""
    word = _SHORTENED.sub("", word)
    return word in _FUNCTION or ordinary(word) or stem(word) in _COMMON or _SOUND.fullmatch(word) is not None


@lru_cache(maxsize=65_536)
def plain(word: str) -> bool:
    """Say whether a folded word names nobody, with a capital or without."""
    return word in CAPITALS or word in BRANDS or everyday(word)


class Names(NamedTuple):
    """The names of people that are known, folded."""

    given: frozenset[str] = GIVEN_NAMES

    def known(self, word: str) -> bool:
        """Say whether a folded word is a given name and nothing else."""
        return len(word) >= SHORTEST and word in self.given and not plain(word)
