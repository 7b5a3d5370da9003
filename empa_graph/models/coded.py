"""Conversations whose replies are coded by what they do."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from empa_graph.models.behaviour import Behaviour, Strength
from empa_graph.models.record import Record, Text


class CodedMessage(Record):
    """One message; a coded reply has ``behaviours``, in which a behaviour that is not named is 0."""

    role: Literal["user", "assistant"]
    content: Annotated[Text, Field(max_length=4_000)]
    behaviours: dict[Behaviour, Strength] | None = None
    danger: bool = False
    """Whether the person said, up to here, what a careful reader takes as danger that is not settled yet."""


class CodedConversation(Record):
    """A conversation with its codes; ``supporter`` says what its writer had in mind."""

    id: Annotated[str, Field(pattern=r"^[a-z]{2}-[0-9]{2,3}$")]
    supporter: Text
    topic: Text | None = None
    messages: Annotated[tuple[CodedMessage, ...], Field(min_length=2, max_length=60)]


class CodedReply(Record):
    """The codes of one reply, by its index in the conversation."""

    message: Annotated[int, Field(ge=0)]
    behaviours: dict[Behaviour, Strength]
    danger: bool = False


class SecondCoding(Record):
    """What a second coder gave the replies of one conversation."""

    id: str
    replies: tuple[CodedReply, ...]
