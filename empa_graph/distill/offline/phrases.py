"""Where the phrases of ``words.txt`` stand in a text: by stems, contractions opened, negated ones left aside."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from empa_graph.cues.sentiment import NEGATORS
from empa_graph.cues.tokens import Token, opened, read, stem

_Phrase = tuple[str, ...]
REACH = 3
"""Words behind a negator that it turns."""


class Hit(NamedTuple):
    """A phrase in a text: what it is, by its words there, and its span."""

    words: str
    start: int
    end: int


def _listed() -> dict[_Phrase, tuple[str, ...]]:
    """Return every phrase, as stems, with the lists that it stands in."""
    found: dict[_Phrase, tuple[str, ...]] = {}
    for line in (Path(__file__).parent / "words.txt").read_text(encoding="utf-8").splitlines():
        name, _, phrases = line.partition(":")
        for phrase in phrases.split(","):
            stems = tuple(stem(part) for word in phrase.split() for part in opened(word))
            found[stems] = (*found.get(stems, ()), name)
    return found


_LISTED = _listed()
_LONGEST = max(map(len, _LISTED))
LISTS = frozenset(name for names in _LISTED.values() for name in names)


@lru_cache(maxsize=4096)
def _hits(text: str) -> dict[str, tuple[Hit, ...]]:
    tokens = read(text).tokens
    stems = [stem(token.word) for token in tokens]
    found: dict[str, list[Hit]] = {}
    for start in range(len(tokens)):
        if _negated(tokens, start):
            continue
        for end in range(start + 1, min(start + _LONGEST, len(tokens)) + 1):
            if tokens[end - 1].sentence != tokens[start].sentence:
                break
            for name in _LISTED.get(tuple(stems[start:end]), ()):
                words = " ".join(token.word for token in tokens[start:end])
                found.setdefault(name, []).append(Hit(words, tokens[start].start, tokens[end - 1].end))
    return {name: tuple(hits) for name, hits in found.items()}


def _negated(tokens: tuple[Token, ...], at: int) -> bool:
    before = tokens[max(0, at - REACH) : at]
    return not NEGATORS.isdisjoint(t.word for t in before if t.clause == tokens[at].clause)


def hits(text: str, name: str) -> tuple[Hit, ...]:
    """Return the places in ``text`` where a phrase of the list ``name`` stands and is not negated, in order."""
    if name not in LISTS:
        raise KeyError(name)
    return _hits(text).get(name, ())
