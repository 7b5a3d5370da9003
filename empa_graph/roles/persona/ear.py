"""Which cues of a reply are no hurt to the person, seen beside the replies before it.

Rule: a short question is fair, and so is a short kindness; only a run of bare questions, or a habit of replies that
would fit anyone, puts people off. In a crisis no part of a hand-off is taken amiss, and after help was accepted only
what is grave.
"""

from __future__ import annotations

from empa_graph.models.cue import ADVERSE, Cue, CueName
from empa_graph.models.episode import PersonaState
from empa_graph.models.persona import Scenario
from empa_graph.roles.persona.heard import Heard

FAIR_RUN = 3
"""Replies in a row that only ask and are still fair."""
KIND = 0.3
"""Strength from which a cue shows that a reply met the person, or put them off."""
_MEETS = frozenset(
    {CueName.REFLECTION, CueName.NAMING_FEELING, CueName.VALIDATION, CueName.WARMTH, CueName.AFFIRMATION}
)
_SLIGHTS = frozenset({CueName.INTERROGATION, CueName.UNSPECIFIC, CueName.OVERSHORT})
_HANDING_OVER = _SLIGHTS | {CueName.PREMATURE_ADVICE}
_AFTER_HELP = _HANDING_OVER | {CueName.REPETITION, CueName.PARROTING, CueName.OVERLONG, CueName.STOCK_PHRASE}


def felt(heard: Heard, state: PersonaState, scenario: Scenario) -> tuple[Cue, ...]:
    """Return the cues of ``heard`` that reach the person; the rest is let pass."""
    passed = _passed(heard, state, scenario) if heard.text.strip() else frozenset()
    reached = (_wearing(cue, heard.asking) if cue.name is CueName.INTERROGATION else cue for cue in heard.cues)
    return tuple(cue for cue in reached if cue.name not in passed)


def _wearing(cue: Cue, asking: int) -> Cue:
    """Return the cue of a run of questions as it grows on the person behind those that were fair."""
    share = min(1.0, max(0.0, (asking - FAIR_RUN) / FAIR_RUN))
    return cue.model_copy(update={"strength": cue.strength * share}) if asking else cue


def _passed(heard: Heard, state: PersonaState, scenario: Scenario) -> frozenset[CueName]:
    if state.help_accepted:
        return _AFTER_HELP
    if scenario.in_crisis and heard.parts:
        return _HANDING_OVER
    passed: set[CueName] = set()
    if _fair_question(heard):
        passed |= _HANDING_OVER
    if any(cue.name in _MEETS and cue.strength >= KIND for cue in heard.cues):
        passed.add(CueName.OVERSHORT)
    if CueName.UNSPECIFIC not in heard.habits:
        passed.add(CueName.UNSPECIFIC)
    return frozenset(passed)


def _fair_question(heard: Heard) -> bool:
    """Whether this asks, hurts by nothing else, and ends no long run of replies that only ask."""
    other = any(cue.name in ADVERSE and cue.name not in _SLIGHTS and cue.strength >= KIND for cue in heard.cues)
    return heard.question and not other and heard.asking <= FAIR_RUN
