"""Ideas in words, and which of them stand together: how a careful reader hears danger that no single word holds.

Rule: an idea is a line of ``concepts.txt``, ``name: word word``; ``a_b`` is two words in a row. Contractions are opened
on both sides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

from empa_graph.cues.phrasebook import hits
from empa_graph.cues.tokens import opened, read

_Words = tuple[str, ...]


class Concepts(NamedTuple):
    """The ideas that a word may open, each with the words that have to follow it."""

    opening: Mapping[str, tuple[tuple[_Words, str], ...]]

    def found(self, words: _Words, at: int) -> Iterator[str]:
        """Yield the ideas that begin with the word ``at``."""
        for rest, name in self.opening.get(words[at], ()):
            if not rest or words[at + 1 : at + 1 + len(rest)] == rest:
                yield name


@cache
def listed() -> Concepts:
    """Return the ideas that come with the package, read on the first call."""
    opening: dict[str, list[tuple[_Words, str]]] = {}
    for line in (Path(__file__).parent / "concepts.txt").read_text(encoding="utf-8").splitlines():
        name, _, entries = line.partition(":")
        for entry in entries.split():
            first, *rest = (word for part in entry.split("_") for word in opened(part))
            opening.setdefault(first, []).append((tuple(rest), name))
    return Concepts({word: tuple(dict.fromkeys(found)) for word, found in opening.items()})


def concept_grams(text: str) -> Counter[str]:
    """Count the ideas of ``text``, and the pairs of them that share a clause ``c:``, a sentence ``s:`` or the text.

    Each counts once, however often it stands there.
    """
    reading, concepts = read(text), listed()
    words = reading.words()
    places: dict[str, set[str]] = {}
    for at, token in enumerate(reading.tokens):
        for name in concepts.found(words, at):
            for place in ("", f"c{token.clause}", f"s{token.sentence}"):
                places.setdefault(place, set()).add(name)
    grams = set(places.get("", ()))
    for place, names in places.items():
        grams.update(f"{place[:1] or 't'}:{a}+{b}" for a, b in combinations(sorted(names), 2))
    return Counter(dict.fromkeys(sorted(grams), 1))


def phrase_grams(text: str) -> Counter[str]:
    """Tell which lists of phrases, ``danger``, ``hint`` and ``harmless``, hold what ``text`` says.

    A phrase that overlaps with a figure of speech or a mishap ("end it with him", "cut myself shaving") says nothing.
    """
    reading = read(text)
    harmless = hits(reading, "harmless")
    found = {"harmless": 1} if harmless else {}
    for name in ("danger", "hint"):
        if any(not any(o.start < hit.end and hit.start < o.end for o in harmless) for hit in hits(reading, name)):
            found[name] = 1
    return Counter(found or {"no phrase": 1})
