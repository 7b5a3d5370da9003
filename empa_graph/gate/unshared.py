"""What only one of both runs played: no paired rule sees it, so a gate names it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from empa_graph.gate.finding import Alone, Finding
from empa_graph.gate.pairing import Group, grouped, named
from empa_graph.gate.policy import Policy, Rule
from empa_graph.models.outcome import Outcome

RULE = "same scenarios"
FIRST = 5
"""Scenarios that are named; the rest is counted."""
NONE_LEFT = "the candidate played none of the scenarios of this rule, which the baseline did"


class Unshared(NamedTuple):
    """What only the baseline and what only the candidate played."""

    baseline: Alone | None = None
    candidate: Alone | None = None

    def findings(self, policy: Policy) -> list[Finding]:
        """Return an undecided finding where the candidate left out what the baseline played and it may not."""
        if self.baseline is None or policy.allow_missing:
            return []
        told = f"undecided: {said('baseline', self.baseline)}; allow_missing in the policy lets that pass"
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
    return f"only the {which} played {alone.count} of its {alone.of} scenarios: {', '.join(alone.first)}{more}"


def _alone(mine: Collection[Group], others: Collection[Group]) -> Alone | None:
    found = sorted(group for group in mine if group not in others)
    return Alone(count=len(found), of=len(mine), first=tuple(map(named, found[:FIRST]))) if found else None
