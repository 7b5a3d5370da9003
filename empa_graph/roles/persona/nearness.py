"""How near a line is to the reply before it: by vectors of words, by shared words, or by an embedder's sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Literal, Protocol

from empa_graph.cues.minilm import minilm
from empa_graph.cues.nearness import Embedder
from empa_graph.cues.sentence_vectors import SentenceVectors, sentence_vectors
from empa_graph.cues.tokens import stems
from empa_graph.cues.topics import topics

TOPIC = 0.5
"""What a shared topic counts beside a shared word that no other line has, which counts 1."""
SHARED = 0.06
"""What a shared word counts beside the cosine: it decides where a language is not known to the vectors."""


class Nearness(Protocol):
    """Measures lines against a reply."""

    def __call__(self, reply: str, lines: Sequence[str]) -> list[float]:
        """Return a number per line, the higher the nearer; only those of one call are compared."""
        ...


def shared_words(reply: str, lines: Sequence[str]) -> list[float]:
    """Return the content words (by stem) and topics that each line shares with ``reply``.

    A word counts the less, the more of the lines have it.
    """
    common = Counter(word for line in lines for word in stems(line))
    said, about = stems(reply), topics(reply)
    return [
        sum(1.0 / common[word] for word in sorted(stems(line) & said)) + TOPIC * len(topics(line) & about)
        for line in lines
    ]


def word_vectors(reply: str, lines: Sequence[str], *, vectors: SentenceVectors | None = None) -> list[float]:
    """Return the cosine of each line's vector with that of ``reply``, and a little for what they share.

    By ``vectors``, or those that are shipped.
    A reply without a content word ("And you?") is near to no line, so that the seed decides after it.
    """
    shared, known = shared_words(reply, lines), vectors or sentence_vectors()
    if not stems(reply):
        return shared
    return [known.cosine(reply, line) + SHARED * same for line, same in zip(lines, shared, strict=True)]


class SentenceNearness:
    """By the cosine of an ``embedder``'s vectors."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def __call__(self, reply: str, lines: Sequence[str]) -> list[float]:
        """Return the cosine of each line with ``reply``."""
        said = self._embedder(reply)
        return [float(self._embedder(line) @ said) for line in lines]


def nearness_named(name: Literal["words", "vectors", "sentences"]) -> Nearness:
    """Return the nearness of a setting. Raises UsageError where MiniLM, for ``sentences``, cannot be had."""
    if name == "sentences":
        return SentenceNearness(minilm())
    return word_vectors if name == "vectors" else shared_words
