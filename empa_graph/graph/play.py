"""Play one episode from its start state to its score; a failure ends it and is recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from langgraph.errors import GraphRecursionError
from langgraph.types import RetryPolicy

from empa_graph.errors import RunError
from empa_graph.graph.build import RETRY, After, build_sandbox
from empa_graph.graph.state import SandboxState, start_state
from empa_graph.graph.verdict import verdict
from empa_graph.models.episode import Ending, Episode
from empa_graph.models.failure import Failure
from empa_graph.models.persona import Scenario
from empa_graph.models.rubric import Rubric
from empa_graph.roles.views import EmpathicRole, EvaluatorRole, PersonaRole

OnTurn = Callable[[int], None]


class Labels(NamedTuple):
    """How the episode's parts are called in the record."""

    agent: str
    variant: str = "baseline"
    evaluator: str = "cues"
    voice: str = "card"


class Sandbox:
    """A compiled sandbox that plays any scenario of its rubric's space."""

    def __init__(
        self,
        *,
        persona: PersonaRole,
        empathic: EmpathicRole,
        evaluator: EvaluatorRole,
        rubric: Rubric,
        labels: Labels,
        profile: str = "balanced",
        extra: Mapping[str, After] | None = None,
        retry: RetryPolicy = RETRY,
    ) -> None:
        self.rubric = rubric
        self.labels = labels
        graph = build_sandbox(
            persona=persona,
            empathic=empathic,
            evaluator=evaluator,
            stop=rubric.stop,
            profile=profile,
            extra=extra,
            retry=retry,
        )
        self._compiled = graph.compile()
        self._limit = (3 + len(extra or ())) * rubric.stop.max_turns + 2

    async def play(
        self,
        scenario: Scenario,
        *,
        seed: int = 0,
        repeat: int = 0,
        instructions: str = "",
        on_turn: OnTurn | None = None,
    ) -> Episode:
        """Play ``scenario`` once. A failure of a role ends the episode; what was played by then is kept."""
        last: Any = start_state(scenario, self.rubric.space.names, instructions=instructions, seed=seed)
        failure = None
        try:
            async for state in self._compiled.astream(
                last, config={"recursion_limit": self._limit}, stream_mode="values"
            ):
                if on_turn is not None and len(state["latent"].steps) > len(last["latent"].steps):
                    on_turn(len(state["latent"].steps))
                last = state
        except RunError as error:
            failure = Failure(turn=_turn(last), blame=error.blame, kind=error.kind, detail=str(error)[:500])
        except GraphRecursionError as error:
            failure = Failure(turn=_turn(last), blame="us", kind="recursion_limit", detail=str(error)[:500])
        return self._episode(scenario, last, failure, repeat=repeat, seed=seed)

    def _episode(self, scenario: Scenario, state: Any, failure: Failure | None, *, repeat: int, seed: int) -> Episode:
        latent = state["latent"]
        standing = verdict(latent, self.rubric.stop)
        ending: Ending = "failed" if failure or standing == "continue" else standing
        unscored = f"{failure.kind}: {failure.detail}" if failure else state["unscored"]
        return Episode(
            scenario=scenario.id,
            agent=self.labels.agent,
            variant=self.labels.variant,
            evaluator=self.labels.evaluator,
            rubric=self.rubric.id,
            voice=self.labels.voice,
            repeat=repeat,
            seed=seed,
            messages=tuple(state["messages"]),
            latent=latent,
            persona_state=state["persona_state"],
            ending=ending,
            score=state["score"],
            unscored=unscored,
            failure=failure,
            faults=tuple(_faults(state)),
            notes=tuple(state["notes"]),
        )


def _turn(state: SandboxState) -> int:
    return state["messages"][-1].turn if state["messages"] else 0


def _faults(state: SandboxState) -> list[Failure]:
    silent = [
        Failure(turn=m.turn, blame="agent", kind="empty_reply", detail=f"empty reply at turn {m.turn}")
        for m in state["messages"]
        if m.speaker == "agent" and not m.content.strip()
    ]
    missing = [step.failure for step in state["latent"].steps if step.failure is not None]
    return sorted((*silent, *missing), key=lambda fault: fault.turn)
