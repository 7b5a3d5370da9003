"""Words that any talk has, and that are therefore nobody's in particular."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from empa_graph.cues.lexicon import GENERIC
from empa_graph.cues.overlap import FEELING_STEMS
from empa_graph.cues.tokens import stem

EVERYDAY = (
    frozenset((Path(__file__).parent / "everyday.txt").read_text(encoding="utf-8").split())
    | frozenset(map(stem, GENERIC))
    | FEELING_STEMS
)
"""Stems in 0.8% or more of the messages of the coded corpus, the generic words and those of feelings."""


@lru_cache(maxsize=8192)
def ordinary(word: str) -> bool:
    """Say whether a folded word is one that any talk has."""
    return stem(word) in EVERYDAY
