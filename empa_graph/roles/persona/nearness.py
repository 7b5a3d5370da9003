"""How near a line is to the reply before it: by shared words and topics, or by sentences where there is an embedder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Protocol

from empa_graph.cues.nearness import Embedder
from empa_graph.cues.tokens import stems
from empa_graph.cues.topics import topics

TOPIC = 0.5
"""What a shared topic counts beside a shared word that no other line has, which counts 1."""


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


class SentenceNearness:
    """By the cosine of an ``embedder``'s vectors."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def __call__(self, reply: str, lines: Sequence[str]) -> list[float]:
        """Return the cosine of each line with ``reply``."""
        said = self._embedder(reply)
        return [float(self._embedder(line) @ said) for line in lines]
