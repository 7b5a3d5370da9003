"""CPU of scripted episodes, by part, beside the bare graph: what a turn costs where no model is called.

    python benchmarks/offline.py [--agents generic,expert] [--rounds 3] [--out benchmarks/results/offline.json]

Kept: `evaluate` on all scenarios with the store on, all that `empa run` does. Of it, start: resolving the config and
making the roles, once a run. In memory: the same plan, nothing kept; of it the persona, the agent and the evaluator,
and the rest, which is the graph, its records and the score. Bare: three plain nodes that append the same kinds of
records (`graph_overhead`), for as many turns. Each row is a cold process: texts that were read before are cheap, and a
run reads most of its texts for the first time. Rounds take turns, medians count. Imports are not counted.
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import json
import multiprocessing
import platform
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import scipy.stats  # noqa: F401  # a run imports it for its summary, and imports are not counted
from graph_overhead import bare
from rich.console import Console
from rich.table import Table

from empa_graph import RunConfig, evaluate, find_scenarios, load_rubric
from empa_graph.episode.start import opening
from empa_graph.run.config import prepared
from empa_graph.run.meter import RunMeter
from empa_graph.run.schedule import run_async
from empa_graph.run.single import InMemory

SEATS = ("persona", "empathic", "evaluator")
TURNS = 20
"""Turns of an episode of the bare graph."""
TARGET = 3.0
Figures = dict[str, float]
SPAWN = multiprocessing.get_context("spawn")


def configured(agent: str, out: Path | None = None) -> RunConfig:
    suite: Any = {"scenarios": ["all"]}
    return RunConfig(agent={"spec": f"scripted:{agent}"}, suite=suite, store={"out": out})


def kept(agent: str) -> Figures:
    """Play with the store on."""
    with tempfile.TemporaryDirectory() as folder:
        before = time.process_time()
        result = evaluate(configured(agent, Path(folder) / "run"))
        used = time.process_time() - before
        turns = sum(episode.turns for episode in result.episodes)
    return {"turns": turns, "kept": used / turns * 1_000}


def in_memory(agent: str) -> Figures:
    """Play with nothing kept, each seat measured."""
    spent: Figures = defaultdict(float)
    before = time.process_time()
    made, roles = prepared(configured(agent))
    spent["start"] = time.process_time() - before
    held: Any = {seat: measured(getattr(roles, seat), seat, spent) for seat in SEATS}
    turn_store = InMemory()
    before = time.process_time()
    asyncio.run(
        run_async(
            made.run,
            made.scenarios,
            replace(roles, **held),
            made.rubric,
            turn_store=turn_store,
            meter=RunMeter(turn_store),
        )
    )
    spent["in memory"] = time.process_time() - before
    spent["graph"] = spent["in memory"] - sum(spent[seat] for seat in SEATS)
    turns = sum(episode.turns for episode in turn_store.kept.values())
    return {name: seconds / turns * 1_000 for name, seconds in spent.items()}


def measured(role: Any, seat: str, spent: Figures) -> Any:
    """Return ``role`` that adds what it uses to ``spent``; a scripted role never waits."""

    @functools.wraps(type(role).__call__)
    async def timed(view: Any) -> Any:
        before = time.process_time()
        try:
            return await role(view)
        finally:
            spent[seat] += time.process_time() - before

    return timed


def beside(agent: str) -> Figures:
    """Play the bare graph as often as there are scenarios."""
    rubric, scenarios = load_rubric(), find_scenarios(["all"])

    async def play() -> None:
        for scenario in scenarios:
            lists: dict[str, list[Any]] = {"messages": [], "steps": []}
            state = {"scenario": scenario, "instructions": "", "seed": 0, "latent": opening(rubric, scenario)}
            graph = bare(TURNS, [])
            await graph.ainvoke({**state, **lists, "persona_state": None}, {"recursion_limit": 3 * TURNS + 2})

    before = time.process_time()
    asyncio.run(play())
    return {"bare": (time.process_time() - before) / (TURNS * len(scenarios)) * 1_000}


def alone(work: Callable[[str], Figures], agent: str) -> Figures:
    """Do ``work`` in a process of its own."""
    with SPAWN.Pool(1) as pool:
        return pool.apply(work, (agent,))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--agents", default="generic,expert")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "offline.json")
    options = parser.parse_args()
    agents = options.agents.split(",")
    rounds: dict[str, list[Figures]] = {agent: [] for agent in agents}
    for _ in range(options.rounds):
        for agent in agents:
            rounds[agent].append(
                {name: x for work in (kept, in_memory, beside) for name, x in alone(work, agent).items()}
            )
    found = {
        agent: {name: statistics.median(row[name] for row in rows) for name in rows[0]}
        for agent, rows in rounds.items()
    }
    table = Table("CPU ms per turn", *agents, title=f"scripted, 'cues'; target of kept <= {TARGET}")
    for name in found[agents[0]]:
        table.add_row(
            name, *(f"{found[agent][name]:.2f}" if name != "turns" else f"{found[agent][name]:.0f}" for agent in agents)
        )
    Console(width=100).print(table)
    about = {"python": platform.python_version(), "langgraph": version("langgraph"), "rounds": options.rounds}
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps({**about, "results": found}, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
