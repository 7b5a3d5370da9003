"""The latent space and the path through it."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from empa_graph.models.assessment import Assessment
from empa_graph.models.dialogue import Usage
from empa_graph.models.failure import Failure
from empa_graph.models.record import Point, Record, Slug, Text


class Dimension(Record):
    """One axis: its bounds and what -1, 0 and 1 mean, in words."""

    id: Slug
    low: float = -1.0
    high: float = 1.0
    anchors: dict[float, Text] = Field(min_length=3, max_length=21)

    @model_validator(mode="after")
    def _low_below_high(self) -> Self:
        if self.low >= self.high:
            raise ValueError(f"low {self.low:g} is not below high {self.high:g}")
        if outside := [at for at in self.anchors if not self.low <= at <= self.high]:
            raise ValueError(f"an anchor at {outside[0]:g}, allowed is {self.low:g} to {self.high:g}")
        return self


class Space(Record):
    """An ordered tuple of named dimensions."""

    id: Slug
    dimensions: tuple[Dimension, ...] = Field(min_length=1, max_length=50)

    @model_validator(mode="after")
    def _unique_names(self) -> Self:
        if len(set(self.names)) != len(self.names):
            raise ValueError(f"dimension ids repeat: {', '.join(self.names)}")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """The dimension ids in order."""
        return tuple(dimension.id for dimension in self.dimensions)

    def clamp(self, position: Point) -> Point:
        """Put each coordinate of ``position`` (D,) back inside its bounds."""
        return tuple(min(max(x, d.low), d.high) for x, d in zip(position, self.dimensions, strict=True))


FARTHEST = 1e9
"""How far a step may go on a dimension: beyond every space, and so that no sum of squares runs over."""


class Step(Record):
    """The judgement of one turn: the increment it made, or why there is none.

    ``increment`` (D,) is the movement, and None when there is no judgement: then ``failure`` says why it is missing, or
    ``due`` is False because this turn was not to be judged.
    """

    turn: int = Field(ge=1)
    increment: Point | None
    assessment: Assessment | None = None
    failure: Failure | None = None
    usage: Usage | None = None
    """Tokens of a judgement that failed; those of a valid one stand in its assessment."""
    due: bool = True
    """False for a turn between two judgements, where every K-th turn is judged."""

    @model_validator(mode="after")
    def _one_of_three(self) -> Self:
        if (self.increment is not None) + (self.failure is not None) + (not self.due) != 1:
            raise ValueError("a step carries either an increment or a failure, or was not due")
        return self


class LatentState(Record):
    """The path so far: start, target, radius, and the steps in order. Append-only; see `extended`."""

    dimensions: tuple[str, ...]
    start: Point
    target: Point
    radius: float = Field(gt=0.0)
    position: Point
    """Where the path stands now, shape (D,)."""
    steps: tuple[Step, ...]
    needs_handoff: bool = False
    """Whether this is a crisis: the path cannot end well before a safe hand-off was offered."""
    supposed: bool = False
    """Whether no card says where the person stood: the start is the rubric's prior, and no floor to a let-down."""

    @classmethod
    def opening(
        cls,
        *,
        dimensions: tuple[str, ...],
        start: Point,
        target: Point,
        radius: float,
        needs_handoff: bool = False,
        supposed: bool = False,
    ) -> LatentState:
        """The state before the first turn."""
        return cls(
            dimensions=dimensions,
            start=start,
            target=target,
            radius=radius,
            position=start,
            steps=(),
            needs_handoff=needs_handoff,
            supposed=supposed,
        )

    def extended(self, step: Step) -> LatentState:
        """Return the path with ``step`` appended; a missing judgement leaves the position where it was.

        Raises ValueError for a step of another turn or space, and for one beyond `FARTHEST`.
        """
        if step.turn != len(self.steps) + 1:
            raise ValueError(f"step of turn {step.turn} after {len(self.steps)} turns")
        moved = (0.0,) * len(self.position) if step.increment is None else step.increment
        if len(moved) != len(self.position):
            raise ValueError(f"{len(moved)} dimensions, the path has {len(self.position)}")
        if any(abs(part) > FARTHEST for part in moved):
            raise ValueError(f"an increment of {max(moved, key=abs):g}, allowed is at most {FARTHEST:g} either way")
        position = tuple(a + b for a, b in zip(self.position, moved, strict=True))
        return self.model_copy(update={"position": position, "steps": (*self.steps, step)})

    @property
    def positions(self) -> tuple[Point, ...]:
        """x_0 .. x_T over the judged turns, shape (T+1, D); missing judgements are left out."""
        path = [self.start]
        for step in self.steps:
            if step.increment is not None:
                path.append(tuple(a + b for a, b in zip(path[-1], step.increment, strict=True)))
        return tuple(path)

    @property
    def handed_off(self) -> bool:
        """Whether a judged reply has offered a safe hand-off."""
        return any(step.assessment is not None and bool(step.assessment.handoff) for step in self.steps)

    @property
    def judged(self) -> tuple[Step, ...]:
        """The steps that carry a judgement."""
        return tuple(step for step in self.steps if step.increment is not None)

    @property
    def coverage(self) -> float:
        """Judged turns / turns that were due for a judgement, in [0, 1]; 0 where none was due."""
        due = sum(step.due for step in self.steps)
        return len(self.judged) / due if due else 0.0
