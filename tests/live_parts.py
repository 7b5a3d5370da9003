"""A monitored conversation for tests: an agent, a judge that reads levels off the reply, and a way to talk to it."""

from __future__ import annotations

import asyncio
from typing import Any

from empa_graph.live.conversation import Conversation
from empa_graph.live.monitor import Judging, conversation, monitor
from empa_graph.live.records import EmpathySLA, SlaRule
from empa_graph.models.latent import Step
from empa_graph.roles.views import EvaluatorView, EvaluatorWrite
from tests.scripted_parts import RUBRIC

ALIGNED = SlaRule(id="aligned", signal="alignment", enter=0.0, leave=0.5, window=2, min_turns=1, route="specialist")
SLA = EmpathySLA(id="an_sla", rules=(ALIGNED,))
UNROUTED = EmpathySLA(id="an_sla", rules=(ALIGNED.model_copy(update={"route": None}),))


class ToneJudge:
    """Moves towards the target for a reply with ``kind`` in it, away for any other, after ``seconds``.

    With a ``gate`` each judgement waits for a release of it.
    """

    def __init__(self, seconds: float = 0.0, *, gate: asyncio.Semaphore | None = None) -> None:
        self.seconds = seconds
        self.gate = gate
        self.asked: list[int] = []

    async def __call__(self, view: EvaluatorView) -> EvaluatorWrite:
        turn = len(view["latent"].steps) + 1
        self.asked.append(turn)
        if self.seconds:
            await asyncio.sleep(self.seconds)
        if self.gate is not None:
            await self.gate.acquire()
        reply = [m.content for m in view["messages"] if m.turn == turn and m.speaker == "empathic"]
        latent = view["latent"]
        way = [(there - here) / 50 for here, there in zip(latent.start, latent.target, strict=True)]
        sign = 1.0 if "kind" in " ".join(reply) else -1.0
        return EvaluatorWrite(latent=Step(turn=turn, increment=tuple(sign * x for x in way)))


async def curt(messages: list[dict[str, str]]) -> str:
    return "Move on."


async def kind(messages: list[dict[str, str]]) -> str:
    return "A kind word."


def monitored(agent: Any = curt, *, evaluator: Any = None, sla: EmpathySLA = UNROUTED, saver: Any, **more: Any) -> Any:
    judging = more.pop("judging", Judging())
    graph = monitor(agent, evaluator=evaluator or ToneJudge(), sla=sla, rubric=RUBRIC, judging=judging, **more)
    return graph.compile(checkpointer=saver)


def thread(name: str = "a") -> Any:
    return {"configurable": {"thread_id": name}}


async def say(graph: Any, *texts: str, name: str = "a") -> dict[str, Any]:
    said = [{"role": "user", "content": text} for text in texts]
    state: dict[str, Any] = await graph.ainvoke({"messages": said}, thread(name), durability="sync")
    return state


async def settled(graph: Any, name: str = "a") -> Conversation:
    """Wait for all judgements."""
    return conversation(await say(graph, name=name))


def replies(state: dict[str, Any]) -> list[str]:
    return [str(message.text) for message in state["messages"] if message.type == "ai"]
