"""Names of people in a message, by what stands around them, by their capitals, and by lists of given names."""

from __future__ import annotations

from collections.abc import Iterator

import regex

from empa_graph.distill.spans import Span
from empa_graph.distill.vocabulary import ALSO_NAMES, Names, plain, words_of
from empa_graph.distill.wording import Word, Wording, wording

LONGEST = 5
"""Words of one name."""
_AFTER_NAME = regex.compile(r"(?i)\b(?:my|his|her|their|its|the|'s|s)?\s*\bname(?:\s+is|\s+was|['\u2019]?s|:)\s+$")
"""Behind these any word is a name."""
_AFTER_TITLE = regex.compile(r"(?i)\b(?:mrs?|ms|mx|dr|prof)\b\.?\s+$")
_INTRODUCED = regex.compile(
    r"(?i)(?:\b(?:i\s*['\u2019]?\s*m|i am|this is|it['\u2019]?s|call(?:s|ed)? (?:me|him|her|them)|named|called"
    r"|go(?:es)? by|deadname|hi|hey|hello|dear|goodbye|bye|thanks|thank you|love|regards|best|sincerely|xx"
    r"|aunt(?:ie|y)?|uncle|coach|pastor|father|sister|nurse|judge|officer|sergeant|sgt|professor|doctor|principal"
    r"|nana|nan|gran|grandma|grandpa|grandad|abuela|abuelo|captain|rabbi|imam|sir|lady|cousin|miss)\b[,.:]?\s+)$"
)
"""Behind these a word with a capital is a name, and so is one that is known."""
_SAYS = words_of(
    "said says told tells asked asks texted texts called calls wrote writes left leaves died lies lied hates hated "
    "loves loved wants wanted keeps kept thinks thought knew knows never cheated yelled screamed cried cries blames "
    "blamed hit hits promised moved broke ghosted blocked dumped hurt hurts"
)
"""What a person does: a capital word before it that begins a sentence is somebody."""
_OFTEN = words_of("will hope grace joy mark faith rose bill rich frank sue pat comfort")
"""Everyday words that are somebody's name inside a sentence where they have a capital."""
_ENDED = regex.compile(
    r"(?:ly|.{3}ing|.{3}ed|.{4}er|ness|[ts]ions?|ments?|ships?|ous|ive|able|ful|less|ists?|ities|ity|ical|phy|logy)$"
)
"""The ends of words that are hardly names, where they begin a sentence."""
_PARTICLES = words_of("de da do dos das del della di du la le van von der den ter bin ibn al el abu st o")
_NEAR = regex.compile(r"^(?: |\. ?|-| \p{Lu}\. ?|['\u2019])$")
_INITIAL = regex.compile(r"(?:^|\P{L})(?<![\p{L}][.])[A-HJ-Z]\.(?!\p{L})")
_BEFORE = 60
"""Characters before a word that are looked at."""


class People:
    """Finds names of people; ``names``: the given names that are known."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def __call__(self, text: str, /) -> Iterator[Span]:
        """Yield the names in one message."""
        said, at = wording(text), 0
        while at < len(said.words):
            if not self._begins(said, at):
                at += 1
                continue
            last = self._last(said, at)
            yield Span(said.words[at].start, said.words[last].end, "name")
            at = last + 1

    def _begins(self, said: Wording, at: int) -> bool:
        word = said.words[at]
        before = said.text[max(0, word.start - _BEFORE) : word.start]
        if len(word.text) < 2 and not _INITIAL.match(said.text, max(0, word.start - 1)):
            return False
        if _AFTER_NAME.search(before) or _AFTER_TITLE.search(before):
            return not plain(word.fold)
        return self._names.known(word.fold) or self._written(said, at, before)

    def _written(self, said: Wording, at: int, before: str) -> bool:
        """Say whether a word is somebody's name by its capital."""
        word = said.words[at]
        often = word.fold in _OFTEN and not word.first
        if (plain(word.fold) and not often) or not (word.capital and said.cased):
            return False
        return (_INTRODUCED.search(before) is not None and len(word.text) > 1) or self._capital(said, at, word)

    @staticmethod
    def _capital(said: Wording, at: int, word: Word) -> bool:
        """Say whether a word with a capital that is no plain one is somebody."""
        if not word.first:
            return word.text != "I"
        if word.fold not in ALSO_NAMES:
            return len(word.text) > 2 and _ENDED.search(word.fold) is None
        after = said.words[at + 1] if at + 1 < len(said.words) else None
        if after is None or said.between(at, at + 1) != " ":
            return False
        return after.fold in _SAYS or (after.capital and not plain(after.fold))

    def _last(self, said: Wording, at: int) -> int:
        """Return the last word of the name that begins at ``at``."""
        last = at
        while last + 1 < len(said.words) and last + 1 - at < LONGEST and not said.words[last].owns:
            step = self._step(said, last)
            if not step:
                break
            last += step
        return last

    def _step(self, said: Wording, last: int) -> int:
        """Return how many words further the name goes on; 0 at its end."""
        after, between = said.words[last + 1], said.between(last, last + 1)
        initial = "." in between and len(said.words[last].text) == 1
        if _NEAR.match(between) is None or ("." in between and not initial) or (after.first and not initial):
            return 0
        if self._belongs(said, after):
            return 1
        further = said.words[last + 2] if last + 2 < len(said.words) else None
        if further is None or after.fold not in _PARTICLES or said.between(last + 1, last + 2) != " ":
            return 0
        return 2 if further.capital and not plain(further.fold) else 0

    def _belongs(self, said: Wording, word: Word) -> bool:
        if self._names.known(word.fold):
            return True
        return word.capital and said.cased and not word.first and not plain(word.fold) and word.text != "I"
