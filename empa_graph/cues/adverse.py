"""Detectors of what hurts: judging, dismissing, turning to oneself, wrong length, bad phrases."""

from __future__ import annotations

from empa_graph.cues.context import ABSENT, CueContext, Signal
from empa_graph.cues.listening import found
from empa_graph.cues.phrasebook import affirmed, hits
from empa_graph.cues.tokens import Reading, read

OWN = frozenset(("i", "me", "my", "mine", "myself"))


def judging(reading: Reading, context: CueContext) -> Signal:
    """Return how far the reply judges or blames the person. Weakly detected: rare and mostly implicit."""
    return found(affirmed(reading, "judging"), 0.6)


def dismissing(reading: Reading, context: CueContext) -> Signal:
    """Return how far the reply makes the matter small. Weakly detected: rare and mostly implicit."""
    return found(affirmed(reading, "dismissing"), 0.6)


def self_turning(reading: Reading, context: CueContext) -> Signal:
    """Return how far the reply turns to the agent's own life."""
    places = hits(reading, "self")
    if not places:
        return ABSENT
    bare = found(places, 0.4)
    own = sum(token.word in OWN for token in reading.tokens) / len(reading.tokens)
    return Signal(min(1.0, bare.strength * (0.6 + 4.0 * own)), bare.start, bare.end)


def overlong(reading: Reading, context: CueContext) -> Signal:
    """Return by what share the reply exceeds the comfortable length, 1.0 at twice that."""
    most = max(1, context.reply_words[1])
    over = reading.length - most
    if over <= 0:
        return ABSENT
    at = reading.tokens[min(most, len(reading.tokens) - 1)].start
    return Signal(min(1.0, over / most), at, len(reading.text))


def overshort(reading: Reading, context: CueContext) -> Signal:
    """Return by what share the reply falls short of the comfortable length; an empty one gives 1.0."""
    least = max(1, context.reply_words[0])
    return Signal(max(0.0, (least - reading.length) / least), 0, len(reading.text))


def anti_phrase(reading: Reading, context: CueContext) -> Signal:
    """Return 1.0 when a phrase stands in the reply that puts this person off, case and punctuation aside."""
    words = reading.words()
    for phrase in filter(None, (read(text).words() for text in context.anti_phrases)):
        for at in range(len(words) - len(phrase) + 1):
            if words[at] == phrase[0] and words[at : at + len(phrase)] == phrase:
                return Signal(1.0, reading.tokens[at].start, reading.tokens[at + len(phrase) - 1].end)
    return ABSENT
