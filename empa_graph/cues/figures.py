"""Numbers of a reply that words alone do not hold: cues, lengths, questions, what it shares with the conversation."""

from __future__ import annotations

import math

from empa_graph.cues.context import CueContext
from empa_graph.cues.detection import detect
from empa_graph.cues.overlap import FEELING_STEMS, GENERIC_STEMS, copied, known_stems, repeated
from empa_graph.cues.tokens import read, stems
from empa_graph.models.cue import CueName

_MINE = frozenset({"i", "me", "my", "mine", "myself"})
_YOURS = frozenset({"you", "your", "yours", "yourself"})
MOST_SHARED = 4
"""Stems shared with the person beyond which further ones say no more."""
NAMES = (
    *(cue.value for cue in CueName),
    *("log_words", "log_sentences", "questions", "question_share", "asks_last", "i_share", "you_share", "i_first"),
    *("copied", "shared", "shared_last", "log_own", "own_share", "shared_share", "repeated", "first", "log_turn"),
    *("log_person_words", "log_length_ratio", "exclamations", "was_asked"),
)


def figures(reply: str, context: CueContext) -> tuple[float, ...]:
    """Return the numbers of ``reply`` in its context, in the order of `NAMES`."""
    cues = {cue.name: cue.strength for cue in detect(reply, context)}
    strengths = (cues.get(name, 0.0) for name in CueName)
    return (*strengths, *_form(reply), *_shared(reply, context), *_beside(reply, context))


def _form(reply: str) -> tuple[float, ...]:
    reading = read(reply)
    words = [token.word for token in reading.tokens]
    count, asked = max(1, len(words)), sum(sentence.question for sentence in reading.sentences)
    return (
        math.log1p(len(words)),
        math.log1p(len(reading.sentences)),
        float(asked),
        asked / max(1, len(reading.sentences)),
        float(reply.rstrip().endswith("?")),
        sum(word in _MINE for word in words) / count,
        sum(word in _YOURS for word in words) / count,
        float(bool(words) and words[0] in _MINE),
    )


def _shared(reply: str, context: CueContext) -> tuple[float, ...]:
    mine, known = stems(reply), known_stems(context.person)
    last = stems(context.person[-1]) if context.person else frozenset()
    count = max(1, len(read(reply).tokens))
    shared, own = (mine & known) - GENERIC_STEMS, mine - known - GENERIC_STEMS - FEELING_STEMS
    return (
        sum(copied(reply, context.person)) / count,
        float(min(MOST_SHARED, len(shared))),
        float(min(MOST_SHARED, len((mine & last) - GENERIC_STEMS))),
        math.log1p(len(own)),
        len(own) / count,
        len(shared) / max(1, len(mine)),
    )


def _beside(reply: str, context: CueContext) -> tuple[float, ...]:
    said = context.person[-1] if context.person else ""
    mine, theirs = len(read(reply).tokens), len(read(said).tokens)
    return (
        repeated(reply, context.replies),
        float(not context.replies),
        math.log1p(len(context.replies)),
        math.log1p(theirs),
        math.log1p(mine) - math.log1p(theirs),
        float(reply.count("!")),
        float("?" in said),
    )
