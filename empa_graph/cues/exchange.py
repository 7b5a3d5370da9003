"""What the person's last words leave for a reply to do: help asked for, more of what they welcomed, or a goodbye."""

from __future__ import annotations

from collections.abc import Sequence

from empa_graph.cues.context import CueContext
from empa_graph.cues.danger import told_of_danger
from empa_graph.cues.lexicon import QUESTION_OPENERS
from empa_graph.cues.phrasebook import affirmed, hits
from empa_graph.cues.tokens import Reading, read

ADDRESSED = frozenset({"you", "your", "yours", "u", "ur"})
ASKING = QUESTION_OPENERS - {"when", "which", "who", "is", "are", "was", "were"}
"""Words that open a question where nobody puts the mark."""
PARTING = 20
"""Words of a reply up to which it may do no more than return thanks or a goodbye."""
OPEN = 2
"""The person's last messages in which help asked for, or advice taken up, keeps them open to more."""


def asks(context: CueContext) -> bool:
    """Say whether the person's last message asks the agent: for advice, or what it does, did or thinks."""
    last = _last(context)
    return bool(hits(last, "asks_for_advice")) or _asks_agent(last)


def _asks_agent(said: Reading) -> bool:
    """Say whether a question, by its mark or by its form, speaks of the agent."""
    for sentence in said.sentences:
        words = said.words(sentence)
        if (sentence.question or words[0] in ASKING) and not ADDRESSED.isdisjoint(words):
            return True
    return False


def open_to_advice(person: Sequence[str]) -> bool:
    """Say whether the person lately asked for advice, is at a loss what to do, or took an idea up, in words."""
    lists = ("asks_for_advice", "at_a_loss", "takes_up")
    return any(affirmed(read(said), name) for said in person[-OPEN:] for name in lists)


def parts(reading: Reading, context: CueContext) -> bool:
    """Say whether a short reply returns thanks or a goodbye, or says one: that passes nothing over.

    Where danger was said there is no such reply.
    """
    last = _last(context)
    if reading.length > PARTING or any(s.question for s in last.sentences) or told_of_danger(context):
        return False
    return bool(hits(last, "parting") or hits(reading, "taking_leave"))


def _last(context: CueContext) -> Reading:
    return read(context.person[-1]) if context.person else read("")
