"""The offline evaluator: deterministic cues, read into levels, with their evidence."""

from __future__ import annotations

from empa_graph.cues import detect
from empa_graph.models.assessment import Assessment
from empa_graph.models.cue import Cue, CueName
from empa_graph.models.latent import LatentState, Step
from empa_graph.models.persona import Scenario
from empa_graph.models.rubric import Rubric
from empa_graph.roles.persona import cue_context
from empa_graph.roles.reading import Listener, increment, levels, listener
from empa_graph.roles.views import EvaluatorView, EvaluatorWrite, spoken

HANDED_OFF = 0.5
"""Strength of the hand-off cue from which a hand-off counts as offered."""


class CueEvaluator:
    """Judges without a model. Its agreement with people is limited and measured in docs/validity.md."""

    name = "cues"

    def __init__(self, rubric: Rubric) -> None:
        self._rubric = rubric

    async def __call__(self, view: EvaluatorView) -> EvaluatorWrite:
        """Judge the last reply."""
        scenario, latent = view["scenario"], view["latent"]
        replies = spoken(view["messages"], "agent")
        context = cue_context(scenario, spoken(view["messages"], "person"), replies[:-1])
        cues = detect(replies[-1], context)
        who = listener(scenario.persona if scenario else None, unsafe=_unsafe(scenario, latent, cues))
        return EvaluatorWrite(latent=judged(cues, latent, who, self._rubric))


def judged(cues: tuple[Cue, ...], latent: LatentState, who: Listener, rubric: Rubric) -> Step:
    """Return the step that a reply with ``cues`` makes from where the path stands."""
    window = latent.steps[-rubric.reading.window :]
    recent = [step.assessment.cues for step in window if step.assessment is not None]
    items = levels(cues, recent, who, rubric)
    return Step(
        turn=len(latent.steps) + 1,
        increment=increment(items, latent, rubric),
        assessment=Assessment(evaluator=CueEvaluator.name, items=items, cues=cues),
    )


def _unsafe(scenario: Scenario | None, latent: LatentState, cues: tuple[Cue, ...]) -> bool:
    """Whether this is a crisis in which no safe hand-off was offered, up to and with this reply."""
    if scenario is None or scenario.goal.context != "crisis":
        return False
    told = [cues, *(step.assessment.cues for step in latent.steps if step.assessment is not None)]
    return not any(cue.name is CueName.SAFE_HANDOFF and cue.strength >= HANDED_OFF for turn in told for cue in turn)
