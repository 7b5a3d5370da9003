"""A run that was left before its end: what is missing is no failure of the agent, so nothing is decided over it."""

from __future__ import annotations

from collections.abc import Sequence

from empa_graph.gate.finding import Finding
from empa_graph.models.outcome import NOT_PLAYED, Outcome

RULE = "played to its end"


def unplayed(candidate: Sequence[Outcome], baseline: Sequence[Outcome] | None) -> list[Finding]:
    """Return an undecided finding for each run of which episodes are left to play."""
    sides = {"run": candidate} if baseline is None else {"candidate": candidate, "baseline": baseline}
    return [_finding(which, side, lone=baseline is None) for which, side in sides.items() if _left(side)]


def _finding(which: str, side: Sequence[Outcome], *, lone: bool) -> Finding:
    told = f"undecided: the {which} is suspended, with {_left(side)} of {len(side)} episodes left to play"
    return Finding(rule=RULE if lone else f"{RULE} ({which})", verdict="undecided", left_out=_left(side), void=told)


def _left(side: Sequence[Outcome]) -> int:
    return sum(outcome.failed == NOT_PLAYED for outcome in side)
