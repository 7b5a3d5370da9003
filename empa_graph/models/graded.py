"""Graded replies: what a skilled listener answers to a line of a card, and what poorer ones do."""

from __future__ import annotations

from typing import Annotated, Literal, Self, get_args

from pydantic import Field, StringConstraints, model_validator

from empa_graph.models.behaviour import Behaviour, Strength
from empa_graph.models.line import LineId
from empa_graph.models.record import Record, Text

Grade = Literal["expert", "comfort", "advice", "minimising", "self", "interrogation", "echo"]
"""The expert's reply, or the one habit that a poorer reply shows."""
POORER: tuple[Grade, ...] = tuple(grade for grade in get_args(Grade) if grade != "expert")
NetLevel = Annotated[int, Field(ge=-2, le=2)]


class GradedReply(Record):
    """One reply with what it does; a behaviour that is not named is 0."""

    grade: Grade
    text: Annotated[Text, Field(max_length=1_500)]
    behaviours: dict[Behaviour, Strength] = Field(default_factory=dict)
    epm: tuple[NetLevel, NetLevel, NetLevel]
    """Progress minus regress on the cognitive, affective and motivational need, by the anchors of ``epm``."""
    reason: Text | None = None
    """Why, where the strengths would surprise."""


class GradedLine(Record):
    """The replies to one line: the expert's first, then none or one of each of five poorer kinds."""

    line: LineId
    hash: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{12}$")]
    """Of the line's text, so that a changed line is told."""
    replies: Annotated[tuple[GradedReply, ...], Field(min_length=1, max_length=8)]

    @model_validator(mode="after")
    def _expert_first(self) -> Self:
        grades = [reply.grade for reply in self.replies]
        if grades[0] != "expert" or len(set(grades)) != len(grades):
            raise ValueError(f"the grades are {', '.join(grades)}; the expert stands first and each kind once")
        return self

    @property
    def expert(self) -> GradedReply:
        """The expert's reply."""
        return self.replies[0]
