"""Where in a run a model is asked, and the meter that every call of a run passes."""

from __future__ import annotations

from contextvars import ContextVar
from typing import NamedTuple, Protocol

from empa_graph.models.turn_record import ModelCall


class Location(NamedTuple):
    """The episode in the plan, the repeat it belongs to (both from 0), and the turn being played (from 1)."""

    episode: int
    repeat: int
    turn: int


LOCATION: ContextVar[Location | None] = ContextVar("LOCATION", default=None)
"""Where the running task plays; None outside a run."""


class Meter(Protocol):
    """What a run knows and allows; implemented over its store."""

    async def answered(self, key: str) -> str | None:
        """Return the completion, as JSON, that was kept for the request ``key``; None if there is none."""

    async def keep(self, call: ModelCall, *, key: str | None = None, answer: str | None = None) -> None:
        """Keep ``call``, and ``answer`` under ``key`` when it has one; durable on return."""

    def allow(self, endpoint: str) -> None:
        """Let one more request go to ``endpoint``; asked before and after every wait for its turn.

        Raises SuspendedError when the run has reached a limit or is to stop, RunError when the episode has.
        """
