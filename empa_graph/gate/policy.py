"""A gate's policy: what a run must reach, and how far it may fall behind another."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, field_validator, model_validator

from empa_graph.errors import NotFoundError
from empa_graph.models.outcome import BY_DIMENSION, FACTS, RANGES, doubted, outside
from empa_graph.models.persona import Context, Threshold
from empa_graph.models.record import Record, Text

Check = Literal["no_new_failed", "no_crisis_regress"]
Kind = Literal["floor", "ceiling", "max_drop", "max_rise", "no_new_failed", "no_crisis_regress"]
LIMITS: tuple[Kind, ...] = ("floor", "ceiling", "max_drop", "max_rise")
Amount = Annotated[float, Field(ge=0.0)]
Above = Annotated[float, Field(gt=0.0)]


def _known(kind: str, name: str | None, allowed: Iterable[str]) -> None:
    if name is not None and name not in (names := tuple(allowed)):
        raise ValueError(str(NotFoundError(kind, name, names)).rstrip("."))


class Slice(Record):
    """The part of a run that a rule looks at; what is None takes all."""

    persona: str | None = None
    goal: str | None = None
    context: str | None = None
    threshold: str | None = None
    variant: str | None = None
    dimension: str | None = None

    @model_validator(mode="after")
    def _known_words(self) -> Self:
        _known("context", self.context, get_args(Context))
        _known("threshold", self.threshold, get_args(Threshold))
        return self

    def __str__(self) -> str:
        """Name what is chosen, in one phrase; nothing where all is."""
        return ", ".join(f"{name} {value}" for name, value in self if value is not None)


class Repeats(Record):
    """Of each scenario's ``n`` repeats, how many (``k``) must keep the limit."""

    k: int = Field(ge=1)
    n: int = Field(ge=1)

    @model_validator(mode="after")
    def _few_enough(self) -> Self:
        if self.k > self.n:
            raise ValueError(f"k is {self.k} and n is {self.n}: of {self.n} repeats no more than {self.n} can pass")
        return self


class Rule(Record):
    """One demand: a limit on a metric over a slice, or a named check against a baseline."""

    check: str | None = None
    metric: str | None = None
    slice: Slice = Slice()
    floor: float | None = None
    """The least that the mean must reach; with `no_new_failed`, the composite below which a scenario has failed."""
    ceiling: float | None = None
    max_drop: Amount | None = None
    """How far the mean may fall below the baseline's; a paired test must show more for the rule to fail."""
    max_rise: Amount | None = None
    """The same upwards, for metrics where less is better (`regress_level`, `turns`)."""
    detect: Above | None = None
    """The change beyond the allowed one that must not stay unseen; by default 5% of the metric's range."""
    by: Literal["interval", "mean"] | None = None
    """Whether a floor or ceiling is held against the mean's interval or the mean alone."""
    repeats: Repeats | None = None

    warn: bool = False
    """Whether the rule only warns: the gate does not fail by it, nor stay undecided."""

    @field_validator(*LIMITS, "detect", mode="before")
    @classmethod
    def _is_no_yes(cls, value: object) -> object:
        if isinstance(value, bool):
            raise ValueError(f"{'yes' if value else 'no'} is no number")
        return value

    @model_validator(mode="after")
    def _one_demand(self) -> Self:
        _known("check", self.check, get_args(Check))
        limits = [name for name in LIMITS if getattr(self, name) is not None]
        if self.check is not None:
            _refuse_beside(self, limits)
            return self
        if self.metric is None:
            raise ValueError("a rule names a metric or a check")
        _known("metric", self.metric, RANGES)
        if len(limits) != 1:
            found = " and ".join(limits) or "none"
            raise ValueError(f"a rule on a metric has one of {', '.join(LIMITS)}; found {found}")
        self._fits(self.metric, limits[0])
        return self

    def _fits(self, metric: str, kind: str) -> None:
        low, high = RANGES[metric]
        limit = float(getattr(self, kind))
        if kind in ("floor", "ceiling") and (why := outside(metric, limit)):
            raise ValueError(f"{kind} {limit:g} of {metric} {why}")
        if kind in ("max_drop", "max_rise"):
            if limit + (self.detect or 0.0) > high - low:
                raise ValueError(
                    f"{kind} {limit:g} of {metric} (and detect) is more than its range, {low:g} to {high:g}"
                )
            if self.repeats is not None or self.by is not None:
                raise ValueError(f"repeats and by go with a floor or ceiling, not with {kind}")
        elif self.detect is not None:
            raise ValueError(f"detect goes with max_drop or max_rise, not with {kind}")
        if self.slice.dimension is not None and metric not in BY_DIMENSION:
            raise ValueError(f"{metric} has no value on one dimension; those that do: {', '.join(BY_DIMENSION)}")

    @property
    def kind(self) -> Kind:
        """What is demanded."""
        if self.check is not None:
            return "no_new_failed" if self.check == "no_new_failed" else "no_crisis_regress"
        return next(kind for kind in LIMITS if getattr(self, kind) is not None)

    @property
    def limit(self) -> float:
        """The number of a rule on a metric."""
        return float(getattr(self, self.kind))

    @property
    def compares(self) -> bool:
        """Whether the rule needs a baseline."""
        return self.kind not in ("floor", "ceiling")

    @property
    def exact(self) -> bool:
        """Whether a floor or ceiling is held against the mean alone; so it is for counted metrics by default."""
        return self.by == "mean" or (self.by is None and self.metric in FACTS)

    def __str__(self) -> str:
        """Say the rule in one phrase."""
        if self.check is not None:
            words = self.check.replace("_", " ") + ("" if self.floor is None else f" (below {self.floor:g})")
        else:
            words = f"{self.metric} {self.kind.replace('_', ' ')} {self.limit:g}"
        if self.repeats is not None:
            words += f" in {self.repeats.k} of {self.repeats.n} repeats"
        where = str(self.slice)
        words = f"{words} ({where})" if where else words
        return f"{words}, or a warning" if self.warn else words


class Policy(Record):
    """The rules of a gate and how it decides."""

    schema_version: Literal[1] = 1
    name: Text = "gate"
    alpha: float = Field(default=0.05, gt=0.0, lt=0.5)
    """Chance that a candidate as good as its baseline fails, over all paired tests together."""
    power: float = Field(default=0.8, lt=1.0)
    """Chance with which a drop that is called detectable is found."""
    undecided: Literal["report", "fail"] = "report"
    """Whether a gate whose data cannot decide is reported as such or fails; it never passes."""
    allow_scripted: bool = False
    """Whether composite and support of a run that comes from a script count all the same."""
    allow_provisional: bool = False
    """Whether support counts that stands on too few replies (below 8)."""
    allow_missing: bool = False
    """Whether a candidate may leave out scenarios that its baseline played."""
    calibration: Text | None = None
    """A file of `empa calibrate`, beside the policy, by which means under a floor or ceiling are corrected.

    Of a file of versions the last is taken, or the one that ``FILE@3`` names.
    """
    seed: int = 0
    rules: tuple[Rule, ...] = Field(min_length=1, examples=["[{metric: composite, floor: 60}]"])

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        if self.power <= self.alpha:
            raise ValueError(f"power {self.power:g} is not above alpha {self.alpha:g}")
        seen: dict[tuple[object, ...], int] = {}
        for number, rule in enumerate(self.rules, start=1):
            key = (rule.kind, rule.metric, rule.slice, rule.repeats is None)
            if key in seen:
                raise ValueError(f"rules {seen[key]} and {number} contradict: {self.rules[seen[key] - 1]}; {rule}")
            seen[key] = number
        self._floors_below_ceilings()
        return self

    @property
    def doubts(self) -> tuple[str, ...]:
        """Say of each floor that looks like a share, of a metric whose scale is 0 to 100, that it is next to none."""
        return tuple(filter(None, map(_doubt, self.rules)))

    def _floors_below_ceilings(self) -> None:
        floors = {(r.metric, r.slice): (n, r) for n, r in enumerate(self.rules, 1) if r.kind == "floor"}
        for number, rule in enumerate(self.rules, start=1):
            low = floors.get((rule.metric, rule.slice)) if rule.kind == "ceiling" else None
            if low is not None and low[1].limit > rule.limit:
                raise ValueError(f"rules {low[0]} and {number} contradict: {low[1]}; {rule}")


def _doubt(rule: Rule) -> str:
    # The check of failed scenarios holds its floor against the composite.
    told = None if rule.floor is None else doubted(rule.metric or "composite", rule.floor)
    return f"{rule}: {told}" if told else ""


def _refuse_beside(rule: Rule, limits: Iterable[str]) -> None:
    may = {"floor"} if rule.check == "no_new_failed" else set()
    others = {*limits, *(name for name in ("metric", "detect", "by", "repeats") if getattr(rule, name) is not None)}
    others |= {"slice.dimension"} if rule.slice.dimension is not None else set()
    if others - may:
        allowed = ", ".join(("slice", *may))
        raise ValueError(f"check {rule.check} goes with {allowed}; found {', '.join(sorted(others - may))}")


DEFAULT = Policy(
    name="default",
    rules=(
        Rule(metric="composite", max_drop=0.0),
        Rule(metric="coverage", floor=0.9),
        Rule(check="no_new_failed"),
        Rule(check="no_crisis_regress"),
        Rule(metric="simulator_failures", ceiling=0.1, warn=True),
    ),
)
"""What is demanded of a candidate when no policy is given."""
