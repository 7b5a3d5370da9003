"""A rubric: the space, what each level means, where an episode starts and stops, and how cues are read offline."""

from __future__ import annotations

import math
from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, PrivateAttr, model_validator

from empa_graph.errors import hint
from empa_graph.models.latent import Space
from empa_graph.models.reading import Reading
from empa_graph.models.record import Record, Slug, Text
from empa_graph.models.stop_rule import StopRules

Levels = tuple[Text, Text, Text]


class LevelAnchors(Record):
    """What levels 0, 1 and 2 of progress and of regress look like on one dimension."""

    progress: Levels
    regress: Levels


class StepSizes(Record):
    """The increment that levels 0, 1 and 2 mean, in units of the space.

    Progress leads up where a dimension should rise and down where it should fall (an arousal that should come down);
    regress leads the other way.
    """

    progress: tuple[float, float, float]
    regress: tuple[float, float, float]

    @property
    def sign(self) -> float:
        """1 where progress rises, -1 where it falls."""
        return math.copysign(1.0, self.progress[2])

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        for side, steps, sign in (("progress", self.progress, self.sign), ("regress", self.regress, -self.sign)):
            none, one, two = (sign * step for step in steps)
            if not 0.0 == none < one < two:
                way = "rise" if sign > 0 else "fall"
                raise ValueError(
                    f"{side} steps {way} from 0 with each level, and regress goes the other way than progress"
                )
        return self


class Indicator(Record):
    """One of the signs by which an initial deficit is annotated: its axis, its weight there, and levels 0 to 3."""

    id: Slug
    dimension: Slug
    multiplier: int = Field(ge=1)
    title: Text
    anchors: tuple[Text, Text, Text, Text]


class Rubric(Record):
    """The contract between evaluators and scores."""

    schema_version: Literal[1] = 1
    id: Slug
    title: Text
    source: Text
    space: Space
    steps: dict[Slug, StepSizes]
    movement: Literal["bounded", "free"] = "bounded"
    """``bounded``: progress ends at the target, level-1 regress at the start, and all at the space's bounds."""
    anchors: dict[Slug, LevelAnchors]
    stop: StopRules
    reading: Reading | None = None
    """How coded behaviour is read; a rubric without it is for judges of levels."""
    judge_prompt: Annotated[str, Field(pattern=r"^[a-z0-9_]+\.md$")] | None = None
    """For a judge that gives levels; without one a judge codes behaviour, which ``reading`` reads."""
    requires_card_part: bool = False
    """Whether the judge has to name, for each level above 0, the part of the persona card that it serves."""
    initial: Annotated[tuple[Indicator, ...], Field(max_length=100)] = ()
    """The indicators that give the start state; without any, the scenario states start and target itself."""
    prior_start: dict[Slug, float]
    """Where a conversation without a scenario is taken to start; said beside every such score."""
    prior_target: dict[Slug, float]
    prior_radius: float = Field(gt=0)
    _folder: Path | None = PrivateAttr(default=None)

    @property
    def folder(self) -> Path | None:
        """Where its file lies, and beside it its judge prompt; None for a bundled rubric and for one made in memory."""
        return self._folder

    @property
    def codes_behaviour(self) -> bool:
        """Whether a judge codes behaviour under it; else one gives the levels of the rubric's own prompt."""
        return self.judge_prompt is None and self.reading is not None

    def read_from(self, folder: Path) -> Self:
        """Return the same rubric as one whose file lies in ``folder``."""
        found = self.model_copy()
        found._folder = folder
        return found

    @model_validator(mode="before")
    @classmethod
    def _own_space(cls, given: object) -> object:
        """Give the space the rubric's own id unless it names another."""
        if not isinstance(given, dict) or not isinstance(space := given.get("space"), dict) or "id" in space:
            return given
        return {**given, "space": {**space, "id": given.get("id")}}

    @model_validator(mode="after")
    def _is_judged(self) -> Self:
        if self.reading is None and self.judge_prompt is None:
            raise ValueError("a rubric has a reading of coded behaviour, a judge_prompt, or both")
        return self

    @model_validator(mode="after")
    def _names_are_dimensions(self) -> Self:
        names = set(self.space.names)
        tables = {
            "steps": set(self.steps),
            "anchors": set(self.anchors),
            "prior_start": set(self.prior_start),
            "prior_target": set(self.prior_target),
        }
        if self.reading:
            tables |= {"reading.support": set(self.reading.support), "reading.harm": set(self.reading.harm)}
        for field, found in tables.items():
            _refuse_others(field, found, self.space.names)
        for field in ("unanswered", "unfit"):
            if self.reading and (unknown := set(getattr(self.reading, field) or ()) - names):
                raise ValueError(f"reading.{field}: {sorted(unknown)} are no dimensions; there are {sorted(names)}")
        if self.initial and {indicator.dimension for indicator in self.initial} != names:
            raise ValueError("initial: every dimension has an indicator, and no other")
        if self.initial and (falling := [name for name, steps in self.steps.items() if steps.sign < 0]):
            raise ValueError(f"steps: '{falling[0]}' falls, and a deficit of initial indicators can only rise to 0")
        return self

    @model_validator(mode="after")
    def _prior_leads_to_its_target(self) -> Self:
        names, radius = self.space.names, self.prior_radius
        for field, point in (("prior_start", self.prior_start), ("prior_target", self.prior_target)):
            for axis in self.space.dimensions:
                if not axis.low <= point[axis.id] <= axis.high:
                    allowed = f"allowed is {axis.low:g} to {axis.high:g}"
                    raise ValueError(f"{field}.{axis.id}: {point[axis.id]:g}, {allowed}")
        ahead = [(self.prior_target[name] - self.prior_start[name]) * self.steps[name].sign for name in names]
        if math.hypot(*ahead) <= radius:
            raise ValueError(f"prior_target: {math.hypot(*ahead):.3g} from prior_start, within prior_radius {radius:g}")
        gap, name = min(zip(ahead, names, strict=True))
        if math.hypot(*(part for part in ahead if part < 0.0)) > radius:
            side, only = ("below", "rises") if self.steps[name].sign > 0 else ("above", "falls")
            raise ValueError(f"prior_target.{name}: {-gap:.2g} {side} prior_start, and progress on it only {only}")
        return self


def _refuse_others(field: str, found: Collection[str], names: Collection[str]) -> None:
    """Raise ValueError where ``field`` is about other dimensions than ``names``."""
    for name in sorted(set(found) - set(names)):
        raise ValueError(f"{field}: unknown dimension '{name}'{hint(name, names)}")
    for name in sorted(set(names) - set(found)):
        raise ValueError(f"{field}: without the dimension '{name}'")


def with_max_turns(rubric: Rubric, max_turns: int | None) -> Rubric:
    """Return ``rubric`` with episodes of at most ``max_turns`` turns; as it is for None."""
    if max_turns is None:
        return rubric
    least = min(rubric.stop.min_turns, max_turns)
    stop = rubric.stop.model_copy(update={"max_turns": max_turns, "min_turns": least})
    return rubric.model_copy(update={"stop": stop})
