"""An agent that is another one in a share of its turns: a loss of known size."""

from __future__ import annotations

import random

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
