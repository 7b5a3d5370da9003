"""The record of a generation: what was asked for, and what became of each profile that was drawn."""

from __future__ import annotations

from collections import Counter

from empa_graph.distill.generation.specification import Specification
from empa_graph.distill.marks import Profile
from empa_graph.models.record import Record


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
