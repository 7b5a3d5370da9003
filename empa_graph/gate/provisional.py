"""What a gate makes of provisional values: none counts, and nothing is decided where most are such."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from empa_graph.gate.policy import Policy
from empa_graph.models.outcome import Outcome
from empa_graph.models.support import provisional_of


class Kept(NamedTuple):
    """Outcomes without their provisional values, what was left out in a phrase, and whether that was most."""

    outcomes: tuple[Outcome, ...]
    said: str
    most: bool


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
