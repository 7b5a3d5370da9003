"""Whether a wording goes round in circles: the same words again and again, more than the decided line does.

Rule: who says a thing twice, in grief or for weight, is heard; only what comes back beyond that is a loop.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

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


def loop(wording: Wording) -> Finding | None:
    """Return the words that come back again and again in ``wording``, though not in its line."""
    said, line = _words(wording.said), _words(wording.line)
    if _again(said) - _again(line) >= AGAIN or _over(said, wording) >= OVER:
        return Finding("repetition", wording.said[:60])
    rows = ((_row(said, size, times), _row(line, size, times)) for size, times in IN_A_ROW)
    row = next((mine for mine, own in rows if mine and not own), ())
    return Finding("repetition", " ".join(row)) if row else None


def _words(text: str) -> list[str]:
    return [token.word for token in read(text).tokens]


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
    before = Counter(map(stem, _words(wording.line)))
    after = Counter(word for word in map(stem, said) if word in content)
    return sum(max(0, count - max(1, before[word])) for word, count in after.items())
