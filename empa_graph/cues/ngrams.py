"""Word and character n-grams of a text, counted by a fixed vocabulary; what the behaviour heads read.

Rule: a block's vector is tf-idf of length 1, tf as 1 + ln(count), so that long replies and short ones weigh alike.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import chain
from typing import Any

import numpy as np
import regex
from numpy.typing import NDArray

from empa_graph.cues.tokens import LIMIT

Floats = NDArray[np.floating[Any]]
_WORD = regex.compile(r"[\p{L}\p{N}_]+(?:['\u2019][\p{L}\p{N}_]*)?|[?!]")
_NUMBER = regex.compile(r"\p{N}+")
_UNSEEN = re.compile("[\x00-\x08\x0e-\x1f\x7f\xad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]+")
"""Characters that nobody sees; a pasted reply may be full of them."""
WORDS = (1, 3)
"""Words in a row that make a gram, from and to."""
CHARACTERS = (2, 5)
"""Characters in a row, inside one word with a space on either side."""


def words(text: str) -> list[str]:
    """Return the lower-case words of ``text``, and its question and exclamation marks, at most 20,000 characters."""
    return _WORD.findall(_folded(text))


def single_words(text: str) -> Counter[str]:
    """Count the words of ``text``."""
    return Counter(words(text))


def word_grams(text: str) -> Counter[str]:
    """Count the runs of one to three words."""
    found = words(text)
    grams = list(found)
    for size in range(WORDS[0] + 1, WORDS[1] + 1):
        grams += [" ".join(found[at : at + size]) for at in range(len(found) - size + 1)]
    return Counter(grams)


def character_grams(text: str) -> Counter[str]:
    """Count the runs of two to five characters inside each word, a space standing at either end of it."""
    return Counter(chain.from_iterable(map(_in_word, _spelled(text))))


def _spelled(text: str) -> list[str]:
    return _folded(text).split()


def _folded(text: str) -> str:
    return _UNSEEN.sub("", text[:LIMIT]).lower().replace("\u2019", "'")


def _in_word(word: str) -> list[str]:
    padded, grams = f" {word} ", list[str]()
    for size in range(CHARACTERS[0], CHARACTERS[1] + 1):
        if size >= len(padded):
            return [*grams, padded]
        grams += [padded[at : at + size] for at in range(len(padded) - size + 1)]
    return grams


def numbered_grams(text: str) -> Counter[str]:
    """Count the runs of one to three words, every number taken for the same word."""
    return word_grams(_NUMBER.sub("0", text[:LIMIT]))


ORDINARY = 32
"""Characters of a word whose grams are kept: texts of strangers hold longer ones, and those are looked up each time."""
Grams = Callable[[str], Counter[str]]
BLOCKS: Mapping[str, Grams] = {"words": word_grams, "characters": character_grams, "person": single_words}
"""The blocks of n-grams: two of the reply, one of the message that it answers."""


@dataclass(frozen=True, eq=False)
class Block:
    """A vocabulary with the inverse document frequency (V,) of each gram."""

    vocabulary: Mapping[str, int]
    idf: Floats

    def read(self, grams: Grams, text: str) -> tuple[NDArray[np.intp], Floats]:
        """Return the `vector` of the ``grams`` of ``text``; those of a word are looked up once for all texts."""
        if grams is not character_grams:
            return self.vector(grams(text))
        return self._weighed(Counter(chain.from_iterable(map(partial(_known_in_word, self), _spelled(text)))))

    def vector(self, counts: Mapping[str, int]) -> tuple[NDArray[np.intp], Floats]:
        """Return the places and the values of the grams that are known, of length 1 together."""
        where = map(self.vocabulary.get, counts)
        return self._weighed(
            {place: count for place, count in zip(where, counts.values(), strict=True) if place is not None}
        )

    def _weighed(self, known: Mapping[int, int]) -> tuple[NDArray[np.intp], Floats]:
        if not known:
            return np.zeros(0, dtype=np.intp), np.zeros(0)
        places = np.array([*known], dtype=np.intp)
        values = (1.0 + np.log([*known.values()])) * self.idf[places]
        return places, values / np.sqrt(values @ values)


def _known_in_word(block: Block, word: str) -> tuple[int, ...]:
    return _kept(block, word) if len(word) <= ORDINARY else _looked_up(block, word)


def _looked_up(block: Block, word: str) -> tuple[int, ...]:
    return tuple(place for gram in _in_word(word) if (place := block.vocabulary.get(gram)) is not None)


_kept = lru_cache(maxsize=65536)(_looked_up)


def learned(texts: Iterable[Mapping[str, int]], *, fewest: int) -> Block:
    """Return the block of all grams that stand in ``fewest`` texts or more; idf = ln((1 + N) / (1 + n)) + 1."""
    found: Counter[str] = Counter()
    total = 0
    for counts in texts:
        found.update(counts.keys())
        total += 1
    kept = sorted(gram for gram, count in found.items() if count >= fewest)
    idf = np.log((1.0 + total) / (1.0 + np.array([found[gram] for gram in kept], dtype=float))) + 1.0
    return Block({gram: place for place, gram in enumerate(kept)}, idf)
