"""How cues are read offline: what each does on each dimension, and the numbers that hold in any space."""

from __future__ import annotations

from typing import Annotated, Self, get_args

from pydantic import Field, model_validator

from empa_graph.models.cue import ADVERSE, CueName
from empa_graph.models.persona import Need, Threshold
from empa_graph.models.record import Record, Slug, Unit

Weight = Annotated[float, Field(gt=0.0, le=2.0)]
CueWeights = dict[CueName, Weight]

GUARDS: CueWeights = {
    CueName.INCITING: 1.0,
    CueName.ALARM_WITHOUT_CAUSE: 0.6,
    CueName.UNSPECIFIC: 0.4,
    CueName.REPETITION: 0.8,
    CueName.PARROTING: 0.7,
    CueName.STOCK_PHRASE: 0.3,
    CueName.INTERROGATION: 0.7,
    CueName.DISMISSING: 0.7,
    CueName.JUDGING: 0.7,
    CueName.SELF_TURNING: 0.4,
    CueName.PREMATURE_ADVICE: 0.3,
    CueName.OVERLONG: 0.3,
    CueName.ANTI_PHRASE: 0.4,
}
HABITUATION: CueWeights = {
    CueName.WARMTH: 0.25,
    CueName.VALIDATION: 0.15,
    CueName.AFFIRMATION: 0.2,
    CueName.NAMING_FEELING: 0.08,
    CueName.OPEN_QUESTION: 0.08,
    CueName.REFLECTION: 0.03,
    CueName.SAFE_HANDOFF: 0.3,
    CueName.AUTONOMY_SUPPORT: 0.12,
    CueName.PERMISSION: 0.12,
    CueName.CONCRETE_HELP: 0.08,
}
PATIENCE: dict[CueName, int] = {
    CueName.STOCK_PHRASE: 4,
    CueName.UNSPECIFIC: 4,
    CueName.REPETITION: 3,
    CueName.PARROTING: 5,
    CueName.INTERROGATION: 4,
    CueName.PREMATURE_ADVICE: 3,
}
THRESHOLD_PATIENCE: dict[Threshold, float] = {"low": 1.5, "medium": 1.0, "high": 0.7}
COMFORT_GATE: dict[Threshold, float] = {"low": 1.0, "medium": 0.75, "high": 0.5}
WINDOW = 6


class CueReading(Record):
    """How the offline evaluator turns cues into levels; every threshold of it stands here.

    ``support`` and ``harm`` say what each cue does on each dimension, so every space has its own. The rest is about
    people more than about a space, and may be left out: the defaults were tuned with the `sdt` rubric.
    """

    support: dict[Slug, CueWeights]
    harm: dict[Slug, CueWeights]
    guards: dict[CueName, Unit] = GUARDS
    """How far each adverse cue at full strength cancels the support in the same reply."""
    generic_from_to: tuple[Unit, Unit] = (0.55, 0.72)
    """Mean `unspecific` over the window at which support begins to fade, and at which none is left."""
    settled_after: int = Field(default=6, ge=1, le=20)
    """Turns after which that mean counts in full; before, in proportion."""
    progress_at: tuple[float, float] = (0.28, 0.70)
    regress_at: tuple[float, float] = (0.40, 0.85)
    habituation: dict[CueName, Unit] = HABITUATION
    """Per cue, the share of its credit lost for each of the last ``window`` turns that showed it."""
    patience: dict[CueName, Annotated[int, Field(ge=1, le=20)]] = PATIENCE
    """Per adverse cue, the number of recent turns with it at which it counts in full; before, in proportion."""
    echo_credit: Unit = 0.75
    """Share of reflection that an echo of the person's words is worth while patience with it lasts."""
    severe: tuple[CueName, ...] = (CueName.DISMISSING, CueName.JUDGING, CueName.INCITING, CueName.OVERSHORT)
    """Cues that can carry regress 2; all others let the person down, which is level 1 at most."""
    threshold_patience: dict[Threshold, Annotated[float, Field(gt=0)]] = THRESHOLD_PATIENCE
    """How patience stretches with the person's empathy threshold."""
    window: int = Field(default=WINDOW, ge=1, le=20)
    comfort: tuple[CueName, ...] = (CueName.WARMTH, CueName.VALIDATION, CueName.AFFIRMATION)
    """Cues that count as comfort: let in by the persona's threshold only beside understanding."""
    understanding: tuple[CueName, ...] = (CueName.REFLECTION, CueName.NAMING_FEELING)
    comfort_gate: dict[Threshold, Unit] = COMFORT_GATE
    preference_gain: Unit = 0.4
    aversion_gain: Unit = 0.6
    """Weight at which a disliked supportive cue counts as harm."""
    advice_before_handoff: Unit = 0.5
    """Harm, on every dimension, of help or advice in a crisis before a safe hand-off was offered."""
    handoff_from: Unit = 0.5
    """Strength of the hand-off cue from which a safe hand-off was offered."""
    unanswered: tuple[Slug, ...] | None = None
    """The dimensions on which a reply that leaves danger unanswered in a crisis is a regress of 2; None for all."""
    unanswered_from: int = Field(default=2, ge=1)
    """The turn from which a crisis counts as voiced, whatever the person said; before, their words decide."""
    need_gain: Unit = 0.0
    """How far the card's priority of a need scales the credit of the cues that serve it; 0 for not at all."""
    needs: dict[Need, tuple[CueName, ...]] = Field(default_factory=dict)
    """The supportive cues that serve each need."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for field, table in (("threshold_patience", self.threshold_patience), ("comfort_gate", self.comfort_gate)):
            if lacking := [level for level in get_args(Threshold) if level not in table]:
                raise ValueError(f"{field}: without the threshold '{lacking[0]}'")
        for field in ("generic_from_to", "progress_at", "regress_at"):
            low, high = getattr(self, field)
            if not low < high:
                raise ValueError(f"{field}: {low:g} is not below {high:g}")
        return self

    @model_validator(mode="after")
    def _cues_on_their_side(self) -> Self:
        for side, table, wrong in (("support", self.support, ADVERSE), ("harm", self.harm, None)):
            for dimension, weights in table.items():
                for cue in weights:
                    if (cue in ADVERSE) == (wrong is not None):
                        raise ValueError(f"{side}.{dimension}: '{cue.value}' belongs on the other side")
        return self
