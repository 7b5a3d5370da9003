"""What the person's last words leave for a reply to do: help asked for, more of what they welcomed, or a goodbye."""

from __future__ import annotations

from collections.abc import Sequence

from empa_graph.cues.context import CueContext
from empa_graph.cues.danger import told_of_danger
from empa_graph.cues.lexicon import QUESTION_OPENERS
from empa_graph.cues.phrasebook import affirmed, hits
from empa_graph.cues.tokens import Reading, read
from empa_graph.models.behaviour import Behaviour

ADDRESSED = frozenset({"you", "your", "yours", "u", "ur"})
ASKING = QUESTION_OPENERS - {"when", "which", "who", "is", "are", "was", "were"}
"""Words that open a question where nobody puts the mark."""
PARTING = 20
"""Words of a reply up to which it may do no more than return thanks or a goodbye."""
OPEN = 2
"""The person's last messages in which help asked for, or advice taken up, keeps them open to more."""
HEARD = 8
"""The person's message from which advice comes late enough that readers mostly find no let-down in it."""


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


def welcome(person: Sequence[str]) -> frozenset[Behaviour]:
    """Return what this person lets the agent do that lets others down, by their words so far.

    Who lately asked for advice, is at a loss what to do, or took an idea up welcomes more of it, and to them the
    agent's own experience is advice as well; once the matter was heard, from message `HEARD` on, an idea is none.
    """
    lists = ("asks_for_advice", "at_a_loss", "takes_up")
    if any(affirmed(read(said), name) for said in person[-OPEN:] for name in lists):
        return frozenset({"advising", "self_turning"})
    return frozenset({"advising"}) if len(person) >= HEARD else frozenset()


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
