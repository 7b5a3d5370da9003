"""When an episode ends: rules over the latent path."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from empa_graph.models.record import Record
from empa_graph.scoring.stopping import PROFILES, StopProfile

Verdict = Literal[
    "continue",
    "converged",
    "success_geometric",
    "success_positional",
    "collapsed",
    "oscillated",
    "stagnated",
    "max_turns",
    "left",
    "exhausted",
    "ended",
]
"""How a path stands; ``left``: the person said goodbye; ``exhausted``: thanks went round in a circle with nothing new;
``ended``: a director ended the conversation."""
SUCCESSES: frozenset[Verdict] = frozenset({"converged", "success_geometric", "success_positional"})


class RadiusStop(Record):
    """Inside the target's radius, after too many turns, or in collapse."""

    rule: Literal["radius"] = "radius"
    min_turns: int = Field(ge=1)
    max_turns: int = Field(ge=1, le=1000)
    collapse_after: int = Field(ge=2)
    """Judged turns in a row that move away from the target."""

    @model_validator(mode="after")
    def _min_below_max(self) -> Self:
        if self.min_turns > self.max_turns:
            raise ValueError(f"min_turns {self.min_turns} is above max_turns {self.max_turns}")
        return self


class EnergyStop(Record):
    """The rules of the Empathy Potential Model (SCORING.md section 3) under one of its profiles."""

    rule: Literal["energy"]
    profile: Literal["published", "paper"]
    alpha: float = Field(gt=0.0, lt=1.0)
    """Share of the initial deficit that counts as arrived."""
    min_turns: int = Field(ge=1)
    max_turns: int = Field(ge=1, le=1000)

    @model_validator(mode="after")
    def _min_below_max(self) -> Self:
        if self.min_turns > self.max_turns:
            raise ValueError(f"min_turns {self.min_turns} is above max_turns {self.max_turns}")
        return self

    @property
    def rules(self) -> StopProfile:
        """The profile with these numbers in place of its own."""
        return dataclasses.replace(
            PROFILES[self.profile], alpha=self.alpha, min_turns=self.min_turns, max_turns=self.max_turns
        )


StopRules = Annotated[RadiusStop | EnergyStop, Field(discriminator="rule")]
