"""Perturb the replies of scripted agents, and see what the offline evaluator makes of it.

Plays `expert` and `generic` once on every scenario under each rubric, perturbs every judged reply, and prints the
shift of the turn's energy and the rates of decrease and tie beside the paper's (arXiv 2603.00552, section 4), per
agent. Writes benchmarks/results/perturb.json.  Usage: python benchmarks/perturb.py [--seed 0] [--limit N]
"""

from __future__ import annotations

import argparse
import asyncio
import json
from pathlib import Path

from empa_graph import CueEvaluator, Episode, Labels, RulePersona, Sandbox, load_rubric, scenarios
from empa_graph.cli.display import console
from empa_graph.cli.perturb_command import shift_table
from empa_graph.content.library import content_hashes
from empa_graph.models.rubric import Rubric
from empa_graph.roles.empathic.reference_agents import reference_agent
from empa_graph.study.perturb.replies import chosen, recorded_replies
from empa_graph.study.perturb.shifts import PAPER, shifts
from empa_graph.study.perturb.trial import VARIANTS, judged_pairs

RESULTS = Path(__file__).parent / "results"
AGENTS = ("expert", "generic")


async def played(agent: str, rubric: Rubric, seed: int) -> list[Episode]:
    """Play every scenario once with one reference agent."""
    sandbox = Sandbox(
        persona=RulePersona(),
        empathic=reference_agent(agent),
        evaluator=CueEvaluator(rubric),
        rubric=rubric,
        labels=Labels(f"scripted:{agent}"),
    )
    return [await sandbox.play(scenario, seed=seed) for scenario in scenarios()]


async def measured(agent: str, rubric: Rubric, limit: int | None, seed: int) -> dict[str, object]:
    """Return the rows of one agent under one rubric."""
    known = {scenario.id: scenario for scenario in scenarios()}
    replies = await recorded_replies(await played(agent, rubric, seed), known, rubric, offline=CueEvaluator(rubric))
    picked = chosen(replies, limit, seed=seed)
    pairs = await judged_pairs(picked, CueEvaluator(rubric), rubric, kinds=tuple(VARIANTS), seed=seed)
    rows = shifts(pairs, seed=seed)
    for part in shift_table(rows, f"{rubric.id}, {agent}: {len(picked)} replies", width=console.width):
        console.print(part)
    return {
        "rubric": rubric.id,
        "digest": content_hashes((), rubric)[f"rubric:{rubric.id}"],
        "agent": agent,
        "replies": len(picked),
        "perturbations": [{**row.model_dump(), "paper": PAPER[row.kind]._asdict()} for row in rows],
    }


def main() -> None:
    """Play, perturb, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rubric", action="append", help="a name, or a YAML file; repeatable; default: epm and sdt")
    parser.add_argument("--limit", type=int, help="replies per agent and rubric; default: all")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    found = [
        asyncio.run(measured(agent, load_rubric(name), options.limit, options.seed))
        for name in options.rubric or ("epm", "sdt")
        for agent in AGENTS
    ]
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "perturb.json").write_text(json.dumps({"seed": options.seed, "measured": found}, indent=2) + "\n")


if __name__ == "__main__":
    main()
