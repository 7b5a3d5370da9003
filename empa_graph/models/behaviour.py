"""What a reply does, in the words of the codebook (evaluators/behaviours/CODEBOOK.md), and how it is coded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, model_validator

from empa_graph.models.cue import CueName
from empa_graph.models.record import Record, Slug, Text

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
STRONGEST = 4.0
CLEAR = 3.0
"""The strength from which a part of a hand-off, or danger that was passed over, is clearly there."""

Form = Literal["overlong", "overshort", "anti_phrase"]
"""What the form of a reply does to a person beside its behaviours; told from text and card, whoever codes."""
FORMS: tuple[Form, ...] = get_args(Form)
Sign = Literal[Behaviour, Form]
"""All that is coded of a reply."""
SIGNS: tuple[Sign, ...] = get_args(Sign)

HANDOFF: tuple[Behaviour, ...] = ("asking_danger", "distance", "service", "somebody_near")
"""The parts of a hand-off, the plain question first."""
ADVERSE: frozenset[Sign] = frozenset(
    ("self_turning", "dismissing", "pressing", "passing_danger", "alarming", "inciting", *FORMS)
)
"""What can only harm; `advising` helps one person and harms another."""
AXES: Mapping[Behaviour, int] = {
    "validating": 1,
    "eliciting": 1,
    "understanding": 1,
    "advising": -1,
    "self_turning": -1,
    "dismissing": -1,
}
"""The six axes of support, each with its sign by experts' ratings (docs/validity.md)."""

TASTES: Mapping[CueName, Sign] = {
    CueName.REFLECTION: "understanding",
    CueName.NAMING_FEELING: "validating",
    CueName.VALIDATION: "validating",
    CueName.WARMTH: "validating",
    CueName.OPEN_QUESTION: "eliciting",
    CueName.AUTONOMY_SUPPORT: "leaving_choice",
    CueName.PERMISSION: "leaving_choice",
    CueName.AFFIRMATION: "affirming",
    CueName.CONCRETE_HELP: "advising",
    CueName.PREMATURE_ADVICE: "advising",
    CueName.JUDGING: "dismissing",
    CueName.DISMISSING: "dismissing",
    CueName.SELF_TURNING: "self_turning",
    CueName.INTERROGATION: "pressing",
    CueName.OVERLONG: "overlong",
    CueName.OVERSHORT: "overshort",
    CueName.ANTI_PHRASE: "anti_phrase",
}
"""What a card's likes and dislikes, named by cue, mean among behaviours; a cue that is none of them has no entry."""

_ShortText = Annotated[Text, Field(max_length=300)]


class CodingAnchor(Record):
    """What one strength is, with an example of it."""

    what: _ShortText
    example: _ShortText


class ScaledBehaviour(Record):
    """One behaviour with its anchors of strength 0 to 4."""

    id: Behaviour
    title: _ShortText
    what: Annotated[Text, Field(max_length=500)]
    anchors: Annotated[tuple[CodingAnchor, ...], Field(min_length=5, max_length=5)]


class CodingScale(Record):
    """evaluators/behaviours.yaml: every behaviour of `BEHAVIOURS`, in that order, on one scale."""

    schema_version: Literal[1] = 1
    id: Slug
    title: Text
    source: Text
    scale: Annotated[tuple[_ShortText, ...], Field(min_length=5, max_length=5)]
    """What strengths 0 to 4 are for any behaviour."""
    behaviours: tuple[ScaledBehaviour, ...]

    @model_validator(mode="after")
    def _every_behaviour_in_order(self) -> Self:
        if (found := tuple(each.id for each in self.behaviours)) != BEHAVIOURS:
            raise ValueError(f"behaviours: {', '.join(found)} are not, in this order, {', '.join(BEHAVIOURS)}")
        return self


class Code(Record):
    """A behaviour with its strength on the codebook's scale of 0 to 4, continuous, and a verbatim span of the reply.

    The span is empty only where a behaviour lies in what was not said, as when danger is passed over.
    """

    behaviour: Sign
    strength: Annotated[float, Field(ge=0.0, le=STRONGEST)]
    evidence: str = ""
    sure: bool = True
    """Whether the coder is often enough right at this strength to call it harm: else it stays below a let-down."""


def strength_of(codes: Iterable[Code], behaviour: Sign) -> float:
    """Return how strongly ``behaviour`` was coded, 0.0 where it was not."""
    return max((code.strength for code in codes if code.behaviour == behaviour), default=0.0)
