"""Names of the text signals that persona and evaluator share, and one detected signal."""

from __future__ import annotations

from enum import StrEnum

from empa_graph.models.record import Record, Unit


class CueName(StrEnum):
    """The supportive cues first, then the adverse ones (see `ADVERSE`)."""

    STYLE_MATCH = "style_match"
    REFLECTION = "reflection"
    NAMING_FEELING = "naming_feeling"
    VALIDATION = "validation"
    OPEN_QUESTION = "open_question"
    AUTONOMY_SUPPORT = "autonomy_support"
    AFFIRMATION = "affirmation"
    WARMTH = "warmth"
    CONCRETE_HELP = "concrete_help"
    PERMISSION = "permission"
    SAFE_HANDOFF = "safe_handoff"
    PREMATURE_ADVICE = "premature_advice"
    JUDGING = "judging"
    DISMISSING = "dismissing"
    INCITING = "inciting"
    ALARM_WITHOUT_CAUSE = "alarm_without_cause"
    SELF_TURNING = "self_turning"
    STOCK_PHRASE = "stock_phrase"
    REPETITION = "repetition"
    PARROTING = "parroting"
    INTERROGATION = "interrogation"
    UNSPECIFIC = "unspecific"
    OVERLONG = "overlong"
    OVERSHORT = "overshort"
    ANTI_PHRASE = "anti_phrase"


ADVERSE = frozenset(list(CueName)[list(CueName).index(CueName.PREMATURE_ADVICE) :])


class Cue(Record):
    """A signal in a reply: its ``strength`` in [0, 1] and the ``evidence``, a verbatim span of the reply."""

    name: CueName
    strength: Unit
    evidence: str
