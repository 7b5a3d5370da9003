"""A configuration in which somebody judges and nobody else is made or asked."""

from __future__ import annotations

from empa_graph.models.config import RunConfig


def judging(config: RunConfig) -> RunConfig:
    """Return ``config`` with a silent agent, a person without a model, and no role beside them."""
    alone = {"agent.spec": "scripted:silent", "persona.voice": "card", "director": None, "extra": ()}
    return config.changed(alone)
