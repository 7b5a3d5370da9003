"""Whether a made card can stand: sound, unlike the others, and not to be traced to its source."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from empa_graph.content.card_rules import card_faults
from empa_graph.content.loading import Document
from empa_graph.content.one_bank import too_alike
from empa_graph.content.validation import goal_faults
from empa_graph.distill.recontext.trace import Meaning, untraceable
from empa_graph.distill.records import Conversation
from empa_graph.models.persona import Persona
from empa_graph.models.rubric import Rubric

MOST_OF_A_PLOT = 8
"""Cards of one folder that may be about the same plot."""
Refused = Literal["unsound", "traceable", "plots_used_up", "too_alike"]


class Refusal(NamedTuple):
    """Why a card cannot stand."""

    cause: Refused
    what: str


def refusal(
    card: Persona, source: Conversation, rubric: Rubric, *, taken: Sequence[Persona], meaning: Meaning | None = None
) -> Refusal | None:
    """Return why ``card`` cannot stand beside ``taken``, None where it can."""
    if sum(other.goals[0].id == card.goals[0].id for other in taken) >= MOST_OF_A_PLOT:
        return Refusal("plots_used_up", f"{MOST_OF_A_PLOT} cards have its plot")
    if any(other.id == card.id for other in taken):
        return Refusal("too_alike", "its id is taken")
    if alike := too_alike(card, taken):
        return Refusal("too_alike", alike)
    if found := unsound(card, rubric):
        return Refusal("unsound", found[0])
    if traced := untraceable(card, source, meaning=meaning):
        return Refusal("traceable", traced[0])
    return None


def unsound(card: Persona, rubric: Rubric) -> list[str]:
    """Return what ``empa validate`` would say of the card alone."""
    document = Document(Path(f"{card.id}.yaml"), None, {})
    return [f"{'.'.join(map(str, fault.field))}: {fault.what}" for fault in goal_faults(card, rubric)] + card_faults(
        document, card
    )
