"""Runs that something is decided or compared over: read whole, and refused where that would mean nothing."""

from __future__ import annotations

from typing import NamedTuple

from empa_graph.errors import ContentError, UsageError
from empa_graph.models.episode import Episode
from empa_graph.models.run import Run
from empa_graph.report.comparison import Answered, Comparison, comparison
from empa_graph.run.place import RunPlace
from empa_graph.store.suspension import suspension


class WholeRun(NamedTuple):
    """A run as it is stored."""

    run: Run
    episodes: tuple[Episode, ...]
    suspended: str = ""
    """That it was left before its end and how to go on, in a line; empty where it was not."""


class Asked(NamedTuple):
    """What a run is compared by: its manifest, and how its models were asked, by role."""

    run: Run
    answered: Answered
    """The models that answered."""
    left_out: Answered
    """What models were asked without."""


def whole_run(place: RunPlace) -> WholeRun:
    """Read a run whole. Raises ContentError for a stored figure that its own levels do not give."""
    from empa_graph.run.recount import Recount

    with place.opened() as ledger:
        recount, found = Recount(ledger), []
        for number, episode in ledger.numbered():
            wrong = recount.found(number, episode)
            if wrong is not None:
                raise ContentError(f"{place}: {wrong}; nothing is decided over such a run (empa verify {place})")
            found.append(episode)
        suspended = suspension(ledger, str(place))
    return WholeRun(place.run(), tuple(found), suspended)


def asked_in(place: RunPlace) -> Asked:
    """Return what a run is compared by. Raises UsageError, ContentError."""
    with place.opened() as ledger:
        answered, left_out = ledger.answered(), ledger.left_out()
    return Asked(place.run(), answered, left_out)


def compared(left: Asked, right: Asked) -> Comparison:
    """Return what differs between two runs, and whether their scores may be compared."""
    return comparison(
        left.run,
        right.run,
        left_answered=left.answered,
        right_answered=right.answered,
        left_without=left.left_out,
        right_without=right.left_out,
    )


def refuse_incomparable(baseline: RunPlace, candidate: RunPlace) -> None:
    """Raise UsageError in one line, with every reason, for two runs whose scores mean different things."""
    found = compared(asked_in(baseline), asked_in(candidate))
    if not found.comparable:
        reasons = "; ".join(f"{difference.field}: {difference.why}" for difference in found.blocking)
        raise UsageError(f"{baseline} and {candidate} cannot be compared: {reasons} (empa diff shows both)")
