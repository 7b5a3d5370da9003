"""Play one episode from its start state to its score; a failure ends it and is recorded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from langgraph.types import RetryPolicy

from empa_graph.graph.build import RETRY, build_sandbox
from empa_graph.graph.state import EpisodeContext, EpisodeResult, OnTurn
from empa_graph.llm.tracing import untraced
from empa_graph.models.dialogue import Message
from empa_graph.models.episode import Episode
from empa_graph.models.failure import Failure
from empa_graph.models.persona import Scenario
from empa_graph.models.rubric import Rubric
from empa_graph.models.turn_record import TurnRecord
from empa_graph.roles.evaluator.support import felt_of, support_of, supporting
from empa_graph.roles.persona.voice import told
from empa_graph.roles.views import After, EmpathicRole, EvaluatorRole, PersonaRole

MOST_STEPS = 10_000
"""Steps that an episode of ordinary length may take, LangGraph's own bound."""


CARD = "card"
"""The voice that says the card's own lines."""


class Labels(NamedTuple):
    """How the episode's parts are called in the record."""

    agent: str
    variant: str = "baseline"
    evaluator: str = "cues"
    voice: str = CARD


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
        self._supporting = supporting(evaluator)
        graph = build_sandbox(
            persona=persona,
            empathic=empathic,
            evaluator=evaluator,
            rubric=rubric,
            profile=profile,
            extra=extra,
            retry=retry,
        )
        self._compiled = graph.compile()
        # The graph of an agent inherits the limit, and may take more steps than a short episode has.
        self._limit = max(MOST_STEPS, (4 + len(extra or ())) * rubric.stop.max_turns + 4)

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

        Raises ContentError for a scenario that does not say what the rubric starts from, SuspendedError when the run
        stops here: nothing is lost, the episode is not over.
        """
        start = {"scenario": scenario, "seed": seed, "instructions": instructions, "finished": finished}
        return await self.play_from(start, scenario=scenario.id, repeat=repeat, on_turn=on_turn, number=number)

    async def play_from(
        self,
        start: Mapping[str, Any],
        *,
        scenario: str,
        repeat: int = 0,
        on_turn: OnTurn | None = None,
        number: int = 0,
    ) -> Episode:
        """Play from any `EpisodeInput` to the end, under the name ``scenario``; LangSmith is sent nothing.

        Raises as `play`.
        """
        context = EpisodeContext(number=number, repeat=repeat, keep=on_turn)
        given: Any = start
        with untraced():
            # Version 2 streams the state alone; the first one streams what every node wrote beside it.
            ended: Any = await self._compiled.ainvoke(
                given, {"recursion_limit": self._limit}, context=context, version="v2"
            )
        state = ended.value
        support = support_of(state["messages"], self._supporting)
        felt = felt_of(state["messages"], support, own_words=self.labels.voice != CARD)
        return Episode(
            scenario=scenario,
            agent=self.labels.agent,
            variant=self.labels.variant,
            evaluator=self.labels.evaluator,
            rubric=self.rubric.id,
            voice=self.labels.voice,
            repeat=repeat,
            seed=start.get("seed", 0),
            messages=tuple(state["messages"]),
            latent=state["latent"],
            persona_state=state["persona_state"],
            ending=state["ending"],
            score=state["score"],
            support=support,
            felt=felt.value,
            felt_absent=felt.cause,
            unscored=state["unscored"],
            failure=state["failure"],
            faults=tuple(_faults(state)),
            notes=tuple(state["notes"]),
            directives=tuple(state["directives"]),
        )


def _faults(state: EpisodeResult) -> list[Failure]:
    silent = [
        Failure(turn=m.turn, blame="empathic", kind="empty_reply", detail=f"empty reply at turn {m.turn}")
        for m in state["messages"]
        if m.speaker == "empathic" and not m.content.strip()
    ]
    missing = [step.failure for step in state["latent"].steps if step.failure is not None]
    voiced = [fault for message in state["messages"] for fault in _voice_faults(message)]
    return sorted((*silent, *missing, *voiced), key=lambda fault: fault.turn)


def _voice_faults(message: Message) -> Iterator[Failure]:
    voicing, turn = message.voicing, message.turn
    if voicing is not None and voicing.fallback:
        detail = f"the voice {told(voicing.refused)}"[:500]
        yield Failure(turn=turn, blame="persona", kind="voice_fallback", detail=detail, seat="persona")
    if voicing is not None and voicing.unchecked is not None:
        detail = f"the check of the voice did not answer: {voicing.unchecked}"[:500]
        yield Failure(turn=turn, blame="provider", kind="voice_unchecked", detail=detail, seat="voice_check")
