"""The agents that a scenario is rehearsed with, from skill to none, and how often and how long each plays."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from empa_graph.content.graded import load_graded
from empa_graph.distill.checks.records import Agent, Claim
from empa_graph.models.persona import Persona
from empa_graph.roles.empathic.graded_agent import GradedEmpathic, answers_of
from empa_graph.roles.empathic.reference_agents import reference_agent
from empa_graph.roles.views import EmpathicRole, EmpathicView, EmpathicWrite
from empa_graph.seeds import derived_seed


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
