"""A service level for live conversations: its rules, what it remembers of a conversation, and what it finds."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from empa_graph.models.record import Point, Record, Slug

Signal = Literal["alignment", "energy", "progress", "regress", "stability", "trust", "missing", "latency"]
LOW_IS_BAD: frozenset[Signal] = frozenset({"alignment", "energy", "progress"})
"""Signals that breach below ``enter``; all others breach above it."""
COUNTED: frozenset[Signal] = frozenset({"regress", "missing"})
"""Signals that are numbers of turns; these breach at ``enter`` too."""
UNJUDGED: frozenset[Signal] = frozenset({"missing", "latency", "trust"})
"""Signals that need no judged turn as evidence; ``min_turns`` counts their own."""
_RANGE: dict[Signal, tuple[float, float]] = {
    "alignment": (-1.0, 1.0),
    "energy": (-100.0, 100.0),
    "progress": (-100.0, 1.0),
    "stability": (0.0, 1.5707963267948966),
    "trust": (0.0, 1.0),
    "latency": (0.0, 3600.0),
}
LONGEST_WINDOW = 50


class SlaRule(Record):
    """One rule: it is breached when its signal passes ``enter``, and kept again when it has come back past ``leave``.

    Over the last ``window`` turns: ``alignment`` is cos of the displacement with the way to the target, in [-1, 1];
    ``regress`` and ``missing`` are numbers of turns; ``stability`` is the spread of the turns' angles in radians;
    ``trust`` is how far it fell, in [0, 1]; ``latency`` is the judge's median in seconds. ``energy`` (movement along
    the way to the target) and ``progress`` (distance closed) are shares of the initial distance, now, from turn
    ``from_turn`` on.
    """

    id: Slug
    signal: Signal
    enter: float
    leave: float | None = None
    """Where the breach ends; by default at ``enter``, for counts one below it."""
    window: int = Field(default=4, ge=1, le=LONGEST_WINDOW)
    from_turn: int = Field(default=1, ge=1, le=1000)
    min_turns: int = Field(default=2, ge=1, le=LONGEST_WINDOW)
    """Evidence that a decision needs: turns of the window that carry the signal."""
    cool_down: int = Field(default=0, ge=0, le=1000)
    """Turns after the end of a breach in which it is not entered again."""
    severity: Literal["warning", "critical"] = "warning"
    route: Slug | None = None
    """Who takes the conversation over while this rule is breached."""

    @model_validator(mode="after")
    def _can_be_breached_and_kept(self) -> Self:
        low, high = _RANGE.get(self.signal, (1.0, float(self.window)))
        if not low <= self.enter <= high:
            raise ValueError(f"enter {self.enter:g} of '{self.signal}' lies outside {low:g} to {high:g}")
        if self.signal in COUNTED and not self.enter.is_integer():
            raise ValueError(f"enter {self.enter:g} of '{self.signal}' is a number of turns")
        if (self.left_at < self.enter) if self.signal in LOW_IS_BAD else (self.left_at > self.enter):
            side = "below" if self.signal in LOW_IS_BAD else "above"
            raise ValueError(f"leave {self.left_at:g} is {side} enter {self.enter:g}: the rule contradicts itself")
        if self.signal in COUNTED and self.left_at >= self.enter:
            raise ValueError(f"leave {self.left_at:g} is not below enter {self.enter:g}: a count breaches at enter")
        if self.signal not in ("energy", "progress") and self.min_turns > self.window:
            raise ValueError(f"min_turns {self.min_turns} is above window {self.window}: never breached")
        return self

    @property
    def left_at(self) -> float:
        """The value at which a breach ends."""
        if self.leave is not None:
            return self.leave
        return self.enter - 1 if self.signal in COUNTED else self.enter

    def breached_by(self, value: float) -> bool:
        """Say whether ``value`` begins a breach."""
        if self.signal in LOW_IS_BAD:
            return value < self.enter
        return value >= self.enter if self.signal in COUNTED else value > self.enter

    def kept_by(self, value: float) -> bool:
        """Say whether ``value`` ends a breach."""
        return value >= self.left_at if self.signal in LOW_IS_BAD else value <= self.left_at


STANDARD = (
    SlaRule(id="turning_away", signal="alignment", enter=-0.3, leave=0.2, window=3, min_turns=2, severity="critical"),
    SlaRule(id="harm_repeated", signal="regress", enter=2, window=4, severity="critical"),
    SlaRule(id="unjudged", signal="missing", enter=3, leave=1, window=4, min_turns=3),
)
"""The rules of an SLA that states none."""


class EmpathySLA(Record):
    """Windowed rules that a live conversation is held to; the first breached rule with a route says who takes over."""

    id: Slug
    rules: Annotated[tuple[SlaRule, ...], Field(min_length=1, max_length=50)] = STANDARD

    @model_validator(mode="after")
    def _ids_stand_once(self) -> Self:
        ids = [rule.id for rule in self.rules]
        twice = sorted({name for name in ids if ids.count(name) > 1})
        if twice:
            raise ValueError(f"rules: id '{twice[0]}' stands twice")
        return self

    @property
    def window(self) -> int:
        """The longest window, in turns."""
        return max(rule.window for rule in self.rules)


class TurnEvidence(Record):
    """What one turn showed: levels above 0 as ``dimension progress 2``, and the spans of the reply that carry them."""

    turn: int
    seat: str = "agent"
    """Who replied."""
    levels: tuple[str, ...] = ()
    spans: tuple[str, ...] = ()
    missing: str | None = None
    """Why there is no judgement, as ``kind: detail``."""


class TurnSignals(Record):
    """One turn as the rules read it."""

    evidence: TurnEvidence
    increment: Point | None
    due: bool = True
    """False for a turn between two judgements of a judge that reads every K-th."""
    regressed: bool = False
    latency: float | None = None
    """Seconds that the judge took; None where it was not asked."""
    trust: float | None = None
    """The person's trust in [0, 1] after the turn; None where nobody knows it."""


class History(Record):
    """What a decision stands on: the way to the target, where the path is now, and the recent turns, oldest first."""

    start: Point
    target: Point
    radius: float
    position: Point
    basis: str
    """Where start and target come from."""
    turns: tuple[TurnSignals, ...]
    judged: int
    """Judged turns of the whole conversation."""

    @property
    def turn(self) -> int:
        """The last turn; 0 before the first."""
        return self.turns[-1].evidence.turn if self.turns else 0


class RuleState(Record):
    """How one rule stands: breached since a turn or not, when that last ended, whether its signal was found absent."""

    since: int | None = None
    ended: int | None = None
    absent: bool = False


class SlaState(Record):
    """All that an SLA remembers of a conversation; it fits in a checkpoint."""

    turn: int = 0
    """The last turn that was decided."""
    rules: dict[str, RuleState] = Field(default_factory=dict)


class Breach(Record):
    """A rule was broken at a turn, with the evidence of its window."""

    kind: Literal["breach"] = "breach"
    rule: str
    signal: Signal
    severity: Literal["warning", "critical"]
    route: str | None
    turn: int
    at: str
    """UTC time of the decision, ISO 8601."""
    value: float
    enter: float
    basis: str
    evidence: tuple[TurnEvidence, ...]


class Recovery(Record):
    """A breached rule is kept again."""

    kind: Literal["recovery"] = "recovery"
    rule: str
    signal: Signal
    turn: int
    at: str
    value: float
    since: int
    """The turn at which the breach began."""


class Absence(Record):
    """A rule cannot be decided, since its signal does not exist here; said once until it does."""

    kind: Literal["absence"] = "absence"
    rule: str
    signal: Signal
    turn: int
    at: str
    reason: str


Decision = Breach | Recovery | Absence
