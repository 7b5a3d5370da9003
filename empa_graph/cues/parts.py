"""Heads for the parts of a hand-off: which sentence of a reply asks plainly, brings distance, or names help."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path

from empa_graph.cues.overlap import copied
from empa_graph.cues.text_heads import TextHeads
from empa_graph.cues.tokens import Reading, Sentence
from empa_graph.models.line import PARTS, Part

SHIPPED = Path(__file__).parent / "weights" / "handoff.safetensors"
VOUCHED = -1.7
"""The sum from which a phrase of a part is believed: below it, "walk in there" is no step anywhere."""


@cache
def shipped() -> TextHeads:
    """Return the heads that come with the package, read on the first call."""
    return TextHeads.read(SHIPPED)


def parts_by_sentence(told: tuple[str, ...], *, grave: bool) -> Mapping[Part, frozenset[int]]:
    """Return for each part of a hand-off the places of the sentences ``told`` that hold it by their words.

    Where danger was said (``grave``) less is enough: there, to ask whether somebody is hurt is no small talk.
    """
    limits = shipped().limits[len(PARTS) :] if grave else shipped().limits[: len(PARTS)]
    return {part: _above(told, place, float(limits[place])) for place, part in enumerate(PARTS)}


def vouched(told: tuple[str, ...], part: Part) -> frozenset[int]:
    """Return the places of the sentences ``told`` in which a phrase of this part may be believed."""
    return _above(told, PARTS.index(part), VOUCHED)


def _above(told: tuple[str, ...], place: int, limit: float) -> frozenset[int]:
    return frozenset(number for number, sentence in enumerate(told) if _sums(sentence)[place] > limit)


def sentences(reading: Reading, person: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the sentences as the heads read them: without what ``person`` said, each question with its mark."""
    echo = copied(reading.text, person) if person else ()
    if not any(echo):
        return tuple(reading.text[s.start : s.end] + "?" * s.question for s in reading.sentences)
    return tuple(_own(reading, s, echo[s.first : s.last]) + "?" * s.question for s in reading.sentences)


def _own(reading: Reading, sentence: Sentence, echo: tuple[bool, ...]) -> str:
    if not any(echo):
        return reading.text[sentence.start : sentence.end]
    tokens = reading.tokens[sentence.first : sentence.last]
    return " ".join(reading.text[t.start : t.end] for t, given in zip(tokens, echo, strict=True) if not given)


@lru_cache(maxsize=4096)
def _sums(sentence: str) -> tuple[float, ...]:
    return tuple(map(float, shipped().sums(sentence)))
