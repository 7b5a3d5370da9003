"""A role is called: what it raises becomes an error of ours with its blame, and what it writes is held to its seat.

Rule: nothing of LangGraph here, since saved conversations are judged by the same roles without a graph.
"""

from __future__ import annotations

import asyncio
import dis
from asyncio import runners
from collections.abc import Awaitable, Callable
from typing import Any

from empa_graph.errors import CONDUCT, ProviderError, RoleError, RunError, SuspendedError
from empa_graph.models.dialogue import Message
from empa_graph.models.directive import Directive
from empa_graph.models.episode import Note, PersonaState
from empa_graph.models.failure import Blame, Failure
from empa_graph.models.latent import LatentState, Step
from empa_graph.roles.trace import told, trace
from empa_graph.roles.views import OWNED, EvaluatorRole, Role, is_ours

Ask = Callable[[], Awaitable[Any]]
BLAME: dict[str, Blame] = {"persona": "persona", "empathic": "empathic", "evaluator": "evaluator"}
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


async def called(name: str, role: Role, ask: Ask, *, through: type[BaseException] = SuspendedError) -> Any:
    """Let ``ask`` call the role; whatever it raises leaves here as a RunError with its blame.

    ``through`` is left alone, as are the end of the run and what ends the turn from outside.
    """
    try:
        return await ask()
    except RunError as error:
        _name(error, name)
        raise
    except (SuspendedError, through):
        raise
    except BaseException as error:  # the one place where foreign code may fail in any way, `sys.exit` among them
        if _is_from_outside(error):
            raise
        raise _crashed(name, role, error) from error


def _name(error: RunError, name: str) -> None:
    """Say in ``error`` whose it is; how a seat's own model behaves is the seat's doing and not its provider's."""
    error.seat = name
    if isinstance(error, ProviderError) and error.kind in CONDUCT:
        error.blame = BLAME.get(name, error.blame)


def _is_from_outside(error: BaseException) -> bool:
    """Say whether ``error`` ends the turn from outside: a Ctrl-C, the closing of a coroutine, a cancelled turn."""
    if isinstance(error, KeyboardInterrupt | GeneratorExit):
        return not _is_raised(error)
    if isinstance(error, asyncio.CancelledError):
        task = asyncio.current_task()
        return task is None or bool(task.cancelling())
    return False


def _is_raised(error: BaseException) -> bool:
    """Say whether a role raised ``error`` by a statement of its own.

    A Ctrl-C and the closing of a coroutine come in between two instructions, or from a handler of asyncio.
    """
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    if place is None:
        return False
    code = place.tb_frame.f_code
    return code.co_code[place.tb_lasti] == dis.opmap["RAISE_VARARGS"] and code.co_filename != runners.__file__


def _crashed(name: str, role: Role, error: BaseException) -> RoleError:
    blame = "us" if is_ours(role) else BLAME.get(name, "us")
    crashed = RoleError(f"{name} failed: {told(error)}", blame=blame, kind="role_crashed")
    crashed.seat = name
    return crashed


async def judged(evaluator: EvaluatorRole, path: LatentState, ask: Ask) -> Step:
    """Return the step behind ``path`` that ``evaluator``, asked by ``ask``, writes outside of a graph.

    Raises RunError, of the evaluator's blame, for whatever it raises and for a write that is none.
    """
    write = checked("evaluator", OWNED["evaluator"], await called("evaluator", evaluator, ask))
    step: Step = write["latent"]
    check_step(path, step)
    return step


def failure_of(error: RunError, turn: int) -> Failure:
    """Return what is recorded of an ``error`` that ended a conversation at ``turn``."""
    crash = error.__cause__ if error.kind == "role_crashed" else None
    return Failure(
        turn=turn,
        blame=error.blame,
        kind=error.kind,
        detail=str(error)[:500],
        seat=error.seat,
        trace=None if crash is None else trace(crash),
    )


def checked(name: str, writes: frozenset[str], write: Any) -> dict[str, Any]:
    """Return what the role ``name``, which may write to ``writes``, wrote. Raises RoleError for anything else."""
    blame = BLAME.get(name, "us")
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


def check_step(path: LatentState, step: Step) -> None:
    """Raise RoleError, of the evaluator's blame, for a step that cannot stand behind ``path``."""
    try:
        path.extended(step)
    except ValueError as error:
        raise RoleError(f"the evaluator's step does not fit the path: {error}", blame="evaluator") from None


def _fits(channel: str, value: object) -> bool:
    kind = _WRITTEN[channel]
    if channel in _LISTS:
        return isinstance(value, list) and all(isinstance(entry, kind) for entry in value)
    return isinstance(value, kind)
