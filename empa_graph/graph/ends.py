"""How a turn, an episode and a failure end: the last nodes of the state machine."""

from __future__ import annotations

import logging
from typing import Any, Literal

from langgraph.errors import NodeError
from langgraph.runtime import Runtime
from langgraph.types import Command
from typing_extensions import TypedDict

from empa_graph.episode.score import scored
from empa_graph.episode.stop import verdict
from empa_graph.errors import RunError
from empa_graph.graph.state import EpisodeContext, Lengths, SandboxState
from empa_graph.models.dialogue import Message
from empa_graph.models.directive import Directive
from empa_graph.models.episode import Ending, Note, PersonaState, Score
from empa_graph.models.failure import Failure
from empa_graph.models.latent import LatentState
from empa_graph.models.stop_rule import StopRules
from empa_graph.models.turn_record import TurnRecord
from empa_graph.roles.calling import failure_of

_LOG = logging.getLogger(__name__)


class TurnView(TypedDict):
    """What closing a turn sees."""

    messages: list[Message]
    notes: list[Note]
    directives: list[Directive]
    latent: LatentState
    persona_state: PersonaState | None
    ended: Lengths


class _TurnEnd(TypedDict):
    ended: Lengths
    ending: Ending | None


class PathView(TypedDict):
    """What the end of an episode sees."""

    latent: LatentState
    ending: Ending | None
    failure: Failure | None


class _Result(TypedDict):
    ending: Ending
    score: Score | None
    unscored: str | None


async def end_turn(state: TurnView, runtime: Runtime[EpisodeContext], *, stop: StopRules) -> _TurnEnd:
    """Close a turn: the run keeps it, listeners hear of it, the stop rules are asked.

    Whoever keeps the run is told before the rules are: a turn that is not kept has not happened. Turns that an episode
    goes on behind are kept already, so they are told to nobody.
    """
    latent = state["latent"]
    found = verdict(latent, stop, state["directives"], persona=state["persona_state"])
    ending = None if found == "continue" else found
    if len(latent.steps) > state["ended"].steps:
        turn = _record(state, (runtime.context or {}).get("number", 0))
        keep = (runtime.context or {}).get("keep")
        if keep is not None:
            await keep(turn)
        runtime.stream_writer(_event(latent, ending))
    said, notes, asked = state["messages"], state["notes"], state["directives"]
    ended = Lengths(steps=len(latent.steps), messages=len(said), notes=len(notes), directives=len(asked))
    return _TurnEnd(ended=ended, ending=ending)


async def onward(state: PathView) -> Literal["persona", "score"]:
    """Say where an episode goes behind a turn: on to the next one, or out."""
    return "persona" if state["ending"] is None else "score"


async def entered(state: TurnView) -> Literal["persona", "end_turn"]:
    """Say where an episode goes from its start state; behind finished turns the stop rules are asked first."""
    return "end_turn" if state["ended"].steps else "persona"


async def score(state: PathView, *, stop: StopRules, profile: str) -> _Result:
    """Score a path that has ended; one that a failure cut short has no score."""
    failure = state["failure"]
    if failure is not None:
        return _Result(ending="failed", score=None, unscored=f"{failure.kind}: {failure.detail}")
    result = scored(state["latent"], stop, profile)
    return _Result(ending=state["ending"] or "failed", score=result.score, unscored=result.unscored)


async def failed(state: SandboxState, error: NodeError) -> Command[Literal["score"]]:
    """Record the failure of a node and go to the score; what is no failure of the episode is raised again."""
    cause = error.error
    if not isinstance(cause, RunError):
        raise cause
    crash = cause.__cause__ if cause.kind == "role_crashed" else None
    if crash is not None:
        _LOG.info("role crashed", exc_info=crash, extra={"seat": cause.seat, "blame": cause.blame})
    turn = state["messages"][-1].turn if state["messages"] else 0
    return Command(goto="score", update={"failure": failure_of(cause, turn)})


def _record(state: TurnView, number: int) -> TurnRecord:
    """What the turn that ends added."""
    before, step = state["ended"], state["latent"].steps[-1]
    return TurnRecord(
        episode=number,
        turn=step.turn,
        messages=tuple(state["messages"][before.messages :]),
        step=step,
        persona_state=state["persona_state"],
        notes=tuple(state["notes"][before.notes :]),
        directives=tuple(state["directives"][before.directives :]),
    )


def _event(latent: LatentState, ending: Ending | None) -> dict[str, Any]:
    """What a stream in the mode ``custom`` shows of a turn."""
    step = latent.steps[-1]
    failure = step.failure.kind if step.failure else None
    return {
        "turn": step.turn,
        "increment": step.increment,
        "position": latent.position,
        "missing": failure,
        "ending": ending,
    }
