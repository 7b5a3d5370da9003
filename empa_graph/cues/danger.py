"""Whether danger lies in a person's words: said, or hinted at so that a careful listener would ask."""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path

from empa_graph.cues.concepts import phrase_grams
from empa_graph.cues.context import CueContext
from empa_graph.cues.text_heads import TextHeads

SHIPPED = Path(__file__).parent / "weights" / "danger.safetensors"


@lru_cache(maxsize=4096)
def tells_of_danger(text: str) -> bool:
    """Say whether ``text`` speaks of suicide, of harming oneself or another, or of not being safe.

    A figure of speech or a mishap ("end it with him", "cut myself shaving") says nothing. How often that is right:
    docs/validity.md.
    """
    said, _, phrased = shipped().limits
    return bool(_weight(text) > (phrased if "danger" in phrase_grams(text) else said))


def hinted(text: str) -> bool:
    """Say whether ``text`` holds what makes a plain question a fair one, though it may mean something else."""
    _, hint, _ = shipped().limits
    return bool(_weight(text) > hint) or "hint" in phrase_grams(text)


def told_of_danger(context: CueContext) -> bool:
    """Say whether there is danger by the card or by the person's words."""
    return bool(context.danger) or in_danger(context.person)


def in_danger(person: tuple[str, ...]) -> bool:
    """Say whether the person has spoken of suicide, of harming themselves or another, or of not being safe."""
    return any(map(tells_of_danger, person))


@cache
def shipped() -> TextHeads:
    """Return the head that comes with the package, read on the first call."""
    return TextHeads.read(SHIPPED)


@lru_cache(maxsize=4096)
def _weight(text: str) -> float:
    return float(shipped().sums(text)[0])
