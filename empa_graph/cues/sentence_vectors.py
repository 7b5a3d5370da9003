"""Sentences as short vectors of whole numbers, by the words and stems in them; no extra is needed.

Rule: sums of whole numbers only, so that a vector and a cosine are the same on every machine. A text of words that are
not known has the zero vector, whose cosine with any other is 0. Trained by benchmarks/train_sentence_vectors.py.
"""

from __future__ import annotations

import hashlib
import math
import threading
from collections import Counter
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from empa_graph.cues.ngrams import words
from empa_graph.cues.packed import packed, unpacked
from empa_graph.cues.tokens import stem
from empa_graph.errors import ContentError

SHIPPED = Path(__file__).parent / "weights" / "sentences.safetensors"
STEM = "~"
"""What stands before a stem among the grams; no word holds it."""
MOST = 64
"""Times that a gram counts at most in one text."""
KEPT = 4096
"""Vectors kept: the lines of a card are measured again and again."""
_TIMES = tuple(round(16.0 * (1.0 + math.log(count))) for count in range(1, MOST + 1))


class Summed(NamedTuple):
    """A sum of vectors (K,) and its length."""

    vector: NDArray[np.int64]
    length: float


def sentence_grams(text: str) -> Counter[str]:
    """Count the words of ``text``, and their stems."""
    found = words(text)
    return Counter(found) + Counter(STEM + stem(word) for word in found)


class SentenceVectors:
    """The vectors (V, K) of the words and stems of ``places``."""

    def __init__(self, places: Mapping[str, int], vectors: NDArray[np.int8]) -> None:
        self._places = places
        self._vectors = vectors
        self._lock = threading.Lock()
        self._of = lru_cache(maxsize=KEPT)(self._read)

    def cosine(self, one: str, other: str) -> float:
        """Return the cosine of the vectors of two texts, to six places; 0 where a text holds no known word."""
        with self._lock:
            a, b = self._of(one), self._of(other)
        return round(int(a.vector @ b.vector) / (a.length * b.length), 6) if a.length and b.length else 0.0

    def _read(self, text: str) -> Summed:
        return self.summed(sentence_grams(text))

    def summed(self, grams: Mapping[str, int]) -> Summed:
        """Return the vector of ``grams``, words or stems behind `STEM`, with how often each stands."""
        known = [(self._places[gram], n) for gram, n in grams.items() if gram in self._places]
        rows = self._vectors[[place for place, _ in known]].astype(np.int64)
        times = np.array([_TIMES[min(n, MOST) - 1] for _, n in known], dtype=np.int64)
        total = times @ rows
        return Summed(total, math.sqrt(int(total @ total)))

    def saved(self, path: Path) -> None:
        """Write the vectors to ``path`` in the safetensors format."""
        grams = np.frombuffer("\n".join(sorted(self._places, key=self._places.__getitem__)).encode(), dtype="u1")
        path.write_bytes(packed({"vectors": self._vectors, "grams": grams}))

    @classmethod
    def read(cls, path: Path) -> SentenceVectors:
        """Read vectors. Raises ContentError for a file that holds none."""
        try:
            arrays: Mapping[str, NDArray[Any]] = unpacked(path.read_bytes())
            grams, vectors = arrays["grams"].tobytes().decode().split("\n"), arrays["vectors"]
        except (KeyError, ValueError, TypeError) as error:
            raise ContentError(f"{path}: holds no vectors of words ({type(error).__name__})") from None
        places = {gram: place for place, gram in enumerate(grams)}
        if vectors.ndim != 2 or vectors.dtype != np.int8 or vectors.shape[0] != len(places):
            raise ContentError(f"{path}: its vectors are not for {len(places)} words and stems")
        return cls(places, vectors)


@cache
def sentence_vectors() -> SentenceVectors:
    """Return the vectors that are shipped, read on the first call."""
    return SentenceVectors.read(SHIPPED)


@cache
def vectors_hash() -> dict[str, str]:
    """Return the SHA-256, by name, of the vectors that are shipped."""
    return {"embedding:words": hashlib.sha256(SHIPPED.read_bytes()).hexdigest()}
