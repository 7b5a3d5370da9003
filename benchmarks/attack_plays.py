"""Attacks and reference agents over the scenarios of the product: who plays, who judges, and what came out."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from typing import NamedTuple

from empa_graph import CueEvaluator, Episode, Labels, RulePersona, Sandbox, scenarios
from empa_graph.models.dialogue import Message
from empa_graph.models.persona import Scenario
from empa_graph.models.rubric import Rubric
from empa_graph.models.stop_rule import SUCCESSES
from empa_graph.roles.views import EmpathicRole, EmpathicView, EmpathicWrite, spoken
from empa_graph.seeds import derived_seed

Attack = Callable[[tuple[str, ...], random.Random], str]
"""From what the person said so far, a text per turn, to the reply."""
Judges = Callable[[str], CueEvaluator]
"""From the id of a persona to who judges its conversations."""


class Scripted:
    """An attack in the seat of the agent: it sees the messages, as any agent does."""

    def __init__(self, attack: Attack) -> None:
        self._attack = attack

    async def __call__(self, view: EmpathicView) -> EmpathicWrite:
        """Reply by the attack; the same view gives the same reply."""
        turn = view["messages"][-1].turn
        rng = random.Random(derived_seed(view["seed"], "empathic", turn))
        text = self._attack(spoken(view["messages"], "persona"), rng)
        return EmpathicWrite(messages=[Message(turn=turn, speaker="empathic", content=text)])


class Played(NamedTuple):
    """What is kept of one conversation."""

    scenario: str
    crisis: bool
    composite: float
    projection: float
    """1 at the target's distance along the heading, 0 at the start, below 0 behind it."""
    support: float | None
    fit: float
    """Mean over the turns of how far the agent speaks to this person."""
    ending: str
    turns: int

    @property
    def reached(self) -> bool:
        """Whether the conversation ended as it was meant to."""
        return self.ending in SUCCESSES


def played(
    agent: EmpathicRole, judges: Judges, rubric: Rubric, chosen: Sequence[Scenario] | None = None, *, seed: int = 0
) -> list[Played]:
    """Play each scenario once with the rule persona. Raises ValueError where the product gives no score."""
    found = []
    for scenario in scenarios() if chosen is None else chosen:
        sandbox = Sandbox(
            persona=RulePersona(),
            empathic=agent,
            evaluator=judges(scenario.persona.id),
            rubric=rubric,
            labels=Labels("benchmark:gaming"),
        )
        found.append(_kept(asyncio.run(sandbox.play(scenario, seed=seed)), scenario))
    return found


def _kept(episode: Episode, scenario: Scenario) -> Played:
    if episode.score is None:
        raise ValueError(f"{scenario.id}: {episode.unscored}")
    fits = [s.assessment.fit for s in episode.latent.steps if s.assessment and s.assessment.fit is not None]
    return Played(
        scenario=scenario.id,
        crisis=scenario.in_crisis,
        composite=episode.score.composite,
        projection=projection(episode),
        support=episode.support.value if episode.support else None,
        fit=sum(fits) / max(1, len(fits)),
        ending=str(episode.ending),
        turns=episode.turns,
    )


def projection(episode: Episode) -> float:
    """Return the share of the way to the target that is won at the end, below 0 where it ends behind the start."""
    start, target, end = episode.latent.start, episode.latent.target, episode.latent.position
    ideal = [b - a for a, b in zip(start, target, strict=True)]
    along = sum((e - s) * i for s, e, i in zip(start, end, ideal, strict=True))
    return along / sum(i * i for i in ideal)
