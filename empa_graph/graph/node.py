"""How a role takes a seat in the graph: its annotations become what it may see and what it may write."""

from __future__ import annotations

import asyncio
import inspect
import math
import typing
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from langgraph.config import get_config
from langgraph.errors import GraphBubbleUp, GraphInterrupt, ParentCommand
from langgraph.runtime import Runtime
from typing_extensions import TypedDict, is_typeddict

from empa_graph.errors import RoleError, TransientError
from empa_graph.graph.state import EpisodeContext, SandboxState
from empa_graph.llm.location import LOCATION, Location
from empa_graph.models.directive import Standing
from empa_graph.models.latent import LatentState
from empa_graph.models.persona import Scenario
from empa_graph.roles.calling import BLAME, called, check_step, checked
from empa_graph.roles.empathic.reply import interrupted
from empa_graph.roles.evaluator.asking import LONGEST_WAIT
from empa_graph.roles.views import OWNED, OWNED_BY_EXTRA, SEEN, Role

DERIVED: dict[str, tuple[str, ...]] = {
    "position": ("latent",),
    "remaining": ("latent",),
    "standing": ("latent", "scenario", "messages", "persona_state"),
}
"""The fields of a view that are read out of several channels, so that a role sees what it needs, with these channels.
"""
Node = Callable[[Any], Awaitable[dict[str, Any]]]


class Seat(NamedTuple):
    """A graph node and the schema of the channels it reads."""

    node: Node
    schema: type


def seat(name: str, role: Role) -> Seat:
    """Wrap ``role`` as the node ``name``.

    Raises RoleError when the role has no view or write annotation (LangGraph would hand it the whole state),
    names an unknown channel, or claims a channel that its seat does not own.
    """
    fields, writes = _contract(name, role)
    channels = sorted(
        {channel for field in fields for channel in DERIVED.get(field, (field,))} | (writes & {"latent"}) | {"ended"}
    )
    schema = TypedDict(f"{name}_view", dict.fromkeys(channels, Any))  # type: ignore[misc]

    async def node(state: dict[str, Any], runtime: Runtime[EpisodeContext] | None = None) -> dict[str, Any]:
        _locate(state, runtime)
        view = {field: _read(state, field) for field in fields}
        try:
            write = checked(name, writes, await called(name, role, lambda: role(view), through=GraphBubbleUp))
        except TransientError as error:  # behind which the graph tries again
            await asyncio.sleep(min(error.retry_after, LONGEST_WAIT))
            raise
        except GraphBubbleUp as error:
            # Only a graph with checkpoints can go on behind an interrupt. A command to the graph around it ends here
            # always: it would write to channels that the role does not own.
            if not isinstance(error, ParentCommand) and _is_kept():
                raise
            raise _bubbled(name, error) from None
        if "latent" in write:
            check_step(state["latent"], write["latent"])
        return write

    return Seat(node, schema)


def _locate(state: dict[str, Any], runtime: Runtime[EpisodeContext] | None) -> None:
    """Say to the calls of models that this node makes which turn of which episode they belong to."""
    context = runtime.context if runtime is not None and runtime.context else {}
    if "number" in context:
        LOCATION.set(Location(context["number"], context.get("repeat", 0), state["ended"].steps + 1))


def _contract(name: str, role: Role) -> tuple[tuple[str, ...], frozenset[str]]:
    call = role if inspect.isroutine(role) else type(role).__call__
    try:
        hints = typing.get_type_hints(call)
    except (NameError, TypeError) as error:
        raise RoleError(f"role '{name}': its annotations cannot be read ({error})", blame="us") from None
    write = hints.pop("return", None)
    views = [hint for hint in hints.values() if is_typeddict(hint)]
    if len(views) != 1 or not is_typeddict(write):
        raise RoleError(
            f"role '{name}' must annotate its view and its write with a TypedDict each: "
            "async def role(view: EmpathicView) -> EmpathicWrite",
            blame="us",
        )
    fields = tuple(views[0].__annotations__)
    writes = frozenset(write.__annotations__)
    known = set(SandboxState.__annotations__) | set(DERIVED)
    _refuse(name, "sees", set(fields) - known, known)
    owned = OWNED.get(name, OWNED_BY_EXTRA)
    _refuse(name, "writes", writes - owned, owned)
    if name in SEEN:
        _refuse(name, "sees", set(fields) - SEEN[name], SEEN[name])
    return fields, writes


def _refuse(name: str, verb: str, wrong: set[str] | frozenset[str], allowed: set[str] | frozenset[str]) -> None:
    if wrong:
        raise RoleError(
            f"role '{name}' {verb} '{sorted(wrong)[0]}'; allowed are {', '.join(sorted(allowed))}", blame="us"
        )


def _read(state: dict[str, Any], field: str) -> Any:
    """Return what the view shows; a list is a copy, so that no role can change what was said."""
    if field in DERIVED:
        return derived(field, state)
    value = state[field]
    return list(value) if isinstance(value, list) else value


def derived(field: str, state: dict[str, Any]) -> Any:
    """Return the derived ``field`` of ``state``."""
    latent: LatentState = state["latent"]
    if field == "position":
        return latent.position
    if field == "remaining":
        return math.dist(latent.position, latent.target) / latent.radius
    return _standing(state)


def _standing(state: dict[str, Any]) -> Standing:
    latent, persona = state["latent"], state["persona_state"]
    scenario: Scenario | None = state["scenario"]
    told = persona.told if persona else ()
    beats = (*scenario.goal.beats, *scenario.persona.beats) if scenario else ()
    beats = tuple(beat for beat in beats if scenario and scenario.goal.id not in beat.not_in)
    said = (message for message in state["messages"] if message.speaker == "persona")
    return Standing(
        turn=len(latent.steps),
        dimensions=latent.dimensions,
        start=latent.start,
        target=latent.target,
        radius=latent.radius,
        position=latent.position,
        increments=tuple(step.increment for step in latent.steps),
        trust=persona.trust if persona else None,
        openness=persona.openness if persona else None,
        moves=tuple(message.move or "" for message in said),
        told=told,
        untold=tuple(beat.id for beat in sorted(beats, key=lambda beat: beat.trust) if beat.id not in told),
    )


def _is_kept() -> bool:
    """Say whether the graph keeps checkpoints, from which it can be resumed."""
    try:
        return bool(get_config().get("configurable", {}).get("__pregel_checkpointer"))
    except RuntimeError:  # called outside of a graph
        return False


def _bubbled(name: str, error: GraphBubbleUp) -> RoleError:
    if isinstance(error, ParentCommand):
        said, kind = f"{name} handed the conversation to a graph around it, and there is none", "handed_over"
    else:
        waiting = error.args[0] if isinstance(error, GraphInterrupt) and error.args else ()
        said, kind = str(interrupted(waiting)), "interrupted"
    stopped = RoleError(said, blame=BLAME.get(name, "us"), kind=kind)
    stopped.seat = name
    return stopped
