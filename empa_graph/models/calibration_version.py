"""The versions of a calibration: what each learned from, and what it changed. Numbers and hashes, no words."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from empa_graph.models.calibration import Bounded, Calibration
from empa_graph.models.record import Record

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


Source = Literal["ratings", "run", "annotations", "outcomes"]
"""A file of ratings, the ratings of a run in the viewer, what people marked in a folder of a distillation, or answers
that were given live about single conversations."""


class Label(Record):
    """What people said of one conversation or reply, beside what the evaluator had of it."""

    key: Digest
    """SHA-256 of what was said and of what was rated; the evaluator is no part of it."""
    group: Digest
    reply: bool
    """Whether a single reply was rated."""
    ratings: tuple[float | None, ...] = Field(max_length=100)
    """A number per rater, None where one gave none; empty for a conversation that counts for the mean alone."""
    figures: dict[str, float]
    feeling: tuple[float, float, float]
    """`sentiment` of the words, which are not kept."""


class Added(Record):
    """What came in with a version."""

    new: int = Field(ge=0)
    """Labels of conversations that had none."""
    changed: int = Field(ge=0)
    """Labels that take the place of an earlier one of the same conversation."""
    unlabelled: int = Field(ge=0)
    raters: int = Field(ge=0)
    """The most raters that one of them has."""
    by: tuple[str, ...] = ()
    """Names of the raters, where the source tells them."""
    source: Source | None = None
    """What they come from; None of a version that was written before this was kept."""
    sha256: Digest
    """Of the labels, in their order."""


class Learned(Record):
    """Weights of the version before and of this one on the same ``n`` labels, each fitted without the label's group."""

    n: int
    groups: int
    before: Bounded | None
    """Pearson with the rating; None where the version before had too few labels, or there is none."""
    after: Bounded | None
    gain: Bounded | None
    why: str | None = None
    """Why something of it is missing."""


class Moved(Record):
    """A weight before and after; None where the version has none."""

    before: float | None
    after: float | None


class Version(Record):
    """One version. It is a line of its file, bound to the line before by that line's SHA-256."""

    schema_version: Literal[1] = 1
    kind: Literal["empa calibration version"] = "empa calibration version"
    number: int = Field(ge=1)
    created: str
    parent: Digest | None
    metrics: tuple[str, ...]
    by_hand: str
    seed: int
    added: Added
    labels: tuple[Label, ...]
    """Those added; the labels of a version are these and those of all before it, the last of a conversation."""
    learned: Learned
    moved: dict[str, Moved]
    """Weights that changed, by metric."""
    anchors: dict[Digest, dict[str, float]]
    """By label, the scores that later judgements of the same conversation are held against."""
    calibration: Calibration
