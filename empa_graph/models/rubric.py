"""A rubric: the space, what each level means, when an episode stops, and how cues are read offline."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from empa_graph.models.cue import ADVERSE, CueName
from empa_graph.models.latent import Space
from empa_graph.models.persona import Threshold
from empa_graph.models.record import Record, Slug, Text, Unit

Verdict = Literal["continue", "converged", "success", "collapsed", "max_turns"]
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


class StopRules(Record):
    """When an episode ends: inside the target's radius, after too many turns, or in collapse."""

    min_turns: int = Field(ge=1)
    max_turns: int = Field(ge=1, le=1000)
    collapse_after: int = Field(ge=2)
    """Judged turns in a row that move away from the target."""

    @model_validator(mode="after")
    def _min_below_max(self) -> Self:
        if self.min_turns > self.max_turns:
            raise ValueError(f"min_turns {self.min_turns} is above max_turns {self.max_turns}")
        return self


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
    steps: StepSizes
    anchors: dict[Slug, LevelAnchors]
    stop: StopRules
    reading: CueReading
    judge_prompt: str = Field(pattern=r"^[a-z0-9_]+\.md$")
    prior_start: dict[Slug, float]
    """Where a conversation without a scenario is taken to start; said beside every such score."""
    prior_target: dict[Slug, float]
    prior_radius: float = Field(gt=0)

    @model_validator(mode="after")
    def _names_are_dimensions(self) -> Self:
        names = set(self.space.names)
        tables = {
            "anchors": set(self.anchors),
            "reading.support": set(self.reading.support),
            "reading.harm": set(self.reading.harm),
            "prior_start": set(self.prior_start),
            "prior_target": set(self.prior_target),
        }
        for field, found in tables.items():
            if found != names:
                raise ValueError(f"{field}: names {sorted(found)} are not the dimensions {sorted(names)}")
        return self
