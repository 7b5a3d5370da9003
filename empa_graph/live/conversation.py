"""A live conversation as it stands: what was said, what is judged, what still waits for its judgement."""

from __future__ import annotations

from pydantic import Field

from empa_graph.live.records import Breach, SlaState, TurnSignals
from empa_graph.models.dialogue import Message
from empa_graph.models.latent import LatentState
from empa_graph.models.record import Record


class Pending(Record):
    """A turn that was answered and not judged yet."""

    turn: int
    seat: str
    skipped: bool = False
    """Given up, since too many turns waited; it becomes a missing judgement."""


class Conversation(Record):
    """All that is kept of a live conversation; small, and plain data when dumped."""

    basis: str
    """Where the start state comes from; it stands beside every number."""
    seed: int
    latent: LatentState
    keeps: int = Field(default=20, ge=1)
    """Recent steps that stay with their assessment, as many as an evaluator looks back to."""
    turn: int = 0
    """The last turn that a person began."""
    seat: str = "agent"
    """Who answers this turn."""
    last_heard: str | None = None
    """Id of the last message of the person that was taken up."""
    handed: dict[str, str] = Field(default_factory=dict)
    """Per seat that keeps its own thread: the id of the last message it knows."""
    heard: tuple[Message, ...] = ()
    """The recent messages, as a judge is shown them."""
    pending: tuple[Pending, ...] = ()
    turns: tuple[TurnSignals, ...] = ()
    sla: SlaState = SlaState()
    breaches: tuple[Breach, ...] = ()
    """The recent breaches, oldest first."""
    breached: int = 0
    """Breaches in all."""

    def said(self, turn: int) -> tuple[Message, ...]:
        """What was said at ``turn``."""
        return tuple(message for message in self.heard if message.turn == turn)
