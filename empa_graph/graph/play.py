"""Play one episode from its start state to its score; a failure ends it and is recorded."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple

from langgraph.errors import GraphRecursionError
from langgraph.types import RetryPolicy

from empa_graph.episode.score import scored
from empa_graph.episode.stop import verdict
from empa_graph.errors import RunError
from empa_graph.graph.build import RETRY, build_sandbox
from empa_graph.graph.state import SandboxState, start_state
from empa_graph.llm.tracing import untraced
from empa_graph.models.episode import Ending, Episode
from empa_graph.models.failure import Failure
from empa_graph.models.ledger import TurnRecord
from empa_graph.models.persona import Scenario
from empa_graph.models.rubric import Rubric
from empa_graph.roles.trace import trace
from empa_graph.roles.views import After, EmpathicRole, EvaluatorRole, PersonaRole

_LOG = logging.getLogger(__name__)
OnTurn = Callable[[TurnRecord], Awaitable[None]]
"""Told of each finished turn before the next begins; what it raises ends the episode like a failure of a role."""


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
        self._profile = profile
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
        self._behind = sum(place.seat == "evaluator" for place in (extra or {}).values())

    async def play(
        self,
        scenario: Scenario,
        *,
        seed: int = 0,
        repeat: int = 0,
        instructions: str = "",
        on_turn: OnTurn | None = None,
        number: int = 0,
        finished: Sequence[TurnRecord] = (),
    ) -> Episode:
        """Play ``scenario`` once, as episode ``number``, going on behind its ``finished`` turns.

        A failure of a role ends the episode; what was played by then is kept.

        Raises ContentError for a scenario that does not say what the rubric starts from.
        """
        start = start_state(scenario, self.rubric, instructions=instructions, seed=seed)
        start = gone_on(start, finished)
        return await self.play_from(start, scenario=scenario.id, repeat=repeat, on_turn=on_turn, number=number)

    async def play_from(
        self, start: SandboxState, *, scenario: str, repeat: int = 0, on_turn: OnTurn | None = None, number: int = 0
    ) -> Episode:
        """Play from a state between two turns to the end, under the name ``scenario``; LangSmith is sent nothing.

        Raises SuspendedError when the run stops here: nothing is lost, the episode is not over.
        """
        with untraced():
            return await self._played_from(start, scenario, repeat, on_turn, number)

    async def _played_from(
        self, start: SandboxState, scenario: str, repeat: int, on_turn: OnTurn | None, number: int
    ) -> Episode:
        last: Any = start
        failure = None
        try:
            if verdict(last["latent"], self.rubric.stop, last["directives"]) != "continue":
                result = scored(last["latent"], self.rubric.stop, self._profile)
                last = {**last, "score": result.score, "unscored": result.unscored}
            else:
                async for state in self._states(start, on_turn, number):
                    last = state
        except RunError as error:
            failure = _failure(error, last)
        except GraphRecursionError as error:
            failure = Failure(turn=_turn(last), blame="us", kind="recursion_limit", detail=str(error)[:500])
        return self._episode(scenario, last, failure, repeat=repeat)

    async def _states(self, start: Any, on_turn: OnTurn | None, number: int) -> AsyncIterator[Any]:
        """Yield each state; tell ``on_turn`` of a turn when the last role behind the evaluator has played."""
        before, behind = start, -1
        async for state in self._compiled.astream(start, {"recursion_limit": self._limit}, stream_mode="values"):
            yield state
            judged = len(state["latent"].steps) > len(before["latent"].steps)
            behind = self._behind if judged and behind < 0 else behind - 1
            if judged and behind == 0:
                if on_turn is not None:
                    await on_turn(_record(before, state, number))
                before, behind = state, -1

    def _episode(self, scenario: str, state: Any, failure: Failure | None, *, repeat: int) -> Episode:
        latent = state["latent"]
        standing = verdict(latent, self.rubric.stop, state["directives"])
        ending: Ending = "failed" if failure or standing == "continue" else standing
        unscored = f"{failure.kind}: {failure.detail}" if failure else state["unscored"]
        return Episode(
            scenario=scenario,
            agent=self.labels.agent,
            variant=self.labels.variant,
            evaluator=self.labels.evaluator,
            rubric=self.rubric.id,
            voice=self.labels.voice,
            repeat=repeat,
            seed=state["seed"],
            messages=tuple(state["messages"]),
            latent=latent,
            persona_state=state["persona_state"],
            ending=ending,
            score=state["score"],
            unscored=unscored,
            failure=failure,
            faults=tuple(_faults(state)),
            notes=tuple(state["notes"]),
            directives=tuple(state["directives"]),
        )


def gone_on(start: SandboxState, finished: Sequence[TurnRecord]) -> SandboxState:
    """Return the state after the ``finished`` turns of an episode that began at ``start``."""
    state = SandboxState(**start)
    for turn in finished:
        state["messages"] = [*state["messages"], *turn.messages]
        state["latent"] = state["latent"].extended(turn.step)
        state["persona_state"] = turn.persona_state
        state["notes"] = [*state["notes"], *turn.notes]
        state["directives"] = [*state["directives"], *turn.directives]
    return state


def _record(before: Any, state: Any, number: int) -> TurnRecord:
    """What the turn between two states added."""
    said, noted, directed = (tuple(state[c][len(before[c]) :]) for c in ("messages", "notes", "directives"))
    step = state["latent"].steps[-1]
    return TurnRecord(
        episode=number,
        turn=step.turn,
        messages=said,
        step=step,
        persona_state=state["persona_state"],
        notes=noted,
        directives=directed,
    )


def _failure(error: RunError, state: SandboxState) -> Failure:
    crash = error.__cause__ if error.kind == "role_crashed" else None
    if crash is not None:
        _LOG.info("role crashed", exc_info=crash, extra={"seat": error.seat, "blame": error.blame})
    return Failure(
        turn=_turn(state),
        blame=error.blame,
        kind=error.kind,
        detail=str(error)[:500],
        seat=error.seat,
        trace=trace(crash) if crash is not None else None,
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
