"""How a role takes a seat in the graph: its annotations become what it may see and what it may write."""

from __future__ import annotations

import asyncio
import dis
import inspect
import math
import typing
from asyncio import runners
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from langgraph.config import get_config
from langgraph.errors import GraphBubbleUp, GraphInterrupt, ParentCommand
from langgraph.runtime import Runtime
from typing_extensions import TypedDict, is_typeddict

from empa_graph.errors import CONDUCT, ProviderError, RoleError, RunError, SuspendedError, TransientError
from empa_graph.graph.state import EpisodeContext, SandboxState
from empa_graph.llm.location import LOCATION, Location
from empa_graph.models.dialogue import Message
from empa_graph.models.directive import Directive, Standing
from empa_graph.models.episode import Note, PersonaState
from empa_graph.models.failure import Blame
from empa_graph.models.latent import LatentState, Step
from empa_graph.models.persona import Scenario
from empa_graph.roles.empathic.reply import interrupted
from empa_graph.roles.evaluator.asking import LONGEST_WAIT
from empa_graph.roles.trace import told
from empa_graph.roles.views import OWNED, OWNED_BY_EXTRA, SEEN, Role, is_ours

_BLAME: dict[str, Blame] = {"persona": "persona", "empathic": "empathic", "evaluator": "evaluator"}
_DUTY = {"persona": "messages", "empathic": "messages", "evaluator": "latent"}
"""What each seat has to write every turn."""
_WRITTEN: dict[str, type] = {
    "messages": Message,
    "notes": Note,
    "directives": Directive,
    "latent": Step,
    "persona_state": PersonaState,
}
"""What may be written to a channel, so that nothing gets past its reducer."""
_LISTS = frozenset({"messages", "notes", "directives"})
_NOTHING: dict[str, Any] = {"notes": []}
"""What an extra role writes that has nothing to say: the step is seen to have happened."""
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
        write = _checked(name, writes, await _call(name, role, view))
        if "latent" in write:
            _check_step(state["latent"], write["latent"])
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


async def _call(name: str, role: Role, view: dict[str, Any]) -> Any:
    """Call the role; whatever it raises leaves here as an error of ours, with its blame."""
    try:
        return await role(view)
    except RunError as error:
        _name(error, name)
        if isinstance(error, TransientError):
            await asyncio.sleep(min(error.retry_after, LONGEST_WAIT))
        raise
    except SuspendedError:
        raise
    except GraphBubbleUp as error:
        # Only a graph with checkpoints can go on behind an interrupt. A command to the graph around it ends here
        # always: it would write to channels that the role does not own.
        if not isinstance(error, ParentCommand) and _is_kept():
            raise
        raise _bubbled(name, error) from None
    except BaseException as error:  # the one place where foreign code may fail in any way, `sys.exit` among them
        if _is_from_outside(error):
            raise
        raise _crashed(name, role, error) from error


def _name(error: RunError, name: str) -> None:
    """Say in ``error`` whose it is; how a seat's own model behaves is the seat's doing and not its provider's."""
    error.seat = name
    if isinstance(error, ProviderError) and error.kind in CONDUCT:
        error.blame = _BLAME.get(name, error.blame)


def _is_from_outside(error: BaseException) -> bool:
    """Say whether ``error`` ends the turn from outside: a Ctrl-C, the closing of a coroutine, a cancelled turn."""
    if isinstance(error, KeyboardInterrupt | GeneratorExit):
        return not _is_raised(error)
    if isinstance(error, asyncio.CancelledError):
        task = asyncio.current_task()
        return task is None or bool(task.cancelling())
    return False


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
    stopped = RoleError(said, blame=_BLAME.get(name, "us"), kind=kind)
    stopped.seat = name
    return stopped


def _is_raised(error: BaseException) -> bool:
    """Say whether a role raised ``error`` by a statement of its own.

    A Ctrl-C and the closing of a coroutine come in between two instructions, or from a handler of asyncio.
    """
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return False
    code = trace.tb_frame.f_code
    return code.co_code[trace.tb_lasti] == dis.opmap["RAISE_VARARGS"] and code.co_filename != runners.__file__


def _crashed(name: str, role: Role, error: BaseException) -> RoleError:
    blame = "us" if is_ours(role) else _BLAME.get(name, "us")
    crashed = RoleError(f"{name} failed: {told(error)}", blame=blame, kind="role_crashed")
    crashed.seat = name
    return crashed


def _checked(name: str, writes: frozenset[str], write: Any) -> dict[str, Any]:
    blame = _BLAME.get(name, "us")
    if not isinstance(write, dict):
        raise RoleError(f"role '{name}' returned {type(write).__name__}, not its write", blame=blame)
    alien = set(write) - writes
    if alien:
        raise RoleError(f"role '{name}' wrote '{sorted(alien)[0]}', which it does not own", blame=blame)
    wrong = [channel for channel, value in write.items() if not _fits(channel, value)]
    if wrong:
        raise RoleError(f"role '{name}' wrote something else than its write says to '{wrong[0]}'", blame=blame)
    if name in _DUTY and not write.get(_DUTY[name]):
        raise RoleError(f"role '{name}' wrote nothing to '{_DUTY[name]}'", blame=blame)
    for message in write.get("messages", ()):
        if message.speaker != name:
            raise RoleError(f"role '{name}' spoke as '{message.speaker}'", blame=blame)
    return write or _NOTHING


def _check_step(path: LatentState, step: Step) -> None:
    try:
        path.extended(step)
    except ValueError as error:
        raise RoleError(f"the evaluator's step does not fit the path: {error}", blame="evaluator") from None


def _fits(channel: str, value: object) -> bool:
    kind = _WRITTEN[channel]
    if channel in _LISTS:
        return isinstance(value, list) and all(isinstance(entry, kind) for entry in value)
    return isinstance(value, kind)
