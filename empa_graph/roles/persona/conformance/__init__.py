"""Whether a model's wording of a decided move may be spoken: checks without a model, the cheap ones first.

Rule: a wording is held against the decided line; what the line itself says is never a finding.
"""

from __future__ import annotations

from empa_graph.roles.persona.conformance.extent import extent, loop
from empa_graph.roles.persona.conformance.facts import fact
from empa_graph.roles.persona.conformance.faithfulness import beyond, denial, echo, other_move
from empa_graph.roles.persona.conformance.finding import KINDS, Finding, Kind, Wording
from empa_graph.roles.persona.conformance.form import form, shape
from empa_graph.roles.persona.conformance.person import counsel, narration
from empa_graph.roles.persona.conformance.phrases import WITHIN, phrase
from empa_graph.roles.persona.conformance.secrets import secret
from empa_graph.roles.persona.conformance.tongue import tongue

__all__ = ["KINDS", "Finding", "Kind", "Wording", "conformance", "person_alone"]

CHECKS = (
    form,
    lambda wording: phrase(wording.said, wording.line, kinds=WITHIN),
    loop,
    counsel,
    narration,
    tongue,
    extent,
    secret,
    echo,
    fact,
    denial,
    beyond,
    other_move,
)


def conformance(wording: Wording) -> Finding | None:
    """Return the first reason not to speak ``wording``; None where no check finds one."""
    return next((found for check in CHECKS if (found := check(wording)) is not None), None)


def person_alone(said: str) -> Finding | None:
    """Return what no person says to who listens, whoever they are: the checks that need no card and no line."""
    return shape(said) or phrase(said)
