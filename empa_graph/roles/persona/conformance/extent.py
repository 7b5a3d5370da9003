"""The extent of a wording: whole, and about as long as the line and as the person writes."""

from __future__ import annotations

import regex

from empa_graph.cues.tokens import read, stem
from empa_graph.roles.persona.conformance.finding import Finding, Wording

SHORTEST = 0.4
"""Of the words of the decided line, or of the voice's fewest, whichever are fewer, that a wording has at least."""
LONGEST = 1.5
"""Times the words of the decided line that a wording has at most; of the voice's most it is a little more."""
ROOM = 3
"""Words that a wording may have more than its line in any case."""
_ENDS = frozenset(".!?\u2026\"')\u201d\u2019\u300d\u3002\uff01\uff1f*~]")
_OPEN = regex.compile(
    r"[,;:\u2013\u2014-]$|(?<!\w)(?:and|but|or|because|the|a|an|of|to|with|that|if|for|my|his|her|so|as|from|not|would)$",
    regex.IGNORECASE,
)
_WORD = regex.compile(r"\p{Han}|\p{Hiragana}|\p{Katakana}|\p{Thai}|[^\s\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]+")


def extent(wording: Wording) -> Finding | None:
    """Return that a wording is broken off, much too short or much too long."""
    said, line = wording.said.strip(), wording.line.strip()
    if said[-1:] not in _ENDS and (line[-1:] in _ENDS or _OPEN.search(said)) and not _at_its_end(said, line):
        return Finding("cut_off", said[-60:])
    low, high = wording.scenario.persona.voice.words
    count, decided = _size(said), _size(line)
    if count < SHORTEST * min(decided, max(low, 4)) or count < SHORTEST * decided - ROOM:
        return Finding("length", f"{count} words")
    if count > max(LONGEST * decided, decided + ROOM) or count > max(decided, LONGEST * high + ROOM):
        return Finding("length", f"{count} words")
    return None


def _size(text: str) -> int:
    """Return the words of ``text``; of writing without blanks the characters."""
    return len(_WORD.findall(text))


def _at_its_end(said: str, line: str) -> bool:
    """Say whether ``said`` ends without a stop, but on the word with which the line ends."""
    ends = [[stem(token.word) for token in read(text).tokens][-1:] for text in (said, line)]
    return ends[0] == ends[1] != []
