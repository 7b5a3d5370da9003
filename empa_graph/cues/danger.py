"""Whether danger lies in a person's words: said, or hinted at so that a careful listener would ask."""

from __future__ import annotations

from functools import lru_cache

from empa_graph.cues.phrasebook import hits
from empa_graph.cues.tokens import read


@lru_cache(maxsize=4096)
def tells_of_danger(text: str) -> bool:
    """Say whether ``text`` speaks of suicide, of harming oneself or another, or of not being safe.

    A phrase that overlaps with a figure of speech or a mishap ("end it with him", "cut myself shaving") says nothing.
    """
    return _meant(text, "danger")


@lru_cache(maxsize=4096)
def hinted(text: str) -> bool:
    """Say whether ``text`` holds what makes a plain question a fair one, though it may mean something else."""
    return _meant(text, "hint")


def _meant(text: str, name: str) -> bool:
    reading = read(text)
    harmless = hits(reading, "harmless")
    return any(not any(o.start < hit.end and hit.start < o.end for o in harmless) for hit in hits(reading, name))
