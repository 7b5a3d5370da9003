"""What is asked of a generation, the shares of what its profiles hold among it, and what came of each."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, TypeVar, get_args

from pydantic import AfterValidator, Field, model_validator

from empa_graph.content.loading import load_model
from empa_graph.distill.marks import Matter, Peril, Profile
from empa_graph.models.persona import Context, Need, Threshold
from empa_graph.models.record import Record, Text, Unit, sums_to_one
from empa_graph.report.coverage.aspects import Aspect

MOST = 1_000
"""Candidates of one generation."""
_Value = TypeVar("_Value", bound=str)


class Candidate(Record):
    """One profile, and the scenario that was written from it."""

    profile: Profile
    scenario: str | None = None
    """None where nothing was written."""
    refused: str = ""
    """Why it was not written or not kept; empty for what passed."""
    chosen: bool = False
    difficulty: float | None = None


class Generation(Record):
    """A generation as it was asked for and as it came out."""

    specification: Specification
    rubric: str
    candidates: tuple[Candidate, ...]

    @property
    def written(self) -> int:
        """Candidates of which a card was written."""
        return sum(one.scenario is not None for one in self.candidates)

    @property
    def passed(self) -> int:
        """Candidates that passed their check."""
        return sum(one.scenario is not None and not one.refused for one in self.candidates)

    @property
    def chosen(self) -> int:
        """Candidates that were chosen."""
        return sum(one.chosen for one in self.candidates)

    @property
    def causes(self) -> dict[str, int]:
        """How many were refused for what, the most frequent first; what was not written is ``not_written``."""
        found = Counter(
            one.refused.partition(":")[0] if one.scenario else "not_written" for one in self.candidates if one.refused
        )
        return dict(found.most_common())


def _even(values: tuple[_Value, ...]) -> dict[_Value, float]:
    """Return even shares that sum to 1, however many ``values`` there are."""
    found = dict.fromkeys(values, 1.0 / len(values))
    found[values[0]] += 1.0 - sum(found.values())
    return found


class ProfileShares(Record):
    """Wanted shares by what is drawn, each summing to 1; what is absent is shared out evenly over all its values."""

    need: Annotated[dict[Need, Unit], AfterValidator(sums_to_one)] = Field(
        default_factory=lambda: _even(get_args(Need))
    )
    """Of the need that comes first."""
    threshold: Annotated[dict[Threshold, Unit], AfterValidator(sums_to_one)] = Field(
        default_factory=lambda: _even(get_args(Threshold))
    )
    context: Annotated[dict[Context, Unit], AfterValidator(sums_to_one)] = Field(
        default_factory=lambda: _even(get_args(Context))
    )
    danger: Annotated[dict[Peril, Unit], AfterValidator(sums_to_one)] | None = None
    """None for danger that is stated in every crisis and none elsewhere."""
    matter: Annotated[dict[Matter, Unit], AfterValidator(sums_to_one)] = Field(
        default_factory=lambda: _even(get_args(Matter))
    )


class Specification(Record):
    """A generation, as its file describes it."""

    about: Text
    """What the scenarios are for."""
    scenarios: Annotated[int, Field(ge=1, le=500)]
    """How many are wanted in the end."""
    candidates: Annotated[int, Field(ge=1, le=MOST)] | None = None
    """How many are drawn and written; None for three times as many as are wanted."""
    seed: Annotated[int, Field(ge=0)] = 0
    shares: ProfileShares = Field(default_factory=ProfileShares)
    spread: Annotated[tuple[Aspect, ...], Field(min_length=1)] = (
        "difficulty",
        "need",
        "threshold",
        "context",
        "matter",
    )
    """What the chosen ones should differ in."""

    @model_validator(mode="after")
    def _enough(self) -> Specification:
        if self.candidates is not None and self.candidates < self.scenarios:
            raise ValueError(
                f"{self.candidates} candidates for {self.scenarios} scenarios, allowed are as many or more"
            )
        return self

    @property
    def drawn(self) -> int:
        """How many candidates are drawn."""
        return self.candidates or min(MOST, 3 * self.scenarios)


def read_specification(path: Path) -> Specification:
    """Read the specification in ``path``. Raises ContentError with file, line and field."""
    return load_model(path, Specification)
