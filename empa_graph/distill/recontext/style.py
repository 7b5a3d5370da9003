"""How the person of the source writes, as figures, and the same figures given to a card's lines. No text is kept."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import regex

from empa_graph.distill.records import Conversation
from empa_graph.seeds import derived_seed

MOSTLY = 0.5
"""Share of messages from which a habit is one."""
TERSE = 8
"""Words of the middle message up to which somebody writes little."""
MISSPELT = 0.02
"""Share of words, out of those that have a usual misspelling, from which a writer misspells."""
EVERY = 3
"""Of the lines in which a word could be misspelt, one in so many has it."""
_WORD = regex.compile(r"[\p{L}']+")
_BARE = regex.compile(r"\b(?:dont|cant|im|ive|wont|didnt|doesnt|isnt|thats|couldnt|youre)\b")
_WHOLE = regex.compile(r"\b(?:don't|can't|i'm|i've|won't|didn't|doesn't|isn't|that's|couldn't|you're)\b")
_CONTRACTED = regex.compile(r"(?<=\p{L})'(?=(?:t|s|m|d|ve|re|ll)\b)")


class Style(NamedTuple):
    """The figures."""

    small_letters: float
    """Share of messages that begin with a small letter."""
    open_ends: float
    """Share of messages without a mark at their end."""
    bare: float
    """Share of contractions without their apostrophe."""
    misspelt: float
    """Share of common misspellings among the words that have one."""
    middle: int
    """Words of the middle message."""
    most: int
    """Words below which nine of ten messages stay."""

    @property
    def terse(self) -> bool:
        """Whether the person writes little at a time."""
        return self.middle <= TERSE

    @property
    def told(self) -> str:
        """The habits in words, for the card's diction; empty where there are none."""
        told = {
            "in small letters": self.small_letters > MOSTLY,
            "without a mark at the end": self.open_ends > MOSTLY,
            "without apostrophes": self.bare > MOSTLY,
            "a word misspelt here and there": self.misspelt > MISSPELT,
            "few words at a time": self.terse,
        }
        return ", ".join(name for name, holds in told.items() if holds)


def style(source: Conversation, typos: Mapping[str, str]) -> Style:
    """Return the figures of the person's messages."""
    texts = [turn.text.strip() for turn in source.turns if turn.speaker == "persona" and turn.text.strip()]
    joined = " ".join(texts).replace("\u2019", "'").lower()
    words = _WORD.findall(joined)
    wrong, right = (sum(word in known for word in words) for known in (set(typos.values()), set(typos)))
    bare, whole = len(_BARE.findall(joined)), len(_WHOLE.findall(joined))
    lengths = sorted(len(text.split()) for text in texts) or [20]
    return Style(
        small_letters=_share(sum(text[0].islower() for text in texts), len(texts)),
        open_ends=_share(sum(text[-1].isalnum() for text in texts), len(texts)),
        bare=_share(bare, bare + whole),
        misspelt=_share(wrong, wrong + right),
        middle=int(statistics.median(lengths)),
        most=lengths[min(len(lengths) - 1, int(0.9 * len(lengths)))],
    )


def written(text: str, how: Style, typos: Mapping[str, str], *, seed: int) -> str:
    """Return ``text`` as somebody of that style would write it; the same text and seed give the same."""
    if how.misspelt > MISSPELT and derived_seed(seed, text) % EVERY == 0:
        text = _misspelt(text, typos)
    if how.bare > MOSTLY:
        text = _CONTRACTED.sub("", text)
    if how.open_ends > MOSTLY:
        text = text.removesuffix(".")
    return text.lower() if how.small_letters > MOSTLY else text


def _misspelt(text: str, typos: Mapping[str, str]) -> str:
    for right in typos:
        if regex.search(rf"\b{right}\b", text):
            return regex.sub(rf"\b{right}\b", typos[right], text, count=1)
    return text


def shorter_first(texts: Sequence[str]) -> list[int]:
    """Return the places of ``texts``, the shortest first."""
    return sorted(range(len(texts)), key=lambda place: (len(texts[place].split()), place))


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
