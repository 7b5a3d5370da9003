"""Whether the person turns to who listens as if that one were heard: asks after them, comforts or counsels them.

Rule: what the decided line asks or says of the other one is the person's own, in other words too.
"""

from __future__ import annotations

import regex

from empa_graph.cues.tokens import read, stems
from empa_graph.roles.persona.conformance.finding import Finding, Wording, plain
from empa_graph.roles.persona.conformance.phrases import gesture

OWN = 0.5
"""Share of a sentence's content words above which it is a part of the line."""
_YOU = regex.compile(r"\b(?:you|your|yours|yourself|ye|yer|youse)\b", regex.IGNORECASE)
_OF_SPEECH = regex.compile(
    r"\b(?:(?:do|did|would|can|could|d') ?(?:you|ye) "
    r"(?:know|see|get (?:me|it|what)|mind|hear|understand|follow|remember|believe|imagine)"
    r"|(?:you|ye) (?:know|see|get me|follow|understand|mean)|(?:are|were) you (?:still )?there|why do you ask"
    r"|what do you (?:mean|think|make|want|say)|what i mean|(?:can|may|could|shall|should|do) i)\b",
    regex.IGNORECASE,
)
"""Turns to the other one that are a way of speaking, or ask for leave."""


def counsel(wording: Wording) -> Finding | None:
    """Return the sentence of ``wording`` that asks after, comforts or counsels who listens, as its line does not."""
    said, line = plain(wording.said), plain(wording.line)
    reading, content = read(said), stems(line)
    left = sum(s.question and bool(_YOU.search(line[s.start : s.end])) for s in read(line).sentences)
    for sentence in reading.sentences:
        text = said[sentence.start : sentence.end]
        if text.lower() in line.lower() or _of_line(text, content):
            continue
        asks = sentence.question and bool(_YOU.search(text)) and not _OF_SPEECH.search(text)
        left -= asks
        words = text if asks and left < 0 else gesture("counsel", text)
        if words and words.lower() not in line.lower():
            return Finding("reversal", words)
    return None


def _of_line(text: str, content: frozenset[str]) -> bool:
    own = stems(text)
    return bool(own) and len(own & content) > OWN * len(own)
