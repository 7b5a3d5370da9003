"""A router held to an SLA: a general agent first, on a breach a specialist, on a second breach a person.

Offline and by rule; put graphs of your own in place of `general` and `specialist`. Usage: python examples/router.py
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from langchain_core.messages import AIMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.types import Command

from empa_graph import (
    CueEvaluator,
    EmpathicView,
    EmpathySLA,
    Human,
    Judging,
    Message,
    ScriptedEmpathic,
    SlaRule,
    conversation,
    load_rubric,
    monitor,
)

LINE = EmpathySLA(
    id="support_line",
    rules=(
        # The first breached rule with a route decides, so the second breach stands above the first.
        SlaRule(id="harm_again", signal="regress", window=8, enter=2, severity="critical", route="person"),
        SlaRule(id="turning_away", signal="alignment", window=2, enter=-0.3, leave=0.9, route="specialist"),
    ),
)
"""Movement away from the target brings the specialist; a second harmful turn within eight brings a person."""
PERSON = (
    "Hello, my parcel has not come. Can you check it?",
    "It was posted a week ago. My mother's letters are in it. She died in May.",
    "I have not slept since. Maybe they are lost for good.",
    "I feel so alone with this. Nobody else remembers her voice.",
    "It helps a little to say it. What happens with the parcel now?",
    "So now it is nothing, and I am too sensitive as well?",
)
"""What the person says in the scripted conversation."""
ANSWER = "I am Ana. I have read all of it, and I am so sorry about the letters. I am calling the depot now."
_DESK = (
    "You are overreacting. It is only a parcel.",
    "Everyone has problems. Just get over it and move on.",
    "It is nothing. You are being too sensitive, so just get over it.",
)


async def general(messages: Sequence[dict[str, str]]) -> str:
    """Answer as a desk that knows parcels and has no ear for anything else."""
    if "check" in messages[-1]["content"]:
        return "Certainly. I will check where your parcel is. When was it posted?"
    return _DESK[sum(m["role"] == "user" for m in messages) // 2 % len(_DESK)]


async def _listen(state: MessagesState) -> dict[str, list[AIMessage]]:
    said = [m for m in state["messages"] if m.type in ("human", "ai")]
    turns = [sum(m.type == "human" for m in said[: place + 1]) for place in range(len(said))]
    heard = [
        Message(turn=turn, speaker="persona" if m.type == "human" else "empathic", content=str(m.text))
        for turn, m in zip(turns, said, strict=True)
    ]
    write = await ScriptedEmpathic("template")(EmpathicView(messages=heard, instructions="", seed=0))
    return {"messages": [AIMessage(write["messages"][0].content)]}


def specialist() -> Any:
    """Return the empathic module, a compiled LangGraph graph of its own; here it listens by rule."""
    return StateGraph(MessagesState).add_node("listen", _listen).add_edge(START, "listen").compile()


def router(sla: EmpathySLA = LINE, *, agent: object = general, checkpointer: Any = None) -> Any:
    """Return the compiled router; it keeps its conversations in ``checkpointer``, by default in memory.

    A turn is held for at most a second for its judgement, so that a breach acts on the next reply.
    """
    rubric = load_rubric()
    graph = monitor(
        agent,
        evaluator=CueEvaluator(rubric),
        sla=sla,
        rubric=rubric,
        routes={"specialist": specialist(), "person": Human()},
        judging=Judging(wait=1.0),
    )
    return graph.compile(checkpointer=checkpointer or InMemorySaver())


async def talk(graph: Any, texts: Sequence[str] = PERSON, *, thread: str = "a") -> list[dict[str, Any]]:
    """Send ``texts`` one by one until a person is asked for; return the state after each turn."""
    states: list[dict[str, Any]] = []
    for text in texts:
        said = {"messages": [{"role": "user", "content": text}]}
        states.append(await graph.ainvoke(said, {"configurable": {"thread_id": thread}}))
        if "__interrupt__" in states[-1]:
            break
    return states


async def main() -> None:
    """Play the scripted conversation and print who answers, what is breached, and how a person takes over."""
    graph, seen = router(), 0
    for said, state in zip(PERSON, await talk(graph), strict=True):
        known = conversation(state)
        print(f"{known.turn} > {said}")
        if known.seat != "person":
            print(f"  {known.seat}: {state['messages'][-1].text}")
        for breach in known.breaches[seen:]:
            print(f"  ! {breach.rule} breached at turn {breach.turn}: {breach.signal} {breach.value:.2f}")
        seen = len(known.breaches)
    asked = state["__interrupt__"][0].value
    print(f"  a person is asked for: {', '.join(asked['breached'])}")
    state = await graph.ainvoke(Command(resume=ANSWER), {"configurable": {"thread_id": "a"}})
    print(f"  person: {state['messages'][-1].text}")
    print(f"numbers stand on: {known.basis}")


if __name__ == "__main__":
    asyncio.run(main())
