"""What a reply does, in the words of the codebook (evaluators/behaviours/CODEBOOK.md)."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Field

Behaviour = Literal[
    "validating",
    "eliciting",
    "understanding",
    "advising",
    "self_turning",
    "dismissing",
    "affirming",
    "leaving_choice",
    "help_asked_for",
    "pressing",
    "asking_danger",
    "distance",
    "service",
    "somebody_near",
    "passing_danger",
    "alarming",
    "inciting",
]
BEHAVIOURS: tuple[Behaviour, ...] = get_args(Behaviour)
Strength = Annotated[int, Field(ge=0, le=4)]
"""0 not at all, 1 a trace, 2 clearly but small or general, 3 clearly and well fitted, 4 strongly or the whole reply."""
