"""CPU per turn of our sandbox against a bare three-node LangGraph graph that keeps the same records.

    python benchmarks/graph_overhead.py [--repeats 7] [--out benchmarks/results/graph_overhead.json]

Bare: three plain async nodes and an async router that append the same messages and steps, without views, checks,
retries or score. Roles: our sandbox with roles that do the same and nothing else. Cues: our sandbox with a person who
never runs out of words, a scripted agent and the cues. The three take turns within each repeat; medians over the
repeats count.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import operator
import platform
import statistics
import time
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict

from langgraph.graph import END, START, StateGraph
from loads import Talkative, endless
from rich.console import Console
from rich.table import Table

from empa_graph import (
    CueEvaluator,
    EmpathicView,
    EmpathicWrite,
    EvaluatorView,
    EvaluatorWrite,
    Labels,
    LatentState,
    Message,
    PersonaView,
    PersonaWrite,
    Rubric,
    Sandbox,
    Scenario,
    ScriptedEmpathic,
    Step,
    find_scenarios,
    load_rubric,
)
from empa_graph.episode.start import opening
from empa_graph.models.episode import PersonaState
from empa_graph.models.turn_record import TurnRecord

TURNS = (10, 100, 300)
EARLY = (5, 15)
"""Turns after the first of these and up to the second are the cost "at turn 10"."""
TAIL = 20
"""The last turns of the longest episode are the cost "at turn 300"."""
TARGET = 1.3
TEXT = "word " * 40
STILL = (0.0, 0.0, 0.0, 0.0)
PRIVATE = PersonaState(trust=0.5, openness=0.5)
Stamps = list[float]
Play = Callable[[int, Stamps], Awaitable[None]]
"""Plays a number of turns and appends the process's CPU seconds after each."""


def said(turn: int) -> list[Message]:
    return [Message(turn=turn, speaker="persona", content=TEXT)]


def replied(turn: int) -> list[Message]:
    return [Message(turn=turn, speaker="empathic", content=TEXT)]


async def persona(view: PersonaView) -> PersonaWrite:
    turn = view["messages"][-1].turn + 1 if view["messages"] else 1
    return PersonaWrite(messages=said(turn), persona_state=PRIVATE)


async def empathic(view: EmpathicView) -> EmpathicWrite:
    return EmpathicWrite(messages=replied(view["messages"][-1].turn))


async def evaluator(view: EvaluatorView) -> EvaluatorWrite:
    return EvaluatorWrite(latent=Step(turn=view["messages"][-1].turn, increment=STILL))


class BareState(TypedDict):
    scenario: Scenario
    instructions: str
    seed: int
    messages: Annotated[list[Message], operator.add]
    persona_state: PersonaState | None
    latent: LatentState
    steps: Annotated[list[Step], operator.add]


def bare(turns: int, stamps: Stamps) -> Any:
    """Return the compiled bare graph; its evaluator node takes the stamps."""

    async def person(state: BareState) -> dict[str, object]:
        return {"messages": said(len(state["steps"]) + 1), "persona_state": PRIVATE}

    async def agent(state: BareState) -> dict[str, object]:
        return {"messages": replied(state["messages"][-1].turn)}

    async def judge(state: BareState) -> dict[str, object]:
        stamps.append(time.process_time())
        return {"steps": [Step(turn=state["messages"][-1].turn, increment=STILL)]}

    async def onward(state: BareState) -> Literal["persona", "__end__"]:
        return "persona" if len(state["steps"]) < turns else END

    graph = StateGraph(BareState)
    graph.add_node("persona", person)
    graph.add_node("empathic", agent)
    graph.add_node("evaluator", judge)
    graph.add_edge(START, "persona")
    graph.add_edge("persona", "empathic")
    graph.add_edge("empathic", "evaluator")
    graph.add_conditional_edges("evaluator", onward, ["persona", END])
    return graph.compile()


def plays(scenario: Scenario) -> dict[str, Play]:
    rubric = load_rubric()

    async def play_bare(turns: int, stamps: Stamps) -> None:
        fields = {"scenario": scenario, "instructions": "", "seed": 0, "latent": opening(rubric, scenario)}
        graph = bare(turns, stamps)
        stamps.append(time.process_time())
        await graph.ainvoke(
            {**fields, "messages": [], "persona_state": None, "steps": []}, {"recursion_limit": 3 * turns + 2}
        )
        stamps.append(time.process_time())

    def played(sandbox: Callable[[Rubric], Sandbox]) -> Play:
        async def play(turns: int, stamps: Stamps) -> None:
            ours = sandbox(endless(turns))

            async def stamp(turn: TurnRecord) -> None:
                stamps.append(time.process_time())

            stamps.append(time.process_time())
            episode = await ours.play(scenario, on_turn=stamp)
            stamps.append(time.process_time())
            if episode.failure is not None or episode.turns != turns:
                raise SystemExit(f"{episode.turns} turns instead of {turns}: {episode.ending}, {episode.failure}")

        return play

    def roles(rubric: Rubric) -> Sandbox:
        return Sandbox(persona=persona, empathic=empathic, evaluator=evaluator, rubric=rubric, labels=Labels("trivial"))

    def cues(rubric: Rubric) -> Sandbox:
        return Sandbox(
            persona=Talkative(0),
            empathic=ScriptedEmpathic("template"),
            evaluator=CueEvaluator(rubric),
            rubric=rubric,
            labels=Labels("scripted:template"),
        )

    return {"bare": play_bare, "roles": played(roles), "cues": played(cues)}


def window(stamps: Stamps, first: int, last: int) -> float:
    """Return mean CPU ms per turn after turn ``first`` up to turn ``last``; stamps[0] is before turn 1."""
    return (stamps[last] - stamps[first]) / (last - first) * 1_000


async def measure(scenario: Scenario, repeats: int) -> dict[str, dict[str, list[float]]]:
    """Return, per graph, CPU ms per turn of whole episodes and of early and late turns, one entry a repeat."""
    players = plays(scenario)
    rows: dict[str, dict[str, list[float]]] = {name: {} for name in players}
    for play in players.values():
        await play(TURNS[0], [])
    for _ in range(repeats):
        for turns in TURNS:
            for name, play in players.items():
                stamps: Stamps = []
                gc.collect()
                await play(turns, stamps)
                found = {f"{turns}": (stamps[-1] - stamps[0]) / turns * 1_000}
                if turns == TURNS[-1]:
                    found |= {"early": window(stamps, *EARLY), "late": window(stamps, turns - TAIL, turns)}
                for key, value in found.items():
                    rows[name].setdefault(key, []).append(value)
    return rows


def ratio(above: list[float], below: list[float]) -> float:
    """Return the median over the repeats of the ratio within each."""
    return statistics.median(a / b for a, b in zip(above, below, strict=True))


def summary(rows: dict[str, dict[str, list[float]]]) -> dict[str, dict[str, float]]:
    result = {}
    for name, row in rows.items():
        medians = {f"ms_{key}": statistics.median(values) for key, values in row.items()}
        to_bare = {f"ratio_{turns}": ratio(row[f"{turns}"], rows["bare"][f"{turns}"]) for turns in TURNS}
        result[name] = {**medians, **to_bare, "growth": ratio(row["late"], row["early"])}
    return result


def show(result: dict[str, dict[str, float]]) -> None:
    table = Table("CPU ms per turn", title=f"targets: roles <= {TARGET}x bare, growth <= {TARGET}x")
    for turns in TURNS:
        table.add_column(f"{turns} turns", justify="right")
    for heading in ("at turn 10", "at turn 300", "growth"):
        table.add_column(heading, justify="right")
    for name, row in result.items():
        whole = [f"{row[f'ms_{turns}']:.2f} ({row[f'ratio_{turns}']:.2f}x)" for turns in TURNS]
        table.add_row(name, *whole, f"{row['ms_early']:.2f}", f"{row['ms_late']:.2f}", f"{row['growth']:.2f}x")
    Console(width=100).print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "graph_overhead.json")
    options = parser.parse_args()
    (scenario,) = find_scenarios(["exam_student/reduce_stress"])
    result = summary(asyncio.run(measure(scenario, options.repeats)))
    show(result)
    about = {"python": platform.python_version(), "langgraph": version("langgraph"), "repeats": options.repeats}
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps({**about, "results": result}, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
