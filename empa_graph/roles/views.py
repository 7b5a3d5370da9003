"""What each seat may see and write; the annotations are the contract that the graph enforces."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, Literal, NamedTuple, NotRequired, Protocol, TypedDict, TypeVar, runtime_checkable

from empa_graph.models.dialogue import Message, Speaker
from empa_graph.models.directive import Directive, Standing
from empa_graph.models.episode import Note, PersonaState
from empa_graph.models.latent import LatentState, Step
from empa_graph.models.persona import Scenario
from empa_graph.models.record import Point


class PersonaView(TypedDict):
    """The persona sees its card, the messages, its private state and the latent position."""

    scenario: Scenario
    messages: list[Message]
    persona_state: PersonaState | None
    position: Point
    remaining: float
    """Distance to the target, in multiples of its radius."""
    directives: list[Directive]
    """What a director asked for so far; empty without one."""
    seed: int


class PersonaWrite(TypedDict):
    """The person's next message and the private state that goes with it."""

    messages: list[Message]
    persona_state: NotRequired[PersonaState]


class EmpathicView(TypedDict):
    """The agent under test sees the messages and its own instructions; nothing else, ever."""

    messages: list[Message]
    instructions: str
    seed: int


class EmpathicWrite(TypedDict):
    """One or more messages of the agent."""

    messages: list[Message]


class EvaluatorView(TypedDict):
    """The evaluator sees all; a saved transcript may have no scenario."""

    scenario: Scenario | None
    messages: list[Message]
    persona_state: PersonaState | None
    latent: LatentState
    seed: int


class EvaluatorWrite(TypedDict):
    """The one increment of this turn, or its missing judgement."""

    latent: Step


class ObserverView(TypedDict):
    """What a director sees: the structured state, never free text."""

    standing: Standing
    directives: list[Directive]
    seed: int


class ObserverWrite(TypedDict, total=False):
    """What an extra role may write."""

    notes: list[Note]
    directives: list[Directive]


@runtime_checkable
class Closing(Protocol):
    """An evaluator that leaves turns unjudged for a while, and can be asked for them at the end of a conversation."""

    async def closing(self, view: EvaluatorView) -> EvaluatorWrite:
        """Judge the last turn, with those before it that were left."""


PersonaRole = Callable[[PersonaView], Awaitable[PersonaWrite]]
EmpathicRole = Callable[[EmpathicView], Awaitable[EmpathicWrite]]
EvaluatorRole = Callable[[EvaluatorView], Awaitable[EvaluatorWrite]]
Role = Callable[[Any], Awaitable[Any]]
_Call = TypeVar("_Call", bound=Callable[..., Any])

OWNED: dict[str, frozenset[str]] = {
    "persona": frozenset({"messages", "persona_state"}),
    "empathic": frozenset({"messages"}),
    "evaluator": frozenset({"latent"}),
}
"""The channels each seat may write; any other role may write those of `OWNED_BY_EXTRA`."""
SEEN: dict[str, frozenset[str]] = {
    "persona": frozenset(PersonaView.__annotations__),
    "empathic": frozenset(EmpathicView.__annotations__),
}
"""The channels that are all these seats may see; the others may see any."""
OWNED_BY_EXTRA = frozenset(ObserverWrite.__annotations__)


def ours(call: _Call) -> _Call:
    """Mark the ``__call__`` of a role that runs no code but ours around a model: what it raises is our fault."""
    call.__dict__["ours"] = True
    return call


def is_ours(role: Role) -> bool:
    """Say whether ``role`` is marked by `ours`; what stands around a role keeps the mark."""
    call = role if inspect.isroutine(role) else type(role).__call__
    return bool(getattr(call, "ours", False))


RECENT = 40
"""How many messages back a role looks for what was said; keeps the cost of a turn constant."""


def spoken(messages: list[Message], speaker: Speaker) -> tuple[str, ...]:
    """Return what ``speaker`` said in the recent messages, one text per turn, oldest first."""
    turns: dict[int, list[str]] = {}
    for message in messages[-RECENT:]:
        if message.speaker == speaker:
            turns.setdefault(message.turn, []).append(message.content)
    return tuple("\n".join(parts) for parts in turns.values())


class After(NamedTuple):
    """Place an extra role behind the node ``seat``."""

    seat: Literal["persona", "empathic", "evaluator"]
    role: Role
