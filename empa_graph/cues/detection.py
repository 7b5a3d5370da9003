"""All detectors over one reply; the only module callers need."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import lru_cache

import regex

from empa_graph.cues import adverse, guidance, listening, overlap, safety
from empa_graph.cues.context import CueContext, Signal
from empa_graph.cues.tokens import Reading, read
from empa_graph.models.cue import Cue, CueName

WINDOW = 12
EVIDENCE_LENGTH = 240
FAINTEST = 0.01
_SURROGATES = regex.compile("[\ud800-\udfff]")

Detector = Callable[[Reading, CueContext], Signal]
DETECTORS: dict[CueName, Detector] = {
    CueName.STYLE_MATCH: overlap.style_match,
    CueName.REFLECTION: overlap.reflection,
    CueName.NAMING_FEELING: listening.naming_feeling,
    CueName.VALIDATION: listening.validation,
    CueName.OPEN_QUESTION: guidance.open_question,
    CueName.AUTONOMY_SUPPORT: guidance.autonomy_support,
    CueName.AFFIRMATION: listening.affirmation,
    CueName.WARMTH: listening.warmth,
    CueName.CONCRETE_HELP: guidance.concrete_help,
    CueName.PERMISSION: guidance.permission,
    CueName.SAFE_HANDOFF: safety.safe_handoff,
    CueName.PREMATURE_ADVICE: guidance.premature_advice,
    CueName.JUDGING: adverse.judging,
    CueName.DISMISSING: adverse.dismissing,
    CueName.INCITING: safety.inciting,
    CueName.ALARM_WITHOUT_CAUSE: safety.alarm_without_cause,
    CueName.SELF_TURNING: adverse.self_turning,
    CueName.STOCK_PHRASE: listening.stock_phrase,
    CueName.REPETITION: overlap.repetition,
    CueName.PARROTING: overlap.parroting,
    CueName.INTERROGATION: overlap.interrogation,
    CueName.UNSPECIFIC: overlap.unspecific,
    CueName.OVERLONG: adverse.overlong,
    CueName.OVERSHORT: adverse.overshort,
    CueName.ANTI_PHRASE: adverse.anti_phrase,
}
BY_CARD = frozenset(
    {
        CueName.CONCRETE_HELP,
        CueName.SAFE_HANDOFF,
        CueName.PREMATURE_ADVICE,
        CueName.INCITING,
        CueName.ALARM_WITHOUT_CAUSE,
        CueName.OVERLONG,
        CueName.OVERSHORT,
        CueName.ANTI_PHRASE,
    }
)
"""The cues for which the card counts; the others are told from what was said alone."""


def detect(reply: str, context: CueContext, *, unspecific: Detector = overlap.unspecific) -> tuple[Cue, ...]:
    """Return the cues of ``reply`` with strength above 0, in the order of `CueName`.

    Pure, and never raises on any text. Looks at the first 20,000 characters of each text and at the last
    12 messages of either side; evidence is a verbatim span of the reply, at most 240 characters.
    ``unspecific`` takes the place of the detector of that cue by shared words.
    """
    if max(len(context.person), len(context.replies)) > WINDOW:
        context = replace(context, person=context.person[-WINDOW:], replies=context.replies[-WINDOW:])
    return _detected(reply, context, unspecific)


@lru_cache(maxsize=512)
def _detected(reply: str, window: CueContext, unspecific: Detector) -> tuple[Cue, ...]:
    """Kept for a while: evaluator and persona read the same reply, one turn apart."""
    reading = read(reply)
    signals = dict(_by_words(reply, window.person, window.replies))
    if unspecific is not overlap.unspecific:
        signals[CueName.UNSPECIFIC] = unspecific(reading, window)
    cues = []
    for name, detector in DETECTORS.items():
        signal = detector(reading, window) if name in BY_CARD else signals[name]
        if signal.strength >= FAINTEST:
            span = quoted(reading.text[signal.start : signal.end])
            cues.append(Cue(name=name, strength=min(1.0, signal.strength), evidence=span))
    return tuple(cues)


@lru_cache(maxsize=512)
def _by_words(reply: str, person: tuple[str, ...], replies: tuple[str, ...]) -> Mapping[CueName, Signal]:
    """Kept for a while: the behaviour heads read the same reply without its card."""
    reading, context = read(reply), CueContext(person=person, replies=replies)
    return {name: detector(reading, context) for name, detector in DETECTORS.items() if name not in BY_CARD}


def strength(cues: Iterable[Cue], name: CueName) -> float:
    """Return the strength of the cue ``name`` among ``cues``, 0.0 when it was not detected."""
    return max((cue.strength for cue in cues if cue.name == name), default=0.0)


def quoted(span: str) -> str:
    """Return the start of ``span`` as evidence; of one with lone surrogates (no valid text) the longest valid piece."""
    span = span[:EVIDENCE_LENGTH]
    return span if span.isascii() else max(_SURROGATES.split(span), key=len)
