"""Detectors of listening: feelings named, validation, warmth, strengths; and of comfort from the shelf."""

from __future__ import annotations

from functools import lru_cache

from empa_graph.cues.context import ABSENT, CueContext, Signal, saturating
from empa_graph.cues.lexicon import FAMILY_OF
from empa_graph.cues.phrasebook import Hit, affirmed, hits
from empa_graph.cues.tokens import Reading, read

GLAD = "glad"


def found(places: tuple[Hit, ...], share: float) -> Signal:
    """Return the saturating strength of ``places``, with the longest of them as evidence."""
    if not places:
        return ABSENT
    best = max(places, key=lambda hit: hit.end - hit.start)
    return Signal(saturating(len(places), share), best.start, best.end)


@lru_cache(maxsize=4096)
def families(text: str) -> frozenset[str]:
    """Return the families of the feeling words in ``text``."""
    return frozenset(FAMILY_OF[token.word] for token in read(text).tokens if token.word in FAMILY_OF)


def _fit(family: str, told: frozenset[str]) -> float:
    """Return how well a named feeling fits the told ones: same 1.0, opposite colour 0.3, else 0.8."""
    if family in told:
        return 1.0
    if told and (family == GLAD) != (GLAD in told):
        return 0.3
    return 0.8


def naming_feeling(reading: Reading, context: CueContext) -> Signal:
    """Return how plainly the reply gives the person's feeling a name that fits what they said."""
    told: frozenset[str] = frozenset().union(*(families(text) for text in context.person[-4:]))
    strength, best, span = 0.0, 0.0, (0, 0)
    for hit in affirmed(reading, "feeling"):
        value = 0.75 * _fit(FAMILY_OF.get(hit.last, "sad"), told)
        strength = 1.0 - (1.0 - strength) * (1.0 - value)
        if value > best:
            best, span = value, (hit.start, hit.end)
    generic = found(affirmed(reading, "generic_feeling"), 0.3)
    return Signal(strength, *span) if strength > 0.0 else generic


def validation(reading: Reading, context: CueContext) -> Signal:
    """Return how far the reply says that the feeling or reaction makes sense."""
    return found(hits(reading, "validation"), 0.6)


def warmth(reading: Reading, context: CueContext) -> Signal:
    """Return warmth and company: gladness to be told, care, staying."""
    return found(affirmed(reading, "warmth"), 0.6)


def affirmation(reading: Reading, context: CueContext) -> Signal:
    """Return how far the reply names a strength or an effort of the person."""
    return found(affirmed(reading, "affirmation"), 0.6)


def stock_phrase(reading: Reading, context: CueContext) -> Signal:
    """Return how much of the reply is comfort from the shelf: the more of its words, the nearer to 1."""
    places = hits(reading, "stock")
    if not places:
        return ABSENT
    covered = sum(hit.end - hit.start for hit in places)
    share = min(1.0, covered / max(1, len(reading.text.strip())))
    best = max(places, key=lambda hit: hit.end - hit.start)
    return Signal(min(1.0, 0.25 + share), best.start, best.end)
