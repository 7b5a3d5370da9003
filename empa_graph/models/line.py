"""What a persona can say, as a card writes it: lines, the moves they stand under, and the danger a goal holds."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import (
    BeforeValidator,
    Field,
    SerializerFunctionWrapHandler,
    StringConstraints,
    model_serializer,
    model_validator,
)

from empa_graph.models.record import Record, Slug, Text, Unit

ShortText = Annotated[Text, Field(max_length=600)]
LineId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_:]{1,99}$")]
"""An id of a card (a slug), or one derived from the place: ``elaborate:3``, ``push_back:advice:1``."""
Needed = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_:]{1,99}(\|[a-z][a-z0-9_:]{1,99}){0,5}$")]
"""One line id, or several of which one is enough: ``bad_weekend:open:1|grans_key``."""
Topic = Literal[
    "danger",
    "suicide",
    "self_harm",
    "harm_to_others",
    "means",
    "plan",
    "who_is_near",
    "who_knows",
    "service",
    "since_when",
    "what_helped",
    "what_happened",
    "why",
    "what_next",
    "feeling",
    "body",
    "sleep",
    "food",
    "alcohol",
    "work",
    "study",
    "money",
    "family",
    "mother",
    "father",
    "sibling",
    "partner",
    "children",
    "friends",
    "home",
    "faith",
    "health",
    "loss",
]
"""What a question can be about; the words of each stand in ``cues/topics.txt``."""
Hurt = Literal[
    "advice",
    "judging",
    "dismissing",
    "inciting",
    "self_turning",
    "stock_phrase",
    "repetition",
    "parroting",
    "interrogation",
    "unspecific",
    "overlong",
    "overshort",
    "silence",
    "alarm",
    "comfort",
    "any",
]
"""What a push-back answers; ``any`` stands in where a card has no line for what hurt."""
Part = Literal["question", "distance", "service", "near"]
"""A plain question about the danger, distance from the means, a named line or service, somebody near."""
PARTS: tuple[Part, ...] = get_args(Part)
ContentNote = Literal["suicide", "self_harm", "violence", "death", "abuse", "discrimination", "illness", "substances"]


class Line(Record):
    """One line that the person can say; in a card plain text stands for a line without conditions."""

    text: ShortText
    id: Slug | None = None
    """Without one, the line is known by its place: ``elaborate:3``."""
    needs: Annotated[tuple[Needed, ...], Field(max_length=6)] = ()
    """Lines and beats that must have been said before."""
    not_after: Annotated[tuple[LineId, ...], Field(max_length=6)] = ()
    """Lines, beats and moves behind which it is not said any more: ``has_called``."""
    not_in: Annotated[tuple[Slug, ...], Field(max_length=12)] = ()
    """Goals in which it is never said."""
    answers: Annotated[tuple[Topic, ...], Field(max_length=4)] = ()
    """What it answers when the agent asks about that."""
    after: Literal["question", "statement"] | None = None
    """What the reply before it must have been: one with a question in it, or one without."""

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, given: object) -> object:
        return {"text": given} if isinstance(given, str) else given

    @model_serializer(mode="wrap")
    def _as_text(self, record: SerializerFunctionWrapHandler) -> str | dict[str, object]:
        conditions = any(getattr(self, name) for name in type(self).model_fields if name != "text")
        written: dict[str, object] = record(self)
        return written if conditions else self.text


class Beat(Line):
    """Something told only once trust in [0, 1] has reached ``trust``; one that answers an asked danger at any trust."""

    id: Slug
    trust: Unit


def _by_hurt(given: object) -> object:
    return {"any": given} if isinstance(given, list | tuple) else given


Lines = Annotated[tuple[Line, ...], Field(min_length=3, max_length=40)]
Some = Annotated[tuple[Line, ...], Field(max_length=40)]
PushBacks = Annotated[dict[Hurt, Annotated[Some, Field(min_length=1)]], BeforeValidator(_by_hurt)]
"""By what hurt; a plain list is the one for ``any``."""


class GoalLines(Record):
    """A goal's own lines by move; where there are any, they are said in place of the card's for that move."""

    elaborate: Some = ()
    hesitate: Some = ()
    deflect: Some = ()
    push_back: PushBacks = Field(default_factory=dict)
    withdraw: Some = ()
    soften: Some = ()
    settle: Some = ()
    brief: Some = ()
    leave: Some = ()
    answer_yes: Some = ()
    answer_no: Some = ()
    refuse_help: Some = ()
    accept_help: Some = ()
    has_called: Some = ()
    means_put_away: Some = ()


class Phrases(GoalLines):
    """The card's lines by move, for every goal that has none of its own; used when no model voices the persona."""

    elaborate: Lines
    hesitate: Lines
    deflect: Lines
    push_back: PushBacks
    withdraw: Lines
    soften: Lines
    settle: Lines

    @model_validator(mode="after")
    def _answers_any_hurt(self) -> Phrases:
        if len(self.push_back.get("any", ())) < 3:
            raise ValueError("push_back has fewer than 3 lines for any hurt")
        return self


class Connectives(Record):
    """A few words in the person's diction that take up a yes/no question before a line answers it."""

    yes: Some = ()
    no: Some = ()
    not_quite: Some = ()
    dont_know: Some = ()


class Danger(Record):
    """The truth about danger in one goal: what a plain question about it is answered with, at any trust."""

    suicidal: bool
    self_harm: bool = False
    harm_to_others: bool = False
    means: Text | None = None
    """What is at hand and can be put at a distance; never how it would be done."""
    accepts_from: Unit = 0.4
    """Trust from which help is accepted that is whole; each part beyond the question and one other lowers it by 0.1."""
    note: Text
    """Who is really near, what is really planned, what will be answered: for writers, voices and judges."""

    @property
    def real(self) -> bool:
        """Whether anybody is in danger at all."""
        return self.suicidal or self.self_harm or self.harm_to_others
