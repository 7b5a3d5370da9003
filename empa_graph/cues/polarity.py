"""What turns a mention round: a negation within reach, a waving off, words that are another's, a question.

Rule: an invitation ("do not hesitate to call") and what stands behind an "if" are not turned.
"""

from __future__ import annotations

from empa_graph.cues.lexicon import HEARING, NEGATIONS, SUPPOSITIONS, THOUGHTS
from empa_graph.cues.phrasebook import Hit, hits
from empa_graph.cues.tokens import Reading

REACH = 4
"""Words before a mention in which a negation turns it round."""
_TURNED = NEGATIONS | {"no", "forget", "ignore", "skip", "avoid", "than", "instead"}
_EXCUSED = frozenset({"hesitate", "wait", "afraid", "ashamed", "shame", "matter", "harm", "alone", "why"})
"""Beside these a negation invites: do not hesitate to call, there is no shame in it."""


def waved_off(reading: Reading, hit: Hit) -> bool:
    """Whether this is negated, or made light of in its sentence."""
    return negated(reading, hit) or any(off.sentence == hit.sentence for off in hits(reading, "waved_off"))


def negated(reading: Reading, hit: Hit) -> bool:
    """Whether a negation reaches this within its clause: not one behind an "if", and not one that invites."""
    words = before(reading, hit)
    for place, word in enumerate(words):
        if word not in _TURNED or place < len(words) - REACH:
            continue
        if SUPPOSITIONS.isdisjoint(words[:place]) and _EXCUSED.isdisjoint(words[max(0, place - 1) :]):
            return True
    return False


def attributed(reading: Reading, hit: Hit) -> bool:
    """Whether the sentence has given this, before it comes, to the person or to a thought."""
    sentence = reading.sentences[hit.sentence]
    words = tuple(t.word for t in reading.tokens[sentence.first : sentence.last] if t.start < hit.start)
    for place, word in enumerate(words):
        mine = words[place - 1 : place] in (("i",), ("we",)) and word not in HEARING
        agreed = words[place + 1 : place + 2] == ("it",) or words[max(0, place - 2) : place] == ("right", "to")
        if word in THOUGHTS and not mine and not agreed:
            return True
    return False


def before(reading: Reading, hit: Hit) -> tuple[str, ...]:
    """Return the words of the clause before ``hit``."""
    sentence = reading.sentences[hit.sentence]
    tokens = reading.tokens[sentence.first : sentence.last]
    clause = next(token.clause for token in tokens if token.start >= hit.start)
    return tuple(token.word for token in tokens if token.start < hit.start and token.clause == clause)
