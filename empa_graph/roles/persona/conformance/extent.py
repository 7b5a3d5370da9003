"""The extent of a wording: whole, about as long as the line and as the person writes, and not round in circles.

Rule: who says a thing twice, in grief or for weight, is heard; only what comes back beyond that is a loop.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import regex

from empa_graph.cues.tokens import read, stem, stems
from empa_graph.roles.persona.conformance.finding import Finding, Wording

GRAM = 3
"""Words in a row that count as said again."""
AGAIN = 5
"""Words said again, beyond those of the line, from which a wording is a loop."""
IN_A_ROW = ((1, 4), (2, 3), (3, 3), (4, 3))
"""Words of a part, and the times that it stands in a row in a loop."""
OVER = 4
"""Content words said more often than in the line (once is free), counted with each time, from which it is a loop."""

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


def loop(wording: Wording) -> Finding | None:
    """Return the words that come back again and again in ``wording``, though not in its line."""
    said, line = read(wording.said).words(), read(wording.line).words()
    if _again(said) - _again(line) >= AGAIN or _over(said, wording) >= OVER:
        return Finding("repetition", wording.said[:60])
    rows = ((_row(said, size, times), _row(line, size, times)) for size, times in IN_A_ROW)
    row = next((mine for mine, own in rows if mine and not own), ())
    return Finding("repetition", " ".join(row)) if row else None


def _again(words: Sequence[str]) -> int:
    """Return how many words stand in a run that stood before."""
    seen: set[tuple[str, ...]] = set()
    covered: set[int] = set()
    for at in range(len(words) - GRAM + 1):
        gram = tuple(words[at : at + GRAM])
        covered.update(range(at, at + GRAM) if gram in seen else ())
        seen.add(gram)
    return len(covered)


def _row(words: Sequence[str], size: int, times: int) -> tuple[str, ...]:
    """Return a part of ``size`` words that stands so often in a row; empty where none does."""
    for at in range(len(words) - size * times + 1):
        part = tuple(words[at : at + size])
        if part * times == tuple(words[at : at + size * times]):
            return part
    return ()


def _over(said: Sequence[str], wording: Wording) -> int:
    content = stems(wording.said)
    before = Counter(map(stem, read(wording.line).words()))
    after = Counter(word for word in map(stem, said) if word in content)
    return sum(max(0, count - max(1, before[word])) for word, count in after.items())
