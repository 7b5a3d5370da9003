"""Phrases that a person in distress does not say to who listens, by kind, and the gestures of the moves.

Rule: a file of ``phrases/`` or ``gestures/`` holds one regular expression a line, matched without regard to case in a
text on one line. A phrase that the decided line has too is the person's own.
"""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path
from typing import cast

import regex

from empa_graph.roles.persona.conformance.finding import Finding, Kind, plain
from empa_graph.roles.persona.conformance.sieve import Sieve

ALONE: tuple[Kind, ...] = (
    "reasoning",
    "assistant",
    "refusal",
    "notice",
    "instruction",
    "meta",
    "coaching",
    "reversal",
    "jargon",
)
"""From the plainest to the most doubtful; a text that shows several is found by the first."""
WITHIN: tuple[Kind, ...] = (*ALONE, "letter")
"""Within a conversation nobody begins with a greeting; who writes to a stranger may."""
_FOLDER = Path(__file__).parent


def phrase(said: str, own: str = "", *, kinds: tuple[Kind, ...] = ALONE) -> Finding | None:
    """Return the first phrase of ``said`` that no person says, unless the same words stand in their ``own`` text."""
    text, known = plain(said), plain(own).lower()
    every, sieve = _phrases()
    for kind, pattern in (every[number] for number in sieve(text)):
        for found in pattern.finditer(text) if kind in kinds else ():
            if found[0].lower() not in known:
                return Finding(kind, found[0].strip())
    return None


@cache
def _phrases() -> tuple[list[tuple[Kind, regex.Pattern[str]]], Sieve]:
    every = [(kind, pattern) for kind in WITHIN for pattern in _patterns(f"phrases/{kind}")]
    return every, Sieve(pattern for _, pattern in every)


def gesture(name: str, text: str) -> str:
    """Return the words of ``text``, as `plain` gives it, that make the gesture ``name``; "" where it is not made."""
    found = next(filter(None, (pattern.search(text) for pattern in _patterns(f"gestures/{name}"))), None)
    return found[0] if found else ""


@lru_cache
def _patterns(name: str) -> tuple[regex.Pattern[str], ...]:
    lines = (_FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return tuple(cast("regex.Pattern[str]", regex.compile(line, regex.IGNORECASE)) for line in lines if line.strip())
