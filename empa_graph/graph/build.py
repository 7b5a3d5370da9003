"""The state machine of one episode: persona, empathic, evaluator, then on or out to the score."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable, Mapping
from functools import partial, wraps
from typing import Any

from langgraph.graph import END, START, StateGraph
from langgraph.types import RetryPolicy
from langgraph.utils.runnable import RunnableCallable  # type: ignore[attr-defined]  # it exports what it imports

from empa_graph.episode.score import check_profile
from empa_graph.errors import RoleError, TransientError
from empa_graph.graph.begin import begin
from empa_graph.graph.ends import PathView, TurnView, end_turn, entered, failed, onward, score
from empa_graph.graph.node import seat
from empa_graph.graph.state import EpisodeContext, EpisodeInput, EpisodeResult, SandboxState
from empa_graph.graph.waiting import finished
from empa_graph.models.rubric import Rubric
from empa_graph.roles.views import After, EmpathicRole, EvaluatorRole, PersonaRole, Role

RETRY = RetryPolicy(
    initial_interval=0.5,
    max_interval=10.0,
    max_attempts=4,
    jitter=True,
    retry_on=lambda error: isinstance(error, TransientError),
)
"""How often and at what interval a role is called again after a transient failure of a service."""


_FIXED = ("begin", "end_turn", "score")


def build_sandbox(
    *,
    persona: PersonaRole,
    empathic: EmpathicRole,
    evaluator: EvaluatorRole,
    rubric: Rubric,
    profile: str = "balanced",
    extra: Mapping[str, After] | None = None,
    retry: RetryPolicy = RETRY,
) -> StateGraph[SandboxState, EpisodeContext, EpisodeInput, EpisodeResult]:
    """Return the uncompiled sandbox: begin, then persona, empathic, evaluator and end_turn in a loop, then score.

    Its input is plain JSON (`EpisodeInput`): it runs in LangGraph Studio, on a LangGraph server and as a node of a
    larger graph. Raises RoleError for a role that breaks its seat, UsageError for unknown weights.
    """
    check_profile(profile)
    graph: Any = StateGraph(
        SandboxState, context_schema=EpisodeContext, input_schema=EpisodeInput, output_schema=EpisodeResult
    )
    graph.set_node_defaults(error_handler=either(failed))
    main: dict[str, Role] = {"persona": persona, "empathic": empathic, "evaluator": evaluator}
    roles, chain = dict(main), list(main)
    for name, (place, role) in reversed(list((extra or {}).items())):
        if name in (*main, *_FIXED) or place not in main:
            raise RoleError(f"extra role '{name}' after '{place}' has no place in the sandbox", blame="us")
        roles[name] = role
        chain.insert(chain.index(place) + 1, name)
    for name, role in roles.items():
        node, schema = seat(name, role)
        graph.add_node(name, either(node), input_schema=schema, retry_policy=retry)
    graph.add_node("begin", either(partial(begin, rubric=rubric)), input_schema=EpisodeInput)
    graph.add_node("end_turn", either(partial(end_turn, stop=rubric.stop)), input_schema=TurnView)
    graph.add_node("score", either(partial(score, stop=rubric.stop, profile=profile)), input_schema=PathView)
    graph.add_edge(START, "begin")
    graph.add_conditional_edges("begin", either(entered), ["persona", "end_turn"])
    for source, target in itertools.pairwise((*chain, "end_turn")):
        graph.add_edge(source, target)
    graph.add_conditional_edges("end_turn", either(onward), ["persona", "score"])
    graph.add_edge("score", END)
    return graph  # type: ignore[no-any-return]  # built through Any: the library's overloads know no node made at run time


def either(node: Callable[..., Awaitable[Any]]) -> RunnableCallable:
    """Return ``node``, an async function, as a node for ``ainvoke`` and ``invoke`` alike."""

    @wraps(node)
    def waited(*args: Any, **named: Any) -> Any:
        return finished(node(*args, **named))

    return RunnableCallable(waited, node, trace=False)
