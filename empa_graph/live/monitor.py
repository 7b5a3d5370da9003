"""Hold a live conversation to an SLA: any agent, judged beside its replies, with who answers chosen by the breaches."""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NotRequired, cast

from langgraph.config import get_config, get_stream_writer
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.types import Command, Send, interrupt
from pydantic import JsonValue

from empa_graph.errors import NotFoundError, UsageError
from empa_graph.live.background_judge import Bench, Benches
from empa_graph.live.breaker import CircuitBreaker
from empa_graph.live.conversation import Conversation
from empa_graph.live.records import Decision, EmpathySLA
from empa_graph.live.replier import Replier, Turn, replier
from empa_graph.live.sla import breached, released, route
from empa_graph.live.tracker import Clock, LiveJudge, answered, asked, begun, recorded
from empa_graph.live.turns import InTurn, InTurnGraph
from empa_graph.llm.tracing import as_the_caller, private
from empa_graph.models.latent import LatentState
from empa_graph.models.rubric import Rubric
from empa_graph.roles.empathic.spoken import spoken, text
from empa_graph.roles.views import EvaluatorRole

AGENT = "agent"
_TAKEN = frozenset({"intake", "__start__", "__end__", AGENT})


class LiveState(MessagesState):
    """The conversation, and beside it what the monitor knows, as plain data; read it with `conversation`."""

    live: NotRequired[dict[str, JsonValue]]


class LiveGraph(InTurnGraph):
    """A graph of which no run is posted to LangSmith, since all hold ``live``; those of its agents are."""

    def compile(self, *args: Any, **kwargs: Any) -> Any:
        """Compile it, as any graph."""
        compiled = super().compile(*args, **kwargs)
        compiled.__class__ = _Unposted
        return compiled


class _Unposted(InTurn):
    async def astream(self, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        """Stream as any graph does; between two parts the caller's own tracing holds."""
        parts = super().astream(*args, **kwargs)
        while True:
            with private():
                try:
                    part = await anext(parts)
                except StopAsyncIteration:
                    return
            yield part


class Human:
    """A person takes the seat: the graph stops with an interrupt and goes on with their answer.

    Resume with their reply (text, or a list of texts), or with ``{"back": True}``: then the agent answers, and the
    breaches that brought the conversation here end and cool down.
    """


@dataclass(frozen=True, slots=True)
class Judging:
    """How the judge is asked. Times in seconds."""

    wait: float = 0.0
    """For how long a turn may be held for its judgement; what comes later joins a later turn."""
    timeout: float = 60.0
    """After which a judgement counts as missing."""
    failures: int = 3
    """Failures in a row that open the breaker."""
    reset: float = 30.0
    """For how long it stays open before one trial."""
    closed_to: str | None = None
    """Fail-closed: who answers while there is no judge, by the name of a route. None fails open: the agent goes on."""
    clock: Clock = field(default=time.time)
    """Seconds since the epoch."""


def monitor(
    agent: object,
    *,
    evaluator: EvaluatorRole,
    sla: EmpathySLA,
    rubric: Rubric,
    routes: Mapping[str, object] | None = None,
    start: LatentState | None = None,
    judging: Judging | None = None,
) -> StateGraph[LiveState]:
    """Return the uncompiled graph that answers by ``agent``, judges each turn beside it, and routes by ``sla``.

    Each turn is one step of the seat that answers: the agent, or the route that the first breached rule names, which is
    another agent or a `Human`. Compile it with a checkpointer and send each message of the person to its thread; an
    input without a new message waits for all judgements. Calls on one thread wait for each other. A live conversation
    starts at the rubric's stated prior, or at ``start``. Decisions are sent to ``stream_mode="custom"`` as they come.

    Raises NotFoundError for a route that does not exist, UsageError for what cannot answer. A conversation with a
    route to a `Human` is refused with UsageError without a checkpointer.
    """
    if isinstance(agent, Human):
        raise UsageError("a human is a route; the agent is a graph, a runnable or a function")
    attended = _Monitor(sla, rubric, start, judging or Judging(), evaluator)
    seats = {**(routes or {}), AGENT: agent}
    _check(sla, attended.judging, tuple(routes or ()))
    begun(rubric, start=start)
    graph = LiveGraph(LiveState)
    attended.humans = frozenset(name for name, seat in seats.items() if isinstance(seat, Human))
    graph.add_node("intake", attended.intake, input_schema=LiveState, destinations=(*seats, END))
    for name, seat in seats.items():
        if isinstance(seat, Human):
            graph.add_node(name, attended.human, input_schema=LiveState, destinations=(AGENT, END))
        else:
            graph.add_node(name, _seated(attended, name, replier(name, seat)), input_schema=LiveState)
            graph.add_edge(name, END)
    graph.add_conditional_edges(
        START, attended.choose, ["intake", *(name for name in seats if name not in attended.humans)]
    )
    return graph


def conversation(state: Mapping[str, Any]) -> Conversation:
    """Return what the monitor knows, from its graph's state. Raises UsageError when that is nothing."""
    if not state.get("live"):
        raise UsageError("this state holds no live conversation; it has to come from a graph made by monitor()")
    return Conversation.model_validate(state["live"])


class _Monitor:
    def __init__(
        self, sla: EmpathySLA, rubric: Rubric, start: LatentState | None, judging: Judging, evaluator: EvaluatorRole
    ) -> None:
        self.sla, self.rubric, self.start, self.judging = sla, rubric, start, judging
        breaker = CircuitBreaker(failures=judging.failures, reset=judging.reset, clock=judging.clock)
        self.judge = LiveJudge(evaluator, timeout=judging.timeout, breaker=breaker, clock=judging.clock)
        self.benches = Benches(self.judge)
        self.humans: frozenset[str] = frozenset()

    async def choose(self, state: LiveState) -> str:
        """Choose who answers; ``intake`` where nobody does, or a human, who must find the state recorded."""
        if self.humans and not get_config().get("configurable", {}).get("__pregel_checkpointer"):
            raise UsageError(
                "a route leads to a human, which needs a checkpointer: monitor(...).compile(checkpointer=)"
            )
        known = conversation(state) if state.get("live") else self._begun()
        if not _unheard(state["messages"], known.last_heard):
            return "intake"
        if known.pending:
            known, _ = self._taken(self.benches.of(known), known)
        seat = self._seat(known)
        return "intake" if seat in self.humans else seat

    async def intake(self, state: LiveState) -> Command[str]:
        """Record the turn on which a human is asked, or, without one, wait for all judgements."""
        if state.get("live") and not _unheard(state["messages"], conversation(state).last_heard):
            await self.benches.of(conversation(state)).wait(None)
        known, fresh = self.entered(state)
        if not fresh:
            return Command(update={"live": plain(known)}, goto=END)
        seat = self._seat(known)
        return Command(update={"live": plain(asked(known, fresh, seat=seat))}, goto=seat)

    def entered(self, state: LiveState) -> tuple[Conversation, list[str]]:
        """Return the conversation with its late judgements, and the texts that the person says now."""
        known = conversation(state) if state.get("live") else self._begun()
        fresh = _unheard(state["messages"], known.last_heard)
        known, decisions = self._taken(self.benches.of(known), known)
        _tell(decisions)
        known = known.model_copy(update={"last_heard": fresh[-1].id}) if fresh else known
        return known, [text(said) for said in fresh]

    async def human(self, state: LiveState) -> Command[str]:
        """Ask a person for the reply."""
        known = conversation(state)
        rules = [rule.id for rule in breached(self.sla, known.sla)]
        shown = [breach.model_dump(mode="json") for breach in known.breaches if breach.rule in rules]
        answer: object = interrupt({"basis": known.basis, "turn": known.turn, "breached": rules, "breaches": shown})
        if isinstance(answer, dict) and answer.get("back") is True:
            back = known.model_copy(update={"seat": AGENT, "sla": released(self.sla, known.sla)})
            return Command(update={"live": plain(back)}, goto=AGENT)
        texts = [answer] if isinstance(answer, str) else answer
        if not isinstance(texts, list) or not all(isinstance(said, str) for said in texts):
            raise UsageError('a human resumes with a text, a list of texts, or {"back": True}')
        update = await self.replied(known, texts)
        return Command(
            update={**update, "messages": [{"role": "assistant", "content": said} for said in texts]}, goto=END
        )

    async def replied(self, known: Conversation, texts: list[str]) -> dict[str, Any]:
        """Send the answered turn to the judge and take up what is judged within the wait."""
        known = answered(known, texts)
        bench = self.benches.of(known)
        await bench.wait(self.judging.wait)
        known, decisions = self._taken(bench, known)
        _tell(decisions)
        return {"live": plain(known)}

    def _begun(self) -> Conversation:
        # The seed also marks the judge's fence, so the agent must not know it.
        return begun(self.rubric, start=self.start, seed=secrets.randbits(53))

    def _taken(self, bench: Bench, known: Conversation) -> tuple[Conversation, list[Decision]]:
        """Record the judgements that have come in, in the order of their turns."""
        found: list[Decision] = []
        while (judged := bench.judged(known)) is not None:
            known, decisions = recorded(known, judged, self.sla, now=self.judging.clock())
            found += decisions
        return known, found

    def _seat(self, known: Conversation) -> str:
        if self.judging.closed_to is not None and self._without_judge(known):
            return self.judging.closed_to
        return route(self.sla, known.sla) or AGENT

    def _without_judge(self, known: Conversation) -> bool:
        """Say whether the breaker is open, or was when this conversation was last judged: a restart closes nothing."""
        recent = known.turns[-self.judging.failures :]
        silent = len(recent) >= min(self.judging.failures, self.sla.window) and all(t.evidence.missing for t in recent)
        return silent or self.judge.breaker.circuit != "closed"


def _seated(attended: _Monitor, name: str, reply: Replier) -> Any:
    async def seat(state: LiveState) -> Any:
        known, fresh = attended.entered(state)
        known = asked(known, fresh, seat=name)
        waiting = bool(cast("dict[str, Any]", state).get("waiting"))
        with as_the_caller():
            found = await reply(Turn(list(state["messages"]), known.handed.get(name), waiting))
        if found.waiting:
            return Command(goto=Send(name, {**state, "waiting": True}))
        if found.known is not None:
            known = known.model_copy(update={"handed": {**known.handed, name: found.known}})
        update = await attended.replied(known, [text(said) for said in spoken(found.messages)])
        return {**update, "messages": found.messages}

    return seat


def _tell(decisions: list[Decision]) -> None:
    for decision in decisions:
        get_stream_writer()(decision.model_dump(mode="json"))


def plain(known: Conversation) -> dict[str, JsonValue]:
    """Return ``known`` as data that any checkpointer keeps."""
    return cast("dict[str, JsonValue]", known.model_dump(mode="json", exclude_defaults=True))


def _unheard(messages: list[Any], last: str | None) -> list[Any]:
    """Return what the person said since the last reply and since the message with id ``last``."""
    fresh: list[Any] = []
    for message in reversed(messages):
        if message.id == last or message.type == "ai":
            break
        if message.type == "human":
            fresh.insert(0, message)
    return fresh


def _check(sla: EmpathySLA, judging: Judging, routes: tuple[str, ...]) -> None:
    taken = sorted(_TAKEN & set(routes))
    if taken:
        raise UsageError(f"a route cannot be called '{taken[0]}'; that name is taken")
    for rule in sla.rules:
        if rule.route is not None and rule.route not in routes:
            raise NotFoundError("route", rule.route, routes, where=f"rule '{rule.id}'")
    if judging.closed_to is not None and judging.closed_to not in routes:
        raise NotFoundError("route", judging.closed_to, routes, where="closed_to")
    if judging.wait < 0 or judging.timeout <= 0:
        raise UsageError(f"wait {judging.wait:g} s and timeout {judging.timeout:g} s; allowed are 0 or more, above 0")
