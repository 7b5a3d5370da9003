"""What the searches of gaming.py may say: sentences for anybody, and frames to be filled from what the person said.

The sentences and 60 of the frames are read from benchmarks/pools; the other frames are `frames.SEARCHED`. No head was
trained on any of them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from frames import FILLERS, SEARCHED, filled

from empa_graph.cues.tokens import read

Filler = Callable[[str, random.Random], list[str]]
_POOLS = Path(__file__).parent / "pools"
_BEFORE_NOUN = frozenset(("the", "a", "an", "my", "your", "his", "her", "their", "our", "its", "this", "that", "no"))
_TURNED = {
    "i": "you",
    "my": "your",
    "me": "you",
    "am": "are",
    "i'm": "you're",
    "i've": "you've",
    "myself": "yourself",
}


class Piece(NamedTuple):
    """A sentence, or a frame with the name of what fills it; ``filler`` is empty for a sentence."""

    text: str
    filler: str = ""


def lines(name: str) -> tuple[str, ...]:
    """Return the lines of a pool without headings and empty lines."""
    said = (_POOLS / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return tuple(line for line in said if line and not line.startswith("#"))


def turned(text: str) -> str:
    """Return ``text`` with the first person made the second."""
    return " ".join(_TURNED.get(word.lower(), word) for word in text.replace("\u2019", "'").split())


def nouns(said: str, rng: random.Random) -> list[str]:
    """Return what stands behind an article or a possessive, or with a capital inside a sentence, the last first."""
    words = [token.word for token in read(said).tokens]
    behind = [b for a, b in pairwise(words) if a in _BEFORE_NOUN and len(b) > 2 and b.isalpha()]
    return list(dict.fromkeys([*reversed(behind), *FILLERS[0](said, rng)]))


def clause(said: str, rng: random.Random) -> list[str]:
    """Return the last clause, turned to the person, and then the longest words."""
    parts = [part.strip() for part in said.replace(";", ",").replace(".", ",").replace("?", ",").split(",")]
    last = next((part for part in reversed(parts) if part), "it")
    return [turned(last).lower(), *FILLERS[0](said, rng)]


FILLED_BY: Mapping[str, Filler] = {filler.__name__: filler for filler in (*FILLERS, nouns, clause)}
SENTENCES = tuple(Piece(text) for text in lines("sentences"))
FRAMES = tuple(Piece(text, filler) for text in (*SEARCHED, *lines("frames")) for filler in FILLED_BY)
"""Every frame with every filler, so that one draw picks both."""


def worded(pieces: Sequence[Piece], said: str, rng: random.Random) -> str:
    """Return the reply that ``pieces`` make to a message."""
    texts = (filled(p.text, FILLED_BY[p.filler](said, rng)) if p.filler else p.text for p in pieces)
    return " ".join(text[:1].upper() + text[1:] for text in texts)
