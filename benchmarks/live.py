"""What the live monitor adds to a turn, what it loses when its process is killed, and how soon it sees a decline.

1. Turns of a monitored agent whose judge takes 2 s beside the same agent in a bare graph; both on SQLite checkpoints;
   and without a pause on checkpoints in memory, where only the work counts.
2. A conversation whose process is killed after each turn in turn, while the judge is at work, and goes on in another.
3. On every scenario a scripted agent that turns from `expert` to `dismissive`, and one that never turns.

Writes benchmarks/results/live.json.  Usage: python benchmarks/live.py [--turns 40] [--latency 2.0]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import START, MessagesState, StateGraph

from empa_graph import (
    CueEvaluator,
    EmpathicView,
    EmpathicWrite,
    EvaluatorView,
    EvaluatorWrite,
    Labels,
    Message,
    RulePersona,
    Sandbox,
    Scenario,
    load_rubric,
    scenarios,
)
from empa_graph.live.conversation import Conversation
from empa_graph.live.monitor import conversation, monitor
from empa_graph.live.records import EmpathySLA
from empa_graph.models.rubric import with_max_turns
from empa_graph.roles.empathic.reference_agents import reference_agent

RESULTS = Path(__file__).parent / "results"
RUBRIC = load_rubric()
SLA = EmpathySLA(id="standard")
TURNS_AT = 5
"""The turn at which the planted agent turns dismissive."""
LENGTH = 12
THREAD: Any = {"configurable": {"thread_id": "a"}}


class Slow:
    """The offline evaluator behind a wait, as a judge on a service would be."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._judge = CueEvaluator(RUBRIC)

    async def __call__(self, view: EvaluatorView) -> EvaluatorWrite:
        """Wait, then judge."""
        await asyncio.sleep(self._seconds)
        return await self._judge(view)


class Turning:
    """Replies as one scripted agent, and from `TURNS_AT` on as another."""

    def __init__(self, first: str, then: str) -> None:
        self._first, self._then = reference_agent(first), reference_agent(then)

    async def __call__(self, view: EmpathicView) -> EmpathicWrite:
        """Reply."""
        return await (self._first if view["messages"][-1].turn < TURNS_AT else self._then)(view)


def recorded(messages: Sequence[Message]) -> Any:
    """Return an agent that gives the replies of a recording, turn by turn."""

    async def agent(chat: list[dict[str, str]]) -> list[str]:
        turn = sum(message["role"] == "user" for message in chat)
        return [message.content for message in messages if message.turn == turn and message.speaker == "empathic"]

    return agent


async def played(scenario: Scenario, first: str, then: str) -> list[Message]:
    """Play one scenario in the sandbox; what is said is then replayed live."""
    sandbox = Sandbox(
        persona=RulePersona(),
        empathic=Turning(first, then),
        evaluator=CueEvaluator(RUBRIC),
        rubric=with_max_turns(RUBRIC, LENGTH),
        labels=Labels(first),
    )
    return list((await sandbox.play(scenario, seed=0)).messages)


async def turn(graph: Any, text: str | None) -> Conversation:
    """Say ``text``, or with None wait for all judgements."""
    said = [] if text is None else [{"role": "user", "content": text}]
    return conversation(await graph.ainvoke({"messages": said}, THREAD, durability="sync"))


def person(messages: Sequence[Message]) -> list[str]:
    """Return what the person said, a text per turn."""
    return [message.content for message in messages if message.speaker == "persona"]


async def added(
    messages: Sequence[Message], turns: int, latency: float, *, pause: float, savers: Sequence[Any]
) -> dict[str, float]:
    """Return ms per turn of both graphs, and what the monitor adds, turn by turn."""
    agent = recorded(messages)

    async def node(state: MessagesState) -> dict[str, Any]:
        chat = [
            {"role": "user" if m.type == "human" else "assistant", "content": str(m.text)} for m in state["messages"]
        ]
        return {"messages": [{"role": "assistant", "content": text} for text in await agent(chat)]}

    plain = StateGraph(MessagesState)
    plain.add_node("agent", node)
    plain.add_edge(START, "agent")
    live = monitor(agent, evaluator=Slow(latency), sla=SLA, rubric=RUBRIC)
    graphs: dict[str, Any] = {
        "bare": plain.compile(checkpointer=savers[0]),
        "live": live.compile(checkpointer=savers[1]),
    }
    times: dict[str, list[float]] = {"bare": [], "live": []}
    said = person(messages)
    for number in range(turns):
        for name, graph in sorted(graphs.items(), reverse=bool(number % 2)):
            text = {"messages": [{"role": "user", "content": said[number % len(said)]}]}
            begun = time.perf_counter()
            await graph.ainvoke(text, THREAD, durability="sync")
            times[name].append((time.perf_counter() - begun) * 1000)
        await asyncio.sleep(pause)
    both = zip(times["live"], times["bare"], strict=True)
    extra = sorted(slow - fast for slow, fast in both)
    return {
        "bare_ms": statistics.median(times["bare"]),
        "live_ms": statistics.median(times["live"]),
        "added_ms": statistics.median(extra),
        "added_p90_ms": extra[int(0.9 * len(extra))],
    }


async def talked(place: str, messages: Sequence[Message], latency: float, turns: range) -> Conversation:
    """Go on with a conversation over ``turns``; at its end wait for all judgements, before it for the kill."""
    async with AsyncSqliteSaver.from_conn_string(place) as saver:
        live = monitor(recorded(messages), evaluator=Slow(latency), sla=SLA, rubric=RUBRIC).compile(checkpointer=saver)
        said = person(messages)
        for number in turns:
            await turn(live, said[number])
            if turns.stop < len(said):
                print("answered", flush=True)
        if turns.stop < len(said):
            await asyncio.sleep(3600)
        return await turn(live, None)


def killed(place: str, after: int, latency: float) -> None:
    """Talk for ``after`` turns in a process of its own, and kill it."""
    words = [sys.executable, __file__, "--child", place, "--turns", str(after), "--latency", str(latency)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for _ in range(after):
            process.stdout.readline()
        process.kill()


async def restarts(messages: Sequence[Message], latency: float) -> dict[str, Any]:
    """Kill after each turn but the last; compare what was found with a conversation that nobody killed."""
    with tempfile.TemporaryDirectory() as folder:
        every = range(len(person(messages)))
        whole = await talked(f"{folder}/whole.db", messages, 0.0, every)
        wanted = [(breach.rule, breach.turn, breach.value) for breach in whole.breaches]
        lost = 0
        for after in range(1, len(every)):
            place = f"{folder}/{after}.db"
            await asyncio.to_thread(killed, place, after, latency)
            known = await talked(place, messages, 0.0, range(after, len(every)))
            found = [(breach.rule, breach.turn, breach.value) for breach in known.breaches]
            lost += found != wanted or len(known.latent.judged) != len(every)
    return {"kills": len(every) - 1, "conversations_that_differ": lost, "breaches_each": len(wanted)}


async def watched(first: str, then: str) -> dict[str, Any]:
    """Replay one agent on every scenario under the monitor."""
    delays: list[int] = []
    alarms = late = 0
    for scenario in scenarios():
        messages = await played(scenario, first, then)
        live = monitor(recorded(messages), evaluator=CueEvaluator(RUBRIC), sla=SLA, rubric=RUBRIC)
        state: Any = {"messages": []}
        for text in person(messages):
            state = await live.compile().ainvoke({**state, "messages": [*state["messages"], ("user", text)]})
        turns = [breach.turn for breach in conversation(state).breaches]
        before = [number for number in turns if first == then or number < TURNS_AT]
        after = [number - TURNS_AT + 1 for number in turns if number >= TURNS_AT]
        alarms += bool(before)
        if first != then:
            late += not after
            delays += after[:1]
    row: dict[str, Any] = {"agent": f"{first} > {then}" if first != then else first, "conversations": len(scenarios())}
    row["with_a_false_alarm"] = alarms
    if first != then:
        row |= {"caught_within_window": sum(n <= SLA.window for n in delays), "never": late}
        row["median_turns_to_catch"] = statistics.median(delays) if delays else None
    return row


async def measured(turns: int, latency: float) -> dict[str, Any]:
    """Return all three tables."""
    messages = await played(scenarios()[0], "expert", "dismissive")
    in_memory = (InMemorySaver(), InMemorySaver())
    with tempfile.TemporaryDirectory() as folder:
        async with (
            AsyncSqliteSaver.from_conn_string(f"{folder}/bare.db") as one,
            AsyncSqliteSaver.from_conn_string(f"{folder}/live.db") as two,
        ):
            paced = await added(messages, turns, latency, pause=latency + 0.1, savers=(one, two))
    return {
        "latency_s": latency,
        "added": {
            "SQLite, a turn each latency + 0.1 s": paced,
            "in memory, without a pause": await added(messages, turns, latency, pause=0.0, savers=in_memory),
        },
        "restarts": await restarts(messages, latency),
        "declines": [await watched(*agents) for agents in (("expert", "dismissive"), ("expert", "expert"))],
    }


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=40)
    parser.add_argument("--latency", type=float, default=2.0)
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        messages = asyncio.run(played(scenarios()[0], "expert", "dismissive"))
        asyncio.run(talked(options.child, messages, options.latency, range(options.turns)))
        return
    found = asyncio.run(measured(options.turns, options.latency))
    for name, row in found["added"].items():
        print(f"{name}: " + ", ".join(f"{key} {value:.2f}" for key, value in row.items()))
    print("killed: " + ", ".join(f"{key} {value}" for key, value in found["restarts"].items()))
    for row in found["declines"]:
        print("; ".join(f"{key} {value}" for key, value in row.items()))
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "live.json").write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
