"""How a reply takes up words of the person: as somebody who understood them does, or as a frame with gaps does.

A listener bends a word to their own sentence. A frame puts it bare behind "the" or "your", whatever it was: a verb, an
adverb, the end of a name. "The with" and "the somebody" no listener says at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from empa_graph.cues.everyday import ordinary
from empa_graph.cues.overlap import shared
from empa_graph.cues.tokens import read

POINTING = frozenset(
    (
        "the",
        "a",
        "an",
        "my",
        "your",
        "his",
        "her",
        "their",
        "our",
        "this",
        "that",
        "these",
        "those",
        "no",
        "some",
        "any",
    )
)
"""Words before a noun."""
ARTICLES = frozenset(("the", "a", "an", "my", "their", "our"))
"""Of these, the ones that stand before nothing but a noun and what belongs to it; "her" and "that" stand anywhere."""
UNPOINTED_FILE = Path(__file__).parent / "unpointed.txt"
"""Words that hardly ever stand behind an article, made by `benchmarks/unpointed.py`."""
REACH = 2
"""Words before a word in which the person may have pointed at it."""
SHORTEST = 4
"""Letters from which a word is one to take up."""
GIVEN, BARE, GRAFT, SLIP = 6.0, 2.0, 1.4, 1.5
"""What a share of words given back weighs, the share that stands behind pointing words, a grafted word beside one that
is only pointed at, and a misplaced word a reply. A listener who says much gives much back, and bends it."""
LENIENT, LENIENT_WORDS = 12, 30
"""Words taken up, and words in all, that are thought well of before the first."""


class Grafts(NamedTuple):
    """How a reply takes up words of this person, in the very form they used."""

    words: int
    """All words of the reply."""
    given: int
    """Those of four letters and more that the last message has too, everyday words among them."""
    taken: int
    """Those of the person's that are no everyday words (`ordinary`), whenever they said them."""
    pointed: int
    """Of those taken, behind a pointing word."""
    grafted: int
    """Of those pointed at, the ones before which the person never put a pointing word."""
    misplaced: int
    """Words of the person's, everyday ones too, behind an article where nobody puts one."""


NO_GRAFTS = Grafts(0, 0, 0, 0, 0, 0)


def framed(found: Grafts, replies: int) -> float:
    """Return how far ``replies`` replies, 1 or more, with these counts together, are frames; at least 0.

    By how much of the last message they give back in its own form, by how much of what they take up stands behind
    pointing words, and by words that stand where nobody puts them.
    """
    back = found.given / (found.words + LENIENT_WORDS)
    bare = (found.pointed + GRAFT * found.grafted) / (found.taken + LENIENT)
    return GIVEN * back + BARE * bare + SLIP * found.misplaced / replies


@lru_cache(maxsize=4096)
def _before(text: str) -> dict[str, bool]:
    """Say of each word of ``text`` whether a pointing word stands within reach before it, anywhere."""
    words = [token.word for token in read(text).tokens]
    found: dict[str, bool] = {}
    for place, word in enumerate(words):
        near = not POINTING.isdisjoint(words[max(0, place - REACH) : place])
        found[word] = found.get(word, False) or near
    return found


@cache
def _unpointed() -> frozenset[str]:
    return frozenset(UNPOINTED_FILE.read_text(encoding="utf-8").split())


@lru_cache(maxsize=2048)
def grafts(reply: str, person: Sequence[str]) -> Grafts:
    """Return how ``reply`` takes up words of ``person``, a tuple of messages."""
    said = [_before(text) for text in person]
    words = [token.word for token in read(reply).tokens]
    heard = shared(frozenset(words), said)
    given = taken = pointed = grafted = misplaced = 0
    for before, word in pairwise(["", *words]):
        if word not in heard or (len(word) < SHORTEST and before not in ARTICLES):
            continue
        misplaced += before in ARTICLES and word in _unpointed()
        given += word in said[-1] and len(word) >= SHORTEST
        if len(word) < SHORTEST or ordinary(word):
            continue
        behind = before in POINTING
        bare = behind and not any(text.get(word) for text in said)
        taken, pointed, grafted = taken + 1, pointed + behind, grafted + bare
    return Grafts(len(words), given, taken, pointed, grafted, misplaced)
