"""A rubric: the space, what each level means, where an episode starts and stops, and how cues are read offline."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, PrivateAttr, model_validator

from empa_graph.models.cue import ADVERSE, CueName
from empa_graph.models.latent import Space
from empa_graph.models.persona import Need, Threshold
from empa_graph.models.record import Record, Slug, Text, Unit
from empa_graph.models.stop import StopRules

Weight = Annotated[float, Field(gt=0.0, le=2.0)]
CueWeights = dict[CueName, Weight]
Levels = tuple[Text, Text, Text]


class LevelAnchors(Record):
    """What levels 0, 1 and 2 of progress and of regress look like on one dimension."""

    progress: Levels
    regress: Levels


class StepSizes(Record):
    """The increment that levels 0, 1 and 2 mean, in units of the space; regress is negative."""

    progress: tuple[float, float, float]
    regress: tuple[float, float, float]

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not 0.0 == self.progress[0] < self.progress[1] < self.progress[2]:
            raise ValueError("progress steps rise from 0")
        if not 0.0 == self.regress[0] > self.regress[1] > self.regress[2]:
            raise ValueError("regress steps fall from 0")
        return self


class Indicator(Record):
    """One of the signs by which an initial deficit is annotated: its axis, its weight there, and levels 0 to 3."""

    id: Slug
    dimension: Slug
    multiplier: int = Field(ge=1)
    title: Text
    anchors: tuple[Text, Text, Text, Text]


class CueReading(Record):
    """How the offline evaluator turns cues into levels; every threshold of it stands here."""

    support: dict[Slug, CueWeights]
    harm: dict[Slug, CueWeights]
    guards: dict[CueName, Unit]
    """How far each adverse cue at full strength cancels the support in the same reply."""
    generic_from_to: tuple[Unit, Unit]
    """Mean `unspecific` over the window at which support begins to fade, and at which none is left."""
    settled_after: int = Field(ge=1, le=20)
    """Turns after which that mean counts in full; before, in proportion."""
    progress_at: tuple[float, float]
    regress_at: tuple[float, float]
    habituation: dict[CueName, Unit]
    """Per cue, the share of its credit lost for each of the last ``window`` turns that showed it."""
    patience: dict[CueName, Annotated[int, Field(ge=1, le=20)]]
    """Per adverse cue, the number of recent turns with it at which it counts in full; before, in proportion."""
    echo_credit: Unit
    """Share of reflection that an echo of the person's words is worth while patience with it lasts."""
    severe: tuple[CueName, ...]
    """Cues that can carry regress 2; all others let the person down, which is level 1 at most."""
    threshold_patience: dict[Threshold, Annotated[float, Field(gt=0)]]
    """How patience stretches with the person's empathy threshold."""
    window: int = Field(ge=1, le=20)
    comfort: tuple[CueName, ...]
    """Cues that count as comfort: let in by the persona's threshold only beside understanding."""
    understanding: tuple[CueName, ...]
    comfort_gate: dict[Threshold, Unit]
    preference_gain: Unit
    aversion_gain: Unit
    """Weight at which a disliked supportive cue counts as harm."""
    advice_before_handoff: Unit
    """Harm, on every dimension, of help or advice in a crisis before a safe hand-off was offered."""
    handoff_from: Unit
    """Strength of the hand-off cue from which a safe hand-off was offered."""
    unanswered: tuple[Slug, ...]
    """The dimensions on which a reply that leaves danger unanswered in a crisis is a regress of 2."""
    unanswered_from: int = Field(ge=1)
    """The turn from which a crisis counts as voiced, whatever the person said; before, their words decide."""
    need_gain: Unit = 0.0
    """How far the card's priority of a need scales the credit of the cues that serve it; 0 for not at all."""
    needs: dict[Need, tuple[CueName, ...]] = Field(default_factory=dict)
    """The supportive cues that serve each need."""

    @model_validator(mode="after")
    def _cues_on_their_side(self) -> Self:
        for side, table, wrong in (("support", self.support, ADVERSE), ("harm", self.harm, None)):
            for dimension, weights in table.items():
                for cue in weights:
                    if (cue in ADVERSE) == (wrong is not None):
                        raise ValueError(f"{side}.{dimension}: '{cue.value}' belongs on the other side")
        return self


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
    reading: CueReading
    judge_prompt: str = Field(pattern=r"^[a-z0-9_]+\.md$")
    requires_card_part: bool = False
    """Whether the judge has to name, for each level above 0, the part of the persona card that it serves."""
    initial: tuple[Indicator, ...] = ()
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

    def read_from(self, folder: Path) -> Self:
        """Return the same rubric as one whose file lies in ``folder``."""
        found = self.model_copy()
        found._folder = folder
        return found

    @model_validator(mode="after")
    def _names_are_dimensions(self) -> Self:
        names = set(self.space.names)
        tables = {
            "steps": set(self.steps),
            "anchors": set(self.anchors),
            "reading.support": set(self.reading.support),
            "reading.harm": set(self.reading.harm),
            "prior_start": set(self.prior_start),
            "prior_target": set(self.prior_target),
        }
        for field, found in tables.items():
            if found != names:
                raise ValueError(f"{field}: names {sorted(found)} are not the dimensions {sorted(names)}")
        if unknown := set(self.reading.unanswered) - names:
            raise ValueError(f"reading.unanswered: {sorted(unknown)} are no dimensions; there are {sorted(names)}")
        if self.initial and {indicator.dimension for indicator in self.initial} != names:
            raise ValueError("initial: every dimension has an indicator, and no other")
        return self
