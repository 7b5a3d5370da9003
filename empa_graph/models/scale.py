"""The scale on which models and people code what a reply does: evaluators/behaviours.yaml."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from empa_graph.models.behaviour import BEHAVIOURS, Behaviour
from empa_graph.models.record import Record, Slug, Text

ShortText = Annotated[Text, Field(max_length=300)]


class CodingAnchor(Record):
    """What one strength is, with an example of it."""

    what: ShortText
    example: ShortText


class ScaledBehaviour(Record):
    """One behaviour with its anchors of strength 0 to 4."""

    id: Behaviour
    title: ShortText
    what: Annotated[Text, Field(max_length=500)]
    anchors: Annotated[tuple[CodingAnchor, ...], Field(min_length=5, max_length=5)]


class CodingScale(Record):
    """Every behaviour of `BEHAVIOURS`, in that order, on one scale."""

    schema_version: Literal[1] = 1
    id: Slug
    title: Text
    source: Text
    scale: Annotated[tuple[ShortText, ...], Field(min_length=5, max_length=5)]
    """What strengths 0 to 4 are for any behaviour."""
    behaviours: tuple[ScaledBehaviour, ...]

    @model_validator(mode="after")
    def _every_behaviour_in_order(self) -> Self:
        if (found := tuple(each.id for each in self.behaviours)) != BEHAVIOURS:
            raise ValueError(f"behaviours: {', '.join(found)} are not, in this order, {', '.join(BEHAVIOURS)}")
        return self
