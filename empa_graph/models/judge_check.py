"""What was found when a judge was checked on graded replies, bound to the judge and to what it is told."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from empa_graph.models.behaviour import Behaviour
from empa_graph.models.record import Record, Unit

Outcome = Literal["passes", "fails", "open"]
Standing = Literal["fit", "unfit", "undecided"]
Criterion = Literal["agreement", "weakest axis", "order", "length", "praise", "position", "obedience", "missing"]


class Measure(Record):
    """One criterion: its value with its 95% interval over ``n`` units, and what it has to be.

    It passes where the whole interval meets what is ``needed``, fails where none of it does, and is open between.
    """

    name: Criterion
    value: float | None
    low: float | None
    high: float | None
    n: int = Field(ge=0)
    needed: str
    outcome: Outcome


class BehaviourAgreement(Record):
    """Quadratic kappa of one behaviour over ``n`` replies; None where neither coding varies."""

    behaviour: Behaviour
    kappa: float | None
    low: float | None
    high: float | None
    n: int = Field(ge=0)
    shown: int = Field(ge=0)
    """Replies in which the authored codes have it above 0."""


class JudgeCheck(Record):
    """The check of one judge. It holds for this judge, asked like this, with these instructions, and no other."""

    schema_version: Literal[1] = 1
    judge: str
    """As it was named."""
    base_url: str | None
    temperature: float
    max_tokens: int
    hashes: dict[str, str]
    """SHA-256 of the prompt and the scale of behaviours, and a fingerprint of the weights of a local model."""
    answered: tuple[str, ...] = ()
    """What the server called the models that answered."""
    created: str
    """UTC, ISO 8601."""
    seed: int
    replies: int = Field(ge=1)
    """Graded replies asked for."""
    calls: int = Field(ge=1)
    """Those and the probes beside them."""
    behaviours: tuple[BehaviourAgreement, ...]
    measures: tuple[Measure, ...]
    failures: dict[str, Annotated[int, Field(ge=1)]] = Field(default_factory=dict)
    """Judgements that could not be had, by cause."""
    missing: Unit
    """Their share of all calls."""
    verdict: Standing

    @property
    def faults(self) -> tuple[Criterion, ...]:
        """The criteria that it fails."""
        return tuple(measure.name for measure in self.measures if measure.outcome == "fails")
