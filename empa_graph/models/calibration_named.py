"""The calibration that a run names: which version, what it adds to means, and how its anchors were judged again."""

from __future__ import annotations

from typing import Literal

from empa_graph.models.calibration import Bounded, Residue
from empa_graph.models.calibration_version import Digest
from empa_graph.models.record import Record

Verdict = Literal["held", "drifted", "undecided"]


class Drift(Record):
    """How far a score moved over ``n`` anchors, now less then, in its own units."""

    metric: str
    n: int
    missing: int
    """Anchors that are not there or have no score now; they are counted and never a number."""
    moved: Bounded | None
    largest: float | None
    """The greatest change of one anchor, without its sign."""
    bound: float
    """In units of the score."""
    verdict: Verdict


class NamedCalibration(Record):
    """What a manifest keeps of the calibration that its run names, so that the file is not needed to read the run."""

    file: str
    """The name of the file, without its folder."""
    sha256: Digest
    """Of the file, or of the version's line where the file holds versions."""
    version: int | None
    """None of a file of its own."""
    rating: str
    corrections: dict[str, Residue]
    """By metric, what is added to its mean."""
    drift: tuple[Drift, ...] | None = None
    """How each score of the anchors moved when they were judged again for this run; None where they were not."""

    @property
    def name(self) -> str:
        """The file, the version and the begin of the hash."""
        version = "" if self.version is None else f" version {self.version},"
        return f"{self.file},{version} {self.sha256[:12]}"
