"""Detectors of asking, leaving the choice, helping, and of advice that comes too early."""

from __future__ import annotations

from empa_graph.cues.context import ABSENT, CueContext, Signal
from empa_graph.cues.listening import found
from empa_graph.cues.phrasebook import Hit, affirmed, attention, hits
from empa_graph.cues.safety import handing_over, names_service
from empa_graph.cues.tokens import Reading, Sentence, read


def _within(places: tuple[Hit, ...], sentence: Sentence) -> bool:
    return any(sentence.start <= hit.start < sentence.end for hit in places)


def open_question(reading: Reading, context: CueContext) -> Signal:
    """Return how openly the reply asks: open 0.6 or more, only closed 0.35, advice as a question 0.1."""
    openers = hits(reading, "open_question")
    advice = hits(reading, "advice_question")
    best = ABSENT
    for sentence in reading.sentences:
        asks = sentence.question
        if _within(advice, sentence):
            strength = 0.1
        elif _within(openers, sentence):
            strength = 0.85 if asks else 0.6
        elif asks:
            strength = 0.35
        else:
            continue
        if strength > best.strength:
            best = Signal(strength, sentence.start, sentence.end)
    return best


def autonomy_support(reading: Reading, context: CueContext) -> Signal:
    """Return how far the reply leaves the choice with the person."""
    return found(hits(reading, "autonomy"), 0.65)


def permission(reading: Reading, context: CueContext) -> Signal:
    """Return how far the reply asks leave before it advises or goes on."""
    return found(hits(reading, "permission"), 0.7)


def concrete_help(reading: Reading, context: CueContext) -> Signal:
    """Return how far the reply offers a step that could be taken; one to safety is `safe_handoff` and not counted."""
    safe = handing_over(reading, context)
    mild, offers = _steps(reading, safe, "soft_advice"), found(_steps(reading, safe, "offer"), 0.5)
    steps = len(mild) + len(_steps(reading, safe, "advice"))
    if offers is ABSENT:
        return found(mild, 0.25)
    return Signal(1.0 - (1.0 - offers.strength) * 0.8 ** min(steps, 3), offers.start, offers.end)


def _steps(reading: Reading, safe: frozenset[int], name: str) -> tuple[Hit, ...]:
    """Return the phrases of the list ``name`` outside of the sentences ``safe``, but for questions that open with "do".

    Safe are the steps to safety.
    """
    return tuple(hit for hit in affirmed(reading, name) if hit.sentence not in safe and not _only_asks_do(reading, hit))


def _only_asks_do(reading: Reading, hit: Hit) -> bool:
    opens = reading.text[hit.start : hit.start + 3].lower() == "do "
    return opens and reading.sentences[hit.sentence].question


def _understanding(reading: Reading, context: CueContext) -> float:
    """Return in [0, 1] how much the agent has asked and given back in its last replies and in this one."""
    here = attention(reading.text)
    earned = 0.5 * here[0] + 1.0 * here[1]
    for reply in context.replies:
        asks, gives_back = attention(reply)
        earned += 0.5 * asks + 1.0 * gives_back
    return min(1.0, earned / 3.0)


def premature_advice(reading: Reading, context: CueContext) -> Signal:
    """Return advice or directives, weighed by how little the agent has asked or given back so far.

    Leave asked (here or in the last reply) leaves a fifth of it, a person who asks for advice two fifths;
    a reply that names a crisis service is not counted, nor is, in danger, a step to safety.
    """
    safe = handing_over(reading, context)
    strong, mild = _steps(reading, safe, "advice"), _steps(reading, safe, "soft_advice")
    if not (strong or mild) or names_service(reading, context):
        return ABSENT
    amount = 1.0 - 0.35 ** len(strong) * 0.65 ** len(mild)
    weight = 1.0 - 0.7 * _understanding(reading, context)
    if hits(reading, "permission") or (context.replies and hits(read(context.replies[-1]), "permission")):
        weight *= 0.2
    elif context.person and hits(read(context.person[-1]), "asks_for_advice"):
        weight *= 0.4
    best = max(strong or mild, key=lambda hit: hit.end - hit.start)
    return Signal(amount * weight, best.start, best.end)
