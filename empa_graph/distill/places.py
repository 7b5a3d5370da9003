"""Names of places in a message, by a list and by the words around them."""

from __future__ import annotations

from collections.abc import Iterator

import regex

from empa_graph.distill.spans import Span
from empa_graph.distill.vocabulary import DOUBTFUL_PLACES, PLACES, Names, everyday, folded, plain, words_of
from empa_graph.distill.wording import Wording, wording

LONGEST = 4
"""Words of a place in the list."""
CAPITAL = r"\p{Lu}[\p{L}\p{M}'\u2019-]+"
"""A word with a capital, as a pattern has it."""
RUN = rf"{CAPITAL}(?:[ -]{CAPITAL}){{0,3}}"
_PREPOSITION = r"(?:in|to|from|near|at|outside|around|through)"
_DWELLS = (
    r"(?:liv(?:e|es|ed|ing)|mov(?:e|es|ed|ing)|grew up|born|raised|based|stuck|stationed|stay(?:s|ed|ing)?|sent"
    r"|deported|fl(?:y|ew|ying)|driv(?:e|es|ing)|drove|travel\w*|back|student|shelter|police|nobody|everyone|family"
    r"|parents|somewhere|walked|room|house|flat|met|evicted|home|summers|winters)"
)
_DWELT_IN = regex.compile(rf"(?i)\b{_DWELLS}\b(?:\s+[\w'\u2019]+){{0,4}}?\s+{_PREPOSITION}\s+(?-i:(?P<place>{RUN}))")
_BEFORE_PLACE = regex.compile(
    rf"(?i)\b(?:{_PREPOSITION}|of|for|leave|visit|between|and)\s+(?:the\s+)?$",
)
_FORE = words_of("lake mount mt fort new san santa north south east west saint st port cape")
_SHAPED = regex.compile(
    rf"\b(?:(?:Lake|Mount|Mt\.?|Port|San|Santa|Fort|New|North|South|East|West|Cape|Saint|St\.?) {CAPITAL}"
    rf"|{RUN} (?:Park|Beach|County|City|Island|River|Bridge|Heights|Village|Station|Pier|Square|Valley|Springs|Mall))\b"
)


class Places:
    """Finds places; a word that is one of ``names`` is none on the ground of its capital."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def __call__(self, text: str, /) -> Iterator[Span]:
        """Yield the places in one message."""
        said = wording(text)
        yield from _listed(said)
        if not said.cased:
            return
        for found in _DWELT_IN.finditer(text, overlapped=True):
            first = folded(found["place"].split()[0])
            if not plain(first) and not self._names.known(first):
                yield Span(*found.span("place"), "place")
        for found in _SHAPED.finditer(text):
            first, *_, last = (folded(word.strip(".")) for word in found[0].split())
            if not everyday(first) or (first in _FORE and not plain(last)):
                yield Span(*found.span(), "place")


def _listed(said: Wording) -> Iterator[Span]:
    """Yield places of the list, the longest that begins at a word."""
    at = 0
    while at < len(said.words):
        length = next((n for n in range(LONGEST, 0, -1) if _is_place(said, at, n)), 0)
        if length:
            yield Span(said.words[at].start, said.words[at + length - 1].end, "place")
        at += length or 1


def _is_place(said: Wording, at: int, length: int) -> bool:
    words = said.words[at : at + length]
    name = " ".join(word.fold for word in words)
    if len(words) < length or not (name in PLACES or name in DOUBTFUL_PLACES):
        return False
    if any(said.between(at + n, at + n + 1) not in (" ", "-", ". ") for n in range(length - 1)):
        return False
    if name in PLACES:
        return True
    before = said.text[max(0, words[0].start - 20) : words[0].start]
    return _BEFORE_PLACE.search(before) is not None and (words[0].capital or not everyday(name))
