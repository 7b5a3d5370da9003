"""Judgements as OpenTelemetry's GenAI conventions tell them: the event ``gen_ai.evaluation.result``.

Rule: numbers and names, never a word of a conversation. A missing judgement is an error and no number.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from empa_graph.models.episode import Episode
from empa_graph.models.latent import LatentState, Step
from empa_graph.models.outcome import outcomes
from empa_graph.models.run import Planned
from empa_graph.report.text import shortened
from empa_graph.scoring.course import course

EVENT = "gen_ai.evaluation.result"
TURN = "empa.turn_progress"
"""Of one reply: the part of the straight way to the target that it went, below 0 where it led away."""
SCORES = ("composite", "progress", "alignment_index", "impact_index", "stability_index", "support", "support_judged")
"""Of one episode: its figures, each as ``empa.NAME``."""
LONGEST = 500
"""Characters of a name that a rubric or a failure gave."""
LEAST = 1e-9
"""A smaller part of the way is none."""


class Evaluation(NamedTuple):
    """One judgement: a ``value`` with its ``label``, or the kind of ``error`` that left none."""

    name: str
    value: float | None = None
    label: str | None = None
    explanation: str | None = None
    error: str | None = None

    @property
    def attributes(self) -> dict[str, str | float]:
        """What the event says, in the words of the conventions; what is not known is left out."""
        found = {
            "gen_ai.evaluation.name": self.name,
            "gen_ai.evaluation.score.value": self.value,
            "gen_ai.evaluation.score.label": self.label,
            "gen_ai.evaluation.explanation": self.explanation,
            "error.type": self.error,
        }
        told = {name: value for name, value in found.items() if value is not None}
        return {name: shortened(v, LONGEST) if isinstance(v, str) else v for name, v in told.items()}


def of_turn(step: Step, start: LatentState) -> Evaluation | None:
    """Return the judgement of one turn on the way from ``start``; None for a turn that was not to be judged."""
    if step.failure is not None:
        return Evaluation(TURN, error=step.failure.kind)
    if step.increment is None:
        return None
    moved = tuple(a + b for a, b in zip(start.start, step.increment, strict=True))
    value = course((start.start, moved), start.target).along[-1]
    label = "progress" if value > LEAST else "regress" if value < -LEAST else "none"
    return Evaluation(TURN, value, label, _levels(step))


def of_episode(episode: Episode) -> Iterator[Evaluation]:
    """Yield the scores of an episode, labelled with its ending; one error where it has none."""
    if episode.score is None:
        yield Evaluation("empa.composite", error=episode.failure.kind if episode.failure else "unscored")
        return
    item = Planned(scenario=episode.scenario, variant=episode.variant, repeat=episode.repeat, seed=episode.seed)
    (outcome,) = outcomes([item], [episode], {})
    for name in SCORES:
        if name in outcome.values:
            yield Evaluation(f"empa.{name}", outcome.values[name], episode.ending)


def _levels(step: Step) -> str | None:
    """Return the levels by dimension in words; None of a judgement without them."""
    items = step.assessment.items if step.assessment else ()
    return "; ".join(f"{i.dimension}: progress {i.progress}, regress {i.regress}" for i in items) or None
