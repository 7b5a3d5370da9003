"""What a gate leaves out, or cannot be decided over: scenarios of one run, episodes left to play, provisional values.

No paired rule sees what only one run played, so the gate names it. What is missing of a run that was left before its
end is no failure of the agent, so nothing is decided over it. No provisional value counts, and nothing is decided where
most are such.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from empa_graph.gate.finding import Alone, Finding
from empa_graph.gate.pairing import Group, grouped, named
from empa_graph.gate.policy import Policy, Rule
from empa_graph.models.outcome import NOT_PLAYED, Outcome
from empa_graph.models.support import provisional_of
from empa_graph.report.text import many

PLAYED = "played to its end"
RULE = "same scenarios"
FIRST = 5
"""Scenarios that are named; the rest is counted."""
NONE_LEFT = "the candidate played none of the scenarios of this rule, which the baseline did"


class Kept(NamedTuple):
    """Outcomes without their provisional values, what was left out in a phrase, and whether that was most."""

    outcomes: tuple[Outcome, ...]
    said: str
    most: bool


class Unshared(NamedTuple):
    """What only the baseline and what only the candidate played."""

    baseline: Alone | None = None
    candidate: Alone | None = None

    def findings(self, policy: Policy) -> list[Finding]:
        """Return an undecided finding where the candidate left out what the baseline played and it may not."""
        if self.baseline is None or policy.allow_missing:
            return []
        told = f"{said('baseline', self.baseline)}; allow_missing in the policy lets that pass"
        return [Finding(rule=RULE, verdict="undecided", scenarios=self.baseline.of - self.baseline.count, void=told)]


def unshared(candidate: Sequence[Outcome], baseline: Sequence[Outcome] | None) -> Unshared:
    """Return what only one of both was to play: scenarios, and variants of them where both play the same several."""
    if baseline is None:
        return Unshared()
    variants = {outcome.variant for outcome in baseline}
    apart = len(variants) > 1 and variants == {outcome.variant for outcome in candidate}
    ours, theirs = (grouped(side, apart=apart).keys() for side in (baseline, candidate))
    return Unshared(_alone(ours, theirs), _alone(theirs, ours))


def void(rule: Rule, candidate: Sequence[Outcome]) -> str:
    """Return why a ``rule`` that compares has nothing to stand on; empty where it has."""
    return NONE_LEFT if rule.compares and not candidate else ""


def said(which: str, alone: Alone) -> str:
    """Say in one phrase what only one of both played."""
    more = f" and {alone.count - len(alone.first)} more" if alone.count > len(alone.first) else ""
    return f"only the {which} played {alone.count} of its {many(alone.of, 'scenario')}: {', '.join(alone.first)}{more}"


def _alone(mine: Collection[Group], others: Collection[Group]) -> Alone | None:
    found = sorted(group for group in mine if group not in others)
    return Alone(count=len(found), of=len(mine), first=tuple(map(named, found[:FIRST]))) if found else None


def unplayed(candidate: Sequence[Outcome], baseline: Sequence[Outcome] | None) -> list[Finding]:
    """Return an undecided finding for each run of which episodes are left to play."""
    sides = {"run": candidate} if baseline is None else {"candidate": candidate, "baseline": baseline}
    return [_suspended(which, side, lone=baseline is None) for which, side in sides.items() if _left(side)]


def _suspended(which: str, side: Sequence[Outcome], *, lone: bool) -> Finding:
    told = f"the {which} is suspended, with {_left(side)} of {many(len(side), 'episode')} left to play"
    return Finding(rule=PLAYED if lone else f"{PLAYED} ({which})", verdict="undecided", left_out=_left(side), void=told)


def _left(side: Sequence[Outcome]) -> int:
    return sum(outcome.failed == NOT_PLAYED for outcome in side)


def kept(outcomes: Sequence[Outcome], key: str, policy: Policy) -> Kept:
    """Return ``outcomes`` without provisional values of ``key``, unless the ``policy`` allows them."""
    held = sum(key in outcome.values for outcome in outcomes)
    short = sum(key in outcome.values and key in outcome.provisional for outcome in outcomes)
    if policy.allow_provisional or not short:
        return Kept(tuple(outcomes), "", False)
    return Kept(tuple(_without(outcome, key) for outcome in outcomes), provisional_of(short, held), 2 * short > held)


def _without(outcome: Outcome, key: str) -> Outcome:
    if key not in outcome.provisional:
        return outcome
    return outcome.model_copy(update={"values": {name: v for name, v in outcome.values.items() if name != key}})
