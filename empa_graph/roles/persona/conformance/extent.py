"""The extent of a wording: whole, and about as long as the line and as the person writes."""

from __future__ import annotations

import regex

from empa_graph.roles.persona.conformance.finding import Finding, Wording

SHORTEST = 0.4
"""Of the words of the decided line, or of the voice's fewest, whichever are fewer, that a wording has at least."""
LONGEST = 1.6
"""Times the words of the decided line, or of the voice's most, whichever are fewer, that a wording has at most."""
ROOM = 8
"""Words that a wording may be shorter or longer in any case."""
_ENDS = frozenset(".!?\u2026\"')\u201d\u2019\u300d\u3002\uff01\uff1f*~]")
_OPEN = regex.compile(
    r"[,;:\u2013\u2014-]$|(?<!\w)(?:and|but|or|because|the|a|an|of|to|with|that|if|for|my|his|her|so|as|from|not|would)$",
    regex.IGNORECASE,
)


def extent(wording: Wording) -> Finding | None:
    """Return that a wording is broken off, much too short or much too long."""
    said, line = wording.said.strip(), wording.line.strip()
    if said[-1] not in _ENDS and (line[-1:] in _ENDS or _OPEN.search(said)):
        return Finding("cut_off", said[-60:])
    low, high = wording.scenario.persona.voice.words
    count, decided = len(said.split()), len(line.split())
    if count < SHORTEST * min(decided, max(low, 4)) or count < SHORTEST * decided - ROOM:
        return Finding("length", f"{count} words")
    if count > max(LONGEST * decided, decided + ROOM, low) or count > LONGEST * high + ROOM:
        return Finding("length", f"{count} words")
    return None
