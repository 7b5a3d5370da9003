"""The channels of a sandbox, their reducers, and what goes in and comes out.

Rule: reducers return new values and never change old ones.
"""

from __future__ import annotations

import operator
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from typing_extensions import TypedDict

from empa_graph.models.dialogue import Message
from empa_graph.models.directive import Directive
from empa_graph.models.episode import Ending, Note, PersonaState, Score
from empa_graph.models.failure import Failure
from empa_graph.models.latent import LatentState, Step
from empa_graph.models.persona import Scenario
from empa_graph.models.record import Record
from empa_graph.models.turn_record import TurnRecord

OnTurn = Callable[[TurnRecord], Awaitable[None]]
"""Told of each finished turn before the next begins; what it raises ends the episode like a failure of a role."""


def extend(path: LatentState, write: LatentState | Step) -> LatentState:
    """Append a step to the latent path; a start state, which `begin` alone writes, takes the path's place."""
    return write if isinstance(write, LatentState) else path.extended(write)


class Lengths(Record):
    """How much the lists of a state held when its last turn ended."""

    steps: int
    messages: int
    notes: int
    directives: int


class EpisodeInput(TypedDict, total=False):
    """What an episode begins from; plain JSON will do."""

    scenario: str | Scenario | None
    """A name (``persona/goal``), or a whole scenario; None for a path without a card, which ``opening`` begins."""
    seed: int
    variant: str
    """Whose instructions the agent is given."""
    instructions: str | None
    """Instructions in the place of the variant's."""
    finished: list[TurnRecord]
    """Turns that were played before, in order: the episode goes on behind them."""
    opening: LatentState | None
    """The latent state before the first turn, where the scenario is not to say it."""


class SandboxState(EpisodeInput, total=False):
    """All channels. Each role sees only those that its view names."""

    messages: Annotated[list[Message], operator.add]
    persona_state: PersonaState | None
    latent: Annotated[LatentState, extend]
    notes: Annotated[list[Note], operator.add]
    directives: Annotated[list[Directive], operator.add]
    ended: Lengths
    """Where the turn under way begins in the lists."""
    ending: Ending | None
    failure: Failure | None
    score: Score | None
    unscored: str | None


class EpisodeResult(TypedDict):
    """What an episode leaves; without a score, ``unscored`` says why."""

    messages: list[Message]
    persona_state: PersonaState | None
    latent: LatentState
    notes: list[Note]
    directives: list[Directive]
    ending: Ending
    failure: Failure | None
    score: Score | None
    unscored: str | None


class EpisodeContext(TypedDict, total=False):
    """What a run hands to the graph beside the input; LangGraph carries it as the runtime's context."""

    number: int
    """The episode's place in the plan of its run; without it no call of a model counts for a run."""
    repeat: int
    keep: Any
    """An `OnTurn`; none in Studio or inside other graphs."""
