"""A persona card: who the simulated person is, what reaches them, and the goals they carry."""

from __future__ import annotations

from typing import Annotated, Literal, Self, get_args

from pydantic import AfterValidator, Field, model_validator

from empa_graph.models.cue import CueName
from empa_graph.models.line import Beat, Connectives, ContentNote, Danger, GoalLines, Line, Lines, Phrases, ShortText
from empa_graph.models.record import Record, Slug, Text, Unit

Threshold = Literal["low", "medium", "high"]
Need = Literal["cognitive", "affective", "motivational"]
Context = Literal["casual", "work", "crisis"]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35)]
WordRange = tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(le=400)]]


_DERIVED = "__"


def words_of(persona: str) -> str:
    """Return the id of the card whose words the persona of that id speaks.

    A persona that reuses another's words is called after it, as ``exam_student__campus_001``; any other has its own.
    """
    return persona.partition(_DERIVED)[0]


class Annotation(Record):
    """A number with who set it and why."""

    value: float
    annotator: Slug
    reason: Text


def _is_level(annotation: Annotation) -> Annotation:
    if annotation.value not in (0, 1, 2, 3):
        raise ValueError(f"{annotation.value:g} is no level, allowed are 0, 1, 2 and 3")
    return annotation


LevelAnnotation = Annotated[Annotation, AfterValidator(_is_level)]
"""An annotation whose value is a level: 0, 1, 2 or 3."""


class Demographics(Record):
    """Where the person stands in the world."""

    age: int = Field(ge=18, le=110)
    gender: Text
    culture: Text
    social_class: Text
    work: Text


class Traits(Record):
    """What others see, and what they do not."""

    public: tuple[Text, ...] = Field(min_length=2)
    inner: tuple[Text, ...] = Field(min_length=2)


class EmpathyThreshold(Record):
    """How much understanding must come before comfort is let in, and what kind of comfort is rejected."""

    level: Threshold
    rejects: Text


class Priorities(Record):
    """Weights of the cognitive, affective and motivational need; they sum to 1."""

    cognitive: Annotation
    affective: Annotation
    motivational: Annotation

    @model_validator(mode="after")
    def _sum_to_one(self) -> Self:
        total = self.cognitive.value + self.affective.value + self.motivational.value
        if negative := [need for need, weight in self.weights.items() if weight < 0.0]:
            raise ValueError(f"the priority '{negative[0]}' is {self.weights[negative[0]]:g}, allowed is 0 to 1")
        if abs(total - 1.0) > 1e-6:
            raise ValueError(f"priorities sum to {total:g}, allowed is 1")
        return self

    @property
    def weights(self) -> dict[Need, float]:
        """The weights by need."""
        return {need: getattr(self, need).value for need in get_args(Need)}

    @property
    def dominant(self) -> Need | None:
        """The need that weighs most; None where two do."""
        first, second = sorted(self.weights.items(), key=lambda one: -one[1])[:2]
        return first[0] if first[1] > second[1] + 1e-9 else None


class Preference(Record):
    """A move this person responds to: a cue name and how strongly, in [0, 1]."""

    cue: CueName
    weight: Unit
    reason: Text


class AntiPreference(Record):
    """What puts this person off: a cue, or phrases, with how strongly, in [0, 1]."""

    cue: CueName = CueName.ANTI_PHRASE
    phrases: tuple[ShortText, ...] = ()
    weight: Unit
    reason: Text

    @model_validator(mode="after")
    def _phrases_for_the_phrase_cue(self) -> Self:
        if (self.cue is CueName.ANTI_PHRASE) != bool(self.phrases):
            raise ValueError("an anti-preference names either a cue or phrases")
        return self


class Voice(Record):
    """How the person writes, and how long a reply they can take in (words, low to high)."""

    diction: Text
    words: WordRange
    reply_words: WordRange
    directness: Unit

    @model_validator(mode="after")
    def _ranges_rise(self) -> Self:
        if self.words[0] >= self.words[1] or self.reply_words[0] >= self.reply_words[1]:
            raise ValueError("a range of words rises from low to high")
        return self


Placed = Annotated[dict[Slug, Annotation], Field(max_length=50)]
"""A point of a space, by dimension."""
_MOVED = dict.fromkeys(("start", "target", "radius"), "{sdt: {start, target, radius}}") | {"epm": "{epm: {levels}}"}
"""Fields that a goal had before it could hold any space, with where they stand now."""


class Route(Record):
    """Where a goal starts in one space and where it leads.

    Either points of the space, or the ``levels`` of a rubric's initial indicators, which give the start; such a route
    leads to the origin.
    """

    start: Placed = Field(default_factory=dict)
    target: Placed = Field(default_factory=dict)
    radius: Annotation | None = None
    levels: Annotated[dict[Slug, LevelAnnotation], Field(max_length=100)] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        given = [bool(self.start), bool(self.target), self.radius is not None]
        if any(given) != all(given):
            raise ValueError("start, target and radius come together")
        if any(given) == bool(self.levels):
            raise ValueError("a space holds either start, target and radius, or levels")
        return self


class Goal(Record):
    """What the person needs from one conversation, and where it starts in each space in which it can be played."""

    id: Slug
    title: ShortText
    brought: ShortText | None = None
    """What the person would write into a form that asks what brings them: nothing that is told later."""
    reached_when: Text
    context: Context
    constraints: tuple[Text, ...] = ()
    openings: Annotated[tuple[Line, ...], Field(min_length=2, max_length=8)]
    beats: Annotated[tuple[Beat, ...], Field(min_length=2, max_length=8)]
    elaborations: Lines
    lines: GoalLines = Field(default_factory=GoalLines)
    danger: Danger | None = None
    content_note: tuple[ContentNote, ...] = ()
    """What the goal speaks of, beside the notes of its card."""
    spaces: Annotated[dict[Slug, Route], Field(min_length=1, max_length=20)]
    """By the id of the space, as rubrics name it."""

    @model_validator(mode="before")
    @classmethod
    def _starts_under_spaces(cls, given: object) -> object:
        if isinstance(given, dict) and (old := [name for name in _MOVED if name in given]):
            raise ValueError(f"'{old[0]}' stands under spaces: {_MOVED[old[0]]}")
        return given

    @model_validator(mode="after")
    def _crisis_has_constraints(self) -> Self:
        if self.context == "crisis" and not self.constraints:
            raise ValueError("a crisis goal states its constraints (what a safe hand-off is)")
        return self


class Persona(Record):
    """One simulated person with one goal or more."""

    schema_version: Literal[1] = 1
    id: Slug
    name: ShortText
    called: ShortText | None = None
    """What the person wants to be called; without it the first word of the name."""
    country: ShortText | None = None
    """Where the person lives, in English: services and emergency numbers are those of this country."""
    language: Language = "en"
    """The language the person speaks, as a BCP 47 tag; voice and judge keep to it."""
    bank: Slug | None = None
    """The bank of lines that the card was composed from; cards of one bank may share lines, see `content.one_bank`."""
    content_note: tuple[ContentNote, ...] = ()
    """What every goal of the card speaks of."""
    summary: Text
    demographics: Demographics
    values: tuple[Text, ...] = Field(min_length=2)
    traits: Traits
    empathy_threshold: EmpathyThreshold
    priorities: Priorities
    preferences: tuple[Preference, ...] = Field(min_length=2)
    anti_preferences: tuple[AntiPreference, ...] = Field(min_length=2)
    experiences: tuple[Text, ...] = Field(min_length=2)
    voice: Voice
    beats: Annotated[tuple[Beat, ...], Field(min_length=2, max_length=8)]
    lines: Phrases
    connectives: Connectives = Field(default_factory=Connectives)
    goals: Annotated[tuple[Goal, ...], Field(min_length=1, max_length=12)]

    @model_validator(mode="after")
    def _unique_ids(self) -> Self:
        ids = [goal.id for goal in self.goals]
        if len(set(ids)) != len(ids):
            raise ValueError(f"goal ids repeat: {', '.join(ids)}")
        for goal in self.goals:
            told = [beat.id for beat in (*self.beats, *goal.beats)]
            if len(set(told)) != len(told):
                raise ValueError(f"beat ids repeat in goal '{goal.id}'")
        return self


class Scenario(Record):
    """A persona with one of its goals, named ``persona/goal``."""

    persona: Persona
    goal: Goal

    @property
    def id(self) -> str:
        """The name users type."""
        return f"{self.persona.id}/{self.goal.id}"

    @property
    def content_note(self) -> tuple[ContentNote, ...]:
        """What the scenario speaks of."""
        return tuple(dict.fromkeys((*self.persona.content_note, *self.goal.content_note)))

    @property
    def in_crisis(self) -> bool:
        """Whether a safe hand-off has to come before anything else."""
        return self.goal.context == "crisis"
