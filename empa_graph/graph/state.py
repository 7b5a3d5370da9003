"""The channels of a sandbox and their reducers. Reducers return new values, never change old ones."""

from __future__ import annotations

import operator
from typing import Annotated, TypedDict

from empa_graph.errors import RoleError
from empa_graph.models.dialogue import Message
from empa_graph.models.episode import Note, PersonaState, Score
from empa_graph.models.latent import LatentState, Step
from empa_graph.models.persona import Goal, Scenario


def extend(path: LatentState, write: LatentState | Step) -> LatentState:
    """Append a step to the latent path.

    Raises ValueError for a second start state: it is written once; RoleError for a step that does not fit the path.
    """
    if isinstance(write, LatentState):
        raise ValueError("the start state of the latent channel is written once")
    try:
        return path.extended(write)
    except ValueError as error:
        raise RoleError(f"the evaluator's step does not fit the path: {error}", blame="judge") from None


class SandboxState(TypedDict, total=False):
    """All channels. Each role sees only those that its view names."""

    scenario: Scenario
    instructions: str
    seed: int
    messages: Annotated[list[Message], operator.add]
    persona_state: PersonaState | None
    latent: Annotated[LatentState, extend]
    notes: Annotated[list[Note], operator.add]
    score: Score | None
    unscored: str | None


def start_state(scenario: Scenario, dimensions: tuple[str, ...], *, instructions: str, seed: int) -> SandboxState:
    """Return the input of one episode: the start position is written here and nowhere else."""
    goal = _ordered(scenario.goal, dimensions)
    return SandboxState(
        scenario=scenario.model_copy(update={"goal": goal}),
        instructions=instructions,
        seed=seed,
        messages=[],
        persona_state=None,
        latent=LatentState.opening(
            dimensions=dimensions,
            start=tuple(goal.start[name].value for name in dimensions),
            target=tuple(goal.target[name].value for name in dimensions),
            radius=goal.radius.value,
        ),
        notes=[],
        score=None,
        unscored=None,
    )


def _ordered(goal: Goal, dimensions: tuple[str, ...]) -> Goal:
    """Return ``goal`` with its points in the order of the space, whatever the order in its file."""
    points = {side: {name: getattr(goal, side)[name] for name in dimensions} for side in ("start", "target")}
    return goal.model_copy(update=points)
