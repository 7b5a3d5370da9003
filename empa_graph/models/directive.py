"""What an extra role sees of an episode, and what it may ask of it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from empa_graph.models.record import Point, Record, Text

Action = Literal["release_memory", "shift_strategy", "change_pace", "end"]
"""A director's tools: let the persona tell a beat now, change its strategy, change its pace, end the conversation."""


class Directive(Record):
    """One tool call of a director. It holds from the next persona message on; ``end`` at once."""

    turn: int = Field(ge=1)
    author: str
    action: Action
    argument: str = Field(default="", max_length=80)
    """A beat id, a strategy or a pace; empty for ``end``."""
    reason: Annotated[Text, Field(max_length=500)]


class Standing(Record):
    """The structured state of an episode after a turn: numbers and names, never what was said."""

    turn: int
    dimensions: tuple[str, ...]
    start: Point
    target: Point
    radius: float
    position: Point
    increments: tuple[Point | None, ...]
    """The movement of each turn, None where it was not judged."""
    trust: float | None
    openness: float | None
    moves: tuple[str, ...]
    """The persona's move at each turn."""
    told: tuple[str, ...]
    """Ids of the beats told."""
    untold: tuple[str, ...]
    """Ids of the beats still to tell, by the trust they ask for."""
