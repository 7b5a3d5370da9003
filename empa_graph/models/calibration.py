"""What people's ratings say about an evaluator: fitted weights and the correction of its means, bound to it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from empa_graph.models.record import Record


class Bounded(Record):
    """A number with its 95% interval; the bounds are None where there is too little for them."""

    value: float
    low: float | None
    high: float | None


class Weight(Record):
    """What one metric adds to a rating: ``weight`` * (metric - ``mean``) / ``scale``, in the rating's units."""

    weight: float
    mean: float
    scale: float = Field(gt=0.0)


class Gained(Record):
    """By how much the fitted weights, on groups they have not seen, go better with the rating than something else."""

    over: str
    pearson: Bounded | None
    """The other's own coefficient."""
    spearman: Bounded | None
    pearson_gain: Bounded | None
    spearman_gain: Bounded | None


class Fitted(Record):
    """Weights of metrics for a rating, over ``n`` rows in ``groups`` groups, and how they do on unseen groups."""

    intercept: float
    weights: dict[str, Weight]
    penalty: float
    n: int
    groups: int
    pearson: Bounded | None
    spearman: Bounded | None
    gains: tuple[Gained, ...]

    def rating(self, metrics: dict[str, float]) -> float | None:
        """Return the rating that ``metrics`` are given; None where one that has a weight is missing."""
        if any(name not in metrics for name in self.weights):
            return None
        parts = (one.weight * (metrics[name] - one.mean) / one.scale for name, one in self.weights.items())
        return self.intercept + sum(parts)


class Residue(Record):
    """People less judge in units of the metric, over ``n`` labelled groups: mean and sample standard deviation."""

    mean: float
    sd: float = Field(ge=0.0)
    n: int = Field(ge=2)


class Correction(Residue):
    """The residue of a metric, and what it makes of the mean over the rated file."""

    judged: Bounded
    """The judge's mean over every scored row of the file, as the judge has it."""
    corrected: Bounded
    """The same, corrected."""
    rows: int
    """Scored rows of the file, labelled or not."""
    people: Bounded
    """The mean of the labels alone, to which the corrected one comes close where most rows are labelled."""


class Calibration(Record):
    """A calibration file. It holds no text of a conversation."""

    schema_version: Literal[1] = 1
    kind: Literal["empa calibration"] = "empa calibration"
    rating: str
    scale: tuple[float, float]
    """The ends of the rating's scale; they are laid on the ends of each corrected metric."""
    stands_on: dict[str, str]
    """Evaluator, judges, rubric and prompt by name, with SHA-256 where there is one; it holds for these alone."""
    fitted: Fitted | None
    unfitted: str | None = None
    """Why there are no weights; None where there are."""
    corrections: dict[str, Correction]
    """By metric."""
    version: str | None = None
    """Number and hash of the version that it is of a history; None in a file of its own."""
