"""The channels of a sandbox and their reducers. Reducers return new values, never change old ones."""

from __future__ import annotations

import operator
from typing import Annotated, TypedDict

from empa_graph.episode.start import opening
from empa_graph.errors import RoleError
from empa_graph.models.dialogue import Message
from empa_graph.models.directive import Directive
from empa_graph.models.episode import Note, PersonaState, Score
from empa_graph.models.latent import LatentState, Step
from empa_graph.models.persona import Scenario
from empa_graph.models.rubric import Rubric


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

    scenario: Scenario | None
    """None where a recording without its card is replayed."""
    instructions: str
    seed: int
    messages: Annotated[list[Message], operator.add]
    persona_state: PersonaState | None
    latent: Annotated[LatentState, extend]
    notes: Annotated[list[Note], operator.add]
    directives: Annotated[list[Directive], operator.add]
    score: Score | None
    unscored: str | None


def start_state(scenario: Scenario, rubric: Rubric, *, instructions: str, seed: int) -> SandboxState:
    """Return the input of one episode: the start position is written here and nowhere else.

    Raises ContentError for a scenario that does not say what the rubric starts from.
    """
    return SandboxState(
        scenario=scenario,
        instructions=instructions,
        seed=seed,
        messages=[],
        persona_state=None,
        latent=opening(rubric, scenario),
        notes=[],
        directives=[],
        score=None,
        unscored=None,
    )
