"""What a store takes in, besides the records of `models.ledger`: calls with their answers, closings, sessions."""

from __future__ import annotations

from pydantic import Field

from empa_graph.models.episode import Episode
from empa_graph.models.record import Record
from empa_graph.models.turn_record import ModelCall, Number, TurnRecord


class CallEntry(Record):
    """A model call and, for one that was answered, the completion kept for a replay under ``key``."""

    call: ModelCall
    key: str | None = None
    answer: str | None = None
    """The completion as JSON; of two answers to one key the first is kept."""


class Closing(Record):
    """The end of an episode. Turns that are not stored yet are taken from it."""

    number: Number
    episode: Episode


class SessionEntry(Record):
    """A stretch of wall time that a run was worked on; ``Totals.seconds`` is their sum."""

    began: str
    """UTC, ISO 8601."""
    seconds: float = Field(ge=0.0)


Entry = TurnRecord | Closing | CallEntry | SessionEntry
