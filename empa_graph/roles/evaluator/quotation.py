"""Find what a judge quotes in the replies it quotes: by the same letters, however quotes, dashes and spaces are typed.

Rule: both sides are read alike and case counts; what is found is given back as the reply has it, letter by letter.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

import regex

FEWEST_LETTERS = 3
"""Letters from which evidence is more than chance; a shorter one is a whole word or the whole reply."""
_TYPED = {
    "'": "\u2018\u2019\u201a\u201b\u2032\u02bc\u02b9\u00b4\u2039\u203a",
    '"': "\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb\u301d\u301e\u300c\u300d\u300e\u300f",
    "-": "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043",
}
_AS_TYPED = {ord(other): plain for plain, others in _TYPED.items() for other in others}
_LEFT_OUT = regex.compile(r"[\p{Cf}\p{Default_Ignorable_Code_Point}\p{Cs}*_`~\u2800]")
_LETTER = regex.compile(r"\p{L}")
_EDGE = regex.compile(r"^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$")


class _Plain(NamedTuple):
    """A text in one way of typing, and where in the text each of its characters comes from."""

    text: str
    origin: tuple[int, ...]


def span_in(evidence: str, replies: Sequence[Sequence[str]]) -> str | None:
    """Return the span of the first message of ``replies`` that ``evidence`` quotes; None where it quotes none."""
    quoted = _plain(evidence).text.strip()
    if not quoted:
        return None
    few = len(_LETTER.findall(evidence)) < FEWEST_LETTERS
    return next((span for said in chain.from_iterable(replies) if (span := _span(quoted, said, few=few))), None)


def is_blank(text: str) -> bool:
    """Say whether ``text`` has nothing in it that a judge could quote."""
    return not _plain(text).text.strip()


def _span(quoted: str, said: str, *, few: bool) -> str | None:
    plain = _plain(said)
    start = _word(quoted, plain.text) if few and quoted != plain.text.strip() else plain.text.find(quoted)
    return None if start < 0 else said[plain.origin[start] : plain.origin[start + len(quoted) - 1] + 1]


def _word(quoted: str, text: str) -> int:
    """Return where ``quoted`` stands in ``text`` as a whole word, -1 where it does not."""
    core = _EDGE.sub("", quoted)
    if not core:
        return -1
    before, behind = quoted.split(core, 1)
    found = regex.search(rf"(?w){regex.escape(before)}\b{regex.escape(core)}\b{regex.escape(behind)}", text)
    return found.start() if found else -1


@lru_cache(maxsize=256)
def _plain(text: str) -> _Plain:
    """Return ``text`` decomposed (NFKD), without emphasis and invisible characters, with single spaces."""
    letters: list[str] = []
    origin: list[int] = []
    for place, character in enumerate(text):
        for letter in unicodedata.normalize("NFKD", character.translate(_AS_TYPED)):
            if _LEFT_OUT.match(letter):
                continue
            typed = " " if letter.isspace() else letter.translate(_AS_TYPED)
            if typed != " " or letters[-1:] != [" "]:
                letters.append(typed)
                origin.append(place)
    return _Plain("".join(letters), tuple(origin))
