"""What an import found, what it made of it, and what it left out: nothing drops out of the counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Literal

from empa_graph.models.record import Record

Missing = Literal["failure", "zero"]
"""What a judgement with a missing level is read as: a recorded failure, or zero for that level as in published runs."""
Cause = Literal["not_official", "duplicate", "no_card", "no_script", "no_iedr", "invalid"]
"""Why something was not imported; ``invalid``: its file breaks the format, see the detail."""


class Skipped(Record):
    """What was not imported, and why."""

    name: str
    cause: Cause
    detail: str


class Tally(Record):
    """How many were found, imported, and skipped by cause; found is the sum of the others."""

    found: int
    imported: int
    skipped: dict[Cause, int]


class Compared(Record):
    """How many recorded values of one quantity were compared with ours, and how many differ beyond rounding."""

    compared: int = 0
    different: int = 0
    largest: float = 0.0
    """Largest finite difference; 0 for what is no number."""

    def __add__(self, other: Compared) -> Compared:
        return Compared(
            compared=self.compared + other.compared,
            different=self.different + other.different,
            largest=max(self.largest, other.largest),
        )


Comparison = dict[str, Compared]
"""By quantity."""


class ImportReport(Record):
    """The outcome of one import."""

    cases: Tally
    results: Tally
    skipped_cases: tuple[Skipped, ...]
    skipped_results: tuple[Skipped, ...]
    faults: tuple[str, ...]
    """Files or entries that could not be read and name no case."""
    cut: int
    """Texts cut at our limits, and texts left out beyond the number a card may have."""
    assumed: dict[str, int]
    """Fields that a card or recording did not state, with how often a documented default stands in."""
    missing: Missing
    not_recorded: int
    """Judgements that never arrived or lack a level, over all imported results."""
    differences: Comparison

    @property
    def empty(self) -> bool:
        """Whether nothing was imported."""
        return not self.cases.imported and not self.results.imported


def tally(imported: int, skipped: Iterable[Skipped]) -> Tally:
    """Count what was found as what was imported and what was skipped."""
    causes = Counter(entry.cause for entry in skipped)
    return Tally(found=imported + causes.total(), imported=imported, skipped=dict(causes))


def together(one: Comparison, other: Comparison) -> Comparison:
    """Add two comparisons quantity by quantity."""
    return {name: one.get(name, Compared()) + other.get(name, Compared()) for name in (*one, *other)}
