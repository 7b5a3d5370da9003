"""The tools a director steers with, as a model is offered them; `wait` is the choice to do nothing."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from empa_graph.models.record import Record, Slug, Text

Strategy = Literal["elaborate", "hesitate", "deflect", "push_back", "soften"]
"""The moves of the persona that a director may ask for."""
Pace = Literal["slow", "normal", "quick"]
Reason = Annotated[Text, Field(max_length=500, description="Why, in at most 200 characters.")]


class ReleaseMemory(Record):
    """Let the person tell one untold beat with their next message, whatever trust it asks for."""

    model_config = ConfigDict(title="release_memory")
    beat: Annotated[Slug, Field(description="One id out of `untold`.")]
    reason: Reason


class ShiftStrategy(Record):
    """Let the person make this move with their next message."""

    model_config = ConfigDict(title="shift_strategy")
    strategy: Strategy
    reason: Reason


class ChangePace(Record):
    """Let the person tell beats at most every other turn (slow), as trust allows (normal) or a little early (quick)."""

    model_config = ConfigDict(title="change_pace")
    pace: Pace
    reason: Reason


class End(Record):
    """End the conversation now."""

    model_config = ConfigDict(title="end")
    reason: Reason


class Wait(Record):
    """Do nothing this turn."""

    model_config = ConfigDict(title="wait")
    reason: Reason


Tool = ReleaseMemory | ShiftStrategy | ChangePace | End | Wait
TOOLS: dict[str, type[Tool]] = {
    "release_memory": ReleaseMemory,
    "shift_strategy": ShiftStrategy,
    "change_pace": ChangePace,
    "end": End,
    "wait": Wait,
}
"""Every tool by its name."""
