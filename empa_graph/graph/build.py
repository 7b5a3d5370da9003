"""The state machine of one episode: persona, empathic, evaluator, then on or out to the score."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any, Literal, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.types import RetryPolicy

from empa_graph.episode.score import check_profile, scored
from empa_graph.episode.stop import verdict
from empa_graph.errors import RoleError, TransientError
from empa_graph.graph.node import Seat, seat
from empa_graph.graph.state import SandboxState
from empa_graph.models.directive import Directive
from empa_graph.models.episode import Score
from empa_graph.models.latent import LatentState
from empa_graph.models.stop import StopRules
from empa_graph.roles.views import After, EmpathicRole, EvaluatorRole, PersonaRole, Role

RETRY = RetryPolicy(
    initial_interval=0.5,
    max_interval=10.0,
    max_attempts=4,
    jitter=True,
    retry_on=lambda error: isinstance(error, TransientError),
)
"""How often and at what interval a role is called again after a transient failure of a service."""


class _Path(TypedDict):
    latent: LatentState
    directives: list[Directive]


class _Result(TypedDict):
    score: Score | None
    unscored: str | None


def build_sandbox(
    *,
    persona: PersonaRole,
    empathic: EmpathicRole,
    evaluator: EvaluatorRole,
    stop: StopRules,
    profile: str = "balanced",
    extra: Mapping[str, After] | None = None,
    retry: RetryPolicy = RETRY,
) -> StateGraph[SandboxState]:
    """Return the uncompiled sandbox: persona -> empathic -> evaluator -> (persona | score) -> END.

    Compiled, it is a node in a larger graph, which declares all its channels (``latent`` with a reducer that replaces);
    its input is `start_state`. Raises RoleError for a role that breaks its seat, UsageError for unknown weights.
    """
    check_profile(profile)
    graph: StateGraph[SandboxState] = StateGraph(SandboxState)
    main: dict[str, Role] = {"persona": persona, "empathic": empathic, "evaluator": evaluator}
    chain = list(main)
    for name, role in main.items():
        _add(graph, name, seat(name, role), retry)
    for name, (place, role) in reversed(list((extra or {}).items())):
        if name in (*main, "score") or place not in main:
            raise RoleError(f"extra role '{name}' after '{place}' has no place in the sandbox", blame="us")
        _add(graph, name, seat(name, role), retry)
        chain.insert(chain.index(place) + 1, name)

    async def onward(state: _Path) -> Literal["persona", "score"]:
        return "persona" if verdict(state["latent"], stop, state["directives"]) == "continue" else "score"

    async def score(state: _Path) -> _Result:
        result = scored(state["latent"], stop, profile)
        return _Result(score=result.score, unscored=result.unscored)

    graph.add_node("score", score, input_schema=_Path)
    for source, target in itertools.pairwise((START, *chain)):
        graph.add_edge(source, target)
    graph.add_conditional_edges(chain[-1], onward, ["persona", "score"])
    graph.add_edge("score", END)
    return graph


def _add(graph: StateGraph[Any], name: str, placed: Seat, retry: RetryPolicy) -> None:
    node: Any = placed.node
    graph.add_node(name, node, input_schema=placed.schema, retry_policy=retry)
