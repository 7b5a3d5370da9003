"""What a run leaves behind besides its episodes: every model call, every turn as it ended, and their sums."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from empa_graph.models.dialogue import Message, Usage
from empa_graph.models.directive import Directive
from empa_graph.models.episode import Note, PersonaState
from empa_graph.models.latent import Step
from empa_graph.models.record import Record

Number = Annotated[int, Field(ge=0)]
"""The place of an episode in the plan of its run."""


class ModelCall(Record):
    """One request to a model, answered or failed."""

    episode: Number
    turn: int
    role: str
    """persona, voice_check, empathic, judge, support_judge or director."""
    model: str
    """As it was asked for."""
    endpoint: str
    """The server's URL without secrets, or ``local``."""
    answered_by: str | None
    """The model as the server named it in its answer; None without an answer."""
    parameters: dict[str, float | int | str | None]
    """How it was asked; ``left_out`` names what the server or model refuses, with commas."""
    prompt_hash: str
    """SHA-256 of the messages, schema and tools that were sent."""
    prompt_characters: int
    usage: Usage | None
    latency: float = Field(ge=0.0)
    """Seconds."""
    attempt: int = Field(ge=1)
    """1 for the first request, more for its retries."""
    cost: float | None
    """US dollars; None where the price or the tokens are unknown, which is not 0."""
    finish_reason: str | None = None
    failure: str | None = None
    """The kind of the error; None for an answer."""
    replayed: bool = False
    """Served from the response cache: nothing was sent and nothing paid."""


class TurnRecord(Record):
    """All that one finished turn added to its episode."""

    episode: Number
    turn: int = Field(ge=1)
    messages: tuple[Message, ...]
    step: Step
    persona_state: PersonaState | None
    """The private state of the persona when the turn ended."""
    notes: tuple[Note, ...] = ()
    directives: tuple[Directive, ...] = ()


class Totals(Record):
    """Sums over the calls of a run; what was replayed is counted apart and costs nothing."""

    calls: int = 0
    failed: int = 0
    replayed: int = 0
    tokens_in: int = 0
    tokens_cached: int = 0
    tokens_out: int = 0
    cost: float = 0.0
    """US dollars of the calls whose cost is known."""
    unpriced: int = 0
    """Answered calls whose cost is unknown; while there are any, ``cost`` is a lower bound."""
    seconds: float = 0.0
    """Wall time over all sessions of the run."""
