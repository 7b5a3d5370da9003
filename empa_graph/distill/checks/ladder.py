"""The agents that a scenario is rehearsed with, from skill to none: short episodes in this process, without a store."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from empa_graph.content.graded import load_graded
from empa_graph.distill.checks.records import Agent, Claim, Standing
from empa_graph.graph.sandbox import Labels, Sandbox
from empa_graph.models.episode import Episode
from empa_graph.models.persona import Persona, Scenario
from empa_graph.models.rubric import Rubric
from empa_graph.models.stop_rule import SUCCESSES
from empa_graph.roles.empathic.graded_agent import GradedEmpathic, answers_of
from empa_graph.roles.empathic.reference_agents import reference_agent
from empa_graph.roles.evaluator.offline import CueEvaluator
from empa_graph.roles.persona.rule_persona import RulePersona
from empa_graph.roles.views import EmpathicRole, EmpathicView, EmpathicWrite
from empa_graph.seeds import derived_seed

REACHED = 0.7
"""Share of the way from which a target counts as reached, though its radius was not."""
Plays = Mapping[Agent, Sequence[Episode]]


class MixedEmpathic:
    """Answers as ``skilled`` does, and in a ``share`` of turns, in [0, 1], as ``other``; the seed draws which."""

    def __init__(self, skilled: EmpathicRole, other: EmpathicRole, share: float = 0.5) -> None:
        self._skilled = skilled
        self._other = other
        self._share = share

    async def __call__(self, view: EmpathicView) -> EmpathicWrite:
        """Reply to the last message."""
        rng = random.Random(derived_seed(view["seed"], "mixed", view["messages"][-1].turn))
        return await (self._other if rng.random() < self._share else self._skilled)(view)


class Rung(NamedTuple):
    """How often an agent plays, and how many turns at most; what it does without skill shows early."""

    plays: int
    turns: int


LADDER: Mapping[Agent, Rung] = {
    "skilled": Rung(3, 20),
    "half": Rung(1, 10),
    "generic": Rung(1, 8),
    "lecturer": Rung(1, 6),
    "dismissive": Rung(1, 4),
}
POORER: tuple[Agent, ...] = ("generic", "lecturer", "dismissive")
"""The agents that may not come near the target."""


def agents(persona: Persona, graded: Path | None) -> tuple[Claim, Mapping[Agent, EmpathicRole]]:
    """Return what a rehearsal of ``persona`` can show, and its agents. Raises ContentError for ``graded``."""
    poorer: dict[Agent, EmpathicRole] = {name: reference_agent(name) for name in POORER}
    if graded is None:
        return "opens", {"skilled": reference_agent("template"), **poorer}
    skilled = GradedEmpathic(answers=answers_of(persona, load_graded(graded)))
    return "reaches", {"skilled": skilled, "half": MixedEmpathic(skilled, poorer["generic"]), **poorer}


async def played(scenario: Scenario, roles: Mapping[Agent, EmpathicRole], rubric: Rubric, *, seed: int) -> Plays:
    """Play ``scenario`` with each of ``roles`` as the ladder says."""
    found = {}
    for name, role in roles.items():
        box = _box(name, role, rubric)
        seeds = (derived_seed(seed, scenario.id, name, play) for play in range(LADDER[name].plays))
        found[name] = [await box.play(scenario, seed=one) for one in seeds]
    return found


def standing(agent: Agent, episodes: Sequence[Episode]) -> Standing:
    """Return how an agent did; what was not judged counts for nothing."""
    scored = [episode.score.progress if episode.score else 0.0 for episode in episodes]
    fits = [fit for episode in episodes for fit in _fits(episode)]
    paces = [pace for episode in episodes if (pace := pace_of(episode)) is not None]
    return Standing(
        agent=agent,
        plays=len(episodes),
        reached=sum(map(reached, episodes)),
        progress=float(np.mean(scored)),
        pace=float(np.mean(paces)) if paces else 0.0,
        turns=float(np.mean([episode.turns for episode in episodes])),
        fit=float(np.mean(fits)) if fits else None,
    )


def reached(episode: Episode) -> bool:
    """Say whether an episode arrived, or kept `REACHED` of the way."""
    return episode.ending in SUCCESSES or (episode.score is not None and episode.score.progress >= REACHED)


def pace_of(episode: Episode) -> float | None:
    """Return the mean share of the way per judged turn, along the way; None without one."""
    latent = episode.latent
    moves = [step.increment for step in latent.steps if step.increment is not None]
    way = np.subtract(latent.target, latent.start)
    length = float(way @ way)
    return float(np.mean(np.asarray(moves) @ way)) / length if moves and length > 0.0 else None


def _fits(episode: Episode) -> Iterator[float]:
    for step in episode.latent.steps:
        if step.assessment is not None and step.assessment.fit is not None:
            yield step.assessment.fit


def _box(agent: Agent, role: EmpathicRole, rubric: Rubric) -> Sandbox:
    most = min(LADDER[agent].turns, rubric.stop.max_turns)
    stop = rubric.stop.model_copy(update={"max_turns": most, "min_turns": min(rubric.stop.min_turns, most)})
    short = rubric.model_copy(update={"stop": stop})
    return Sandbox(
        persona=RulePersona(), empathic=role, evaluator=CueEvaluator(short), rubric=short, labels=Labels(agent)
    )
