"""Whether the replies of a run come from a script: how much of what was said to one person was said to others too."""

from __future__ import annotations

from pydantic import Field

from empa_graph.models.record import Record, Unit

SCRIPTED_ABOVE = 0.25
"""The share beyond which a run lies outside the range of people and of today's models (docs/guards.md)."""
FEWEST_CONVERSATIONS = 12
FEWEST_PERSONAS = 4
"""Conversations and personas below which the share is provisional: it is said, and voids nothing."""
VOIDED = frozenset({"composite", "epm_q", "epm_q_paper", "support", "support_judged"})
"""The metrics that are void in a run that is scripted: they credit each conversation with what was said in all."""


class ScriptFinding(Record):
    """The share of a run's sentences that come back with other personas, and what it stands on.

    ``share`` is None where no sentence in English has four words.
    """

    share: Unit | None
    sentences: int = Field(ge=0)
    conversations: int = Field(ge=0)
    """Conversations in English with a sentence of the agent that counts."""
    personas: int = Field(ge=0)
    provisional: bool
    """Whether that is too little to void anything."""
    scripted: bool
    """Whether the share lies beyond the range and enough stands behind it: what is `VOIDED` is void."""

    def __str__(self) -> str:
        """Say the share and what it stands on, in a phrase."""
        if self.share is None:
            return "no sentence to tell a script by"
        return (
            f"{self.share:.0%} of the agent's {self.sentences} sentences come back with other personas "
            f"({self.conversations} conversations, {self.personas} personas)"
        )

    @property
    def beyond(self) -> bool:
        """Whether the share lies beyond the range, however little stands behind it."""
        return self.share is not None and self.share > SCRIPTED_ABOVE
