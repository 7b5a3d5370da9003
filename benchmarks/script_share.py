"""The range of the guard on a run: people, chatbots, language models, and scripts.

Prints the share of scripted sentences over groups of 36 conversations with as many different people (ESConv, iEval; the
mean and the largest of --draws draws), of 12 conversations with four, of the attacks of `gaming.py` in the place of
human supporters, of the reference agents over all scenarios, and of runs given by their folders. Writes
benchmarks/results/script_share.json.
Usage: python benchmarks/script_share.py [--draws 60] [--seed 0] [--run FOLDER ...]
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from controls import played
from gaming import ATTACKS
from guards import Spoken, attacked, spoken
from ratings import arguments, parsed, rows, written
from rich.console import Console
from rich.table import Table

from empa_graph import load_rubric
from empa_graph.cues.script import TOGETHER, run_script, script_share
from empa_graph.models.script_finding import FEWEST_CONVERSATIONS, FEWEST_PERSONAS, ScriptFinding
from empa_graph.roles.empathic.graded_agent import EXPERT
from empa_graph.roles.empathic.reference_agents import AGENTS
from empa_graph.store.folder import episodes

Found = tuple[str, list[ScriptFinding]]


def people(folder: Path) -> Iterator[tuple[str, list[Spoken]]]:
    """Yield each kind of supporter with conversations, each with another person."""
    kept = [spoken(row["messages"]) for row in rows(folder, "esconv_dev.jsonl") if row["kept"]]
    yield "ESConv, kept supporters", kept
    chats = rows(folder, "ieval_dev.jsonl")
    for bot in sorted({row["bot"] for row in chats}):
        talks: dict[str, Spoken] = {}
        for row in chats:
            if row["bot"] == bot:
                talks.setdefault(row["id"].partition(":")[0], []).extend(spoken(row["messages"]))
        yield f"iEval, chatbot {bot}", list(talks.values())
    for name, attack in ATTACKS.items():
        yield f"attack: {name}", [attacked(said, attack) for said in kept[:200]]


def drawn(talks: Sequence[Spoken], draws: int, seed: int, *, size: int, personas: int) -> list[ScriptFinding]:
    """Return the findings of ``draws`` groups of ``size`` conversations, dealt out to so many personas."""
    rng = random.Random(seed)
    return [
        script_share((str(place % personas), said) for place, said in enumerate(rng.sample(talks, size)))
        for _ in range(draws)
    ]


def measured(folder: Path, draws: int, seed: int, runs: Sequence[Path]) -> Iterator[Found]:
    """Yield what is found of everybody."""
    for name, talks in people(folder):
        yield name, drawn(talks, draws, seed, size=TOGETHER, personas=TOGETHER)
        if name.startswith("ESConv"):
            few = drawn(talks, draws, seed, size=FEWEST_CONVERSATIONS, personas=FEWEST_PERSONAS)
            yield f"{name}, {FEWEST_CONVERSATIONS} with {FEWEST_PERSONAS}", few
            yield f"{name}, all", [script_share((str(place), said) for place, said in enumerate(talks))]
    dialogues = folder.parent / "dialogues" / "listener.jsonl"
    if dialogues.is_file():
        lines = [json.loads(line) for line in dialogues.read_text(encoding="utf-8").splitlines()]
        yield "a strong chat model", [script_share((line["id"], spoken(line["messages"])) for line in lines)]
    for agent in [*AGENTS, EXPERT]:
        plays = asyncio.run(played(agent, load_rubric("sdt"), seed, graded=agent == EXPERT))
        yield f"scripted:{agent}", [run_script(plays)]
    for run in runs:
        yield f"run {run.name}", [run_script(episodes(run))]


def row(name: str, found: Sequence[ScriptFinding]) -> dict[str, object]:
    """Return the mean and the extremes of the shares of one kind, and how much of it is marked."""
    shares = [one.share for one in found if one.share is not None]
    return {
        "who": name,
        "groups": len(found),
        "conversations": found[0].conversations,
        "personas": found[0].personas,
        "mean": float(np.mean(shares)) if shares else None,
        "least": min(shares, default=None),
        "most": max(shares, default=None),
        "scripted": float(np.mean([one.scripted for one in found])),
        "provisional": found[0].provisional,
    }


def table(found: Sequence[dict[str, object]]) -> Table:
    """Return a row for each kind."""
    shown = Table("who", "groups", "conversations", "personas", "share: mean", "least to most", "scripted")
    for one in found:
        bounds = "-" if one["mean"] is None else f"{one['least']:.2f} to {one['most']:.2f}"
        shown.add_row(
            *(str(one[name]) for name in ("who", "groups", "conversations", "personas")),
            "-" if one["mean"] is None else f"{one['mean']:.3f}",
            bounds,
            f"{one['scripted']:.0%}" + (" (provisional)" if one["provisional"] else ""),
        )
    return shown


def main() -> None:
    """Measure, print, write."""
    parser = arguments(__doc__, "script_share.json")
    parser.add_argument("--draws", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--run", type=Path, action="append", default=[], help="the folder of a run; repeatable")
    options = parsed(parser)
    found = [row(*one) for one in measured(options.ratings, options.draws, options.seed, options.run)]
    Console(width=140).print(table(found))
    written(found, options.out)


if __name__ == "__main__":
    main()
