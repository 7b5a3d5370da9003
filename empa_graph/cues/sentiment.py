"""How pleasant or unpleasant the words of a message are, by the word list of ``sentiment.txt``; pure.

The list was written for this project, for what people write to a listener; feeling words of the lexicon belong to it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from empa_graph.cues.lexicon import FAMILY_OF
from empa_graph.cues.tokens import read

REACH = 3
"""Words after a negator that it turns."""
EASED = 0.5
"""What an unpleasant word that is negated is worth: "not alone" is less than pleasant."""


def _listed() -> Mapping[str, frozenset[str]]:
    lines = (Path(__file__).parent / "sentiment.txt").read_text(encoding="utf-8").splitlines()
    return {name: frozenset(words.split()) for name, _, words in (line.partition(":") for line in lines)}


_LISTS = _listed()
NEGATORS = _LISTS["negator"]
VALENCE: Mapping[str, float] = {
    **{word: 1.0 if family == "glad" else -1.0 for word, family in FAMILY_OF.items()},
    **dict.fromkeys(_LISTS["negative"], -1.0),
    **dict.fromkeys(_LISTS["positive"], 1.0),
}
"""Each known word: 1 pleasant, -1 unpleasant."""


@lru_cache(maxsize=4096)
def sentiment(text: str) -> float:
    """Return the pleasant minus the unpleasant words of ``text`` by the root of its length; 0 without words."""
    words = [token.word for token in read(text).tokens]
    return sum(_worth(words, at) for at in range(len(words))) / math.sqrt(max(1, len(words)))


def _worth(words: list[str], at: int) -> float:
    worth = VALENCE.get(words[at], 0.0)
    if not worth or words[at] in NEGATORS or NEGATORS.isdisjoint(words[max(0, at - REACH) : at]):
        return worth
    return -worth if worth > 0.0 else EASED
