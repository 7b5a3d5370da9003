"""How near a reply is to this person in meaning: `unspecific`, told by whole sentences beside shared words.

Rule: what all talk of troubles has in common, the mean of ``background.txt``, is taken off before texts are compared.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from empa_graph.cues.context import ABSENT, CueContext, Signal
from empa_graph.cues.overlap import opening, unspecific
from empa_graph.cues.tokens import Reading
from empa_graph.seeds import digest_of

Vector = NDArray[np.floating[Any]]
BACKGROUND = tuple((Path(__file__).parent / "background.txt").read_text(encoding="utf-8").splitlines())
"""What anybody might say or answer, of our own writing."""
LATE = 4
"""Messages of the person that count together as what is talked about now."""
FAR, NEAR = 0.05, 0.35
"""Nearness up to which a reply would fit anyone, and from which it fits this person."""
WORDS = 0.3
"""The share that shared words have in the cue; sentences have the rest."""


class Embedder(Protocol):
    """Turns a text into a vector of length 1, always the same one."""

    name: str

    def __call__(self, text: str) -> Vector:
        """Return the vector (K,) of ``text``."""
        ...


class Nearness:
    """The detector of `unspecific` by ``embedder`` and words together."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._common = np.mean([embedder(line) for line in BACKGROUND], axis=0)

    def __call__(self, reading: Reading, context: CueContext) -> Signal:
        """Return how little of the reply could only have been said to this person.

        Without the allowance that words make for a person who has said little yet: what fits a mere hello fits anyone.
        """
        if not reading.tokens or not any(text.strip() for text in context.person):
            return ABSENT
        far = min(1.0, max(0.0, (NEAR - self.nearness(reading.text, context.person)) / (NEAR - FAR)))
        return Signal(WORDS * unspecific(reading, context).strength + (1.0 - WORDS) * far, *opening(reading))

    def nearness(self, reply: str, person: tuple[str, ...]) -> float:
        """Return the mean of two cosines: of ``reply`` with the nearest message, and with the latest ones together."""
        mine = self._apart(reply)
        nearest = max(float(self._apart(text) @ mine) for text in person)
        late = np.mean([self._embedder(text) for text in person[-LATE:]], axis=0)
        return (nearest + float(_unit(late - self._common) @ mine)) / 2.0

    def _apart(self, text: str) -> Vector:
        return _unit(self._embedder(text) - self._common)


def _unit(vector: Vector) -> Vector:
    length = float(np.linalg.norm(vector))
    return vector / length if length else vector


def embedding_hash(name: str, sha256: str) -> dict[str, str]:
    """Return the hash, by name, of an embedder of such weights together with the background texts."""
    return {f"embedding:{name}": digest_of("\n".join((sha256, *BACKGROUND)))}
