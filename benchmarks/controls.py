"""Rank the scripted reference agents on every scenario with the offline evaluator.

Prints mean composite with its 95% interval (bootstrap over scenarios), the trio's indices and the endings.
Writes benchmarks/results/controls.json.  Usage: python benchmarks/controls.py [--seed 0] [--max-turns 20]
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.table import Table

from empa_graph import CueEvaluator, Episode, Labels, RulePersona, Sandbox, ScriptedEmpathic, load_rubric, scenarios
from empa_graph.roles.scripted import AGENTS
from empa_graph.scoring.statistics import mean_interval

RESULTS = Path(__file__).parent / "results"


async def played(agent: str, seed: int) -> list[Episode]:
    """Play every scenario once with one reference agent."""
    rubric = load_rubric()
    sandbox = Sandbox(
        persona=RulePersona(),
        empathic=ScriptedEmpathic(agent),
        evaluator=CueEvaluator(rubric),
        rubric=rubric,
        labels=Labels(f"scripted:{agent}"),
    )
    return [await sandbox.play(scenario, seed=seed) for scenario in scenarios()]


def row(agent: str, episodes: list[Episode], seed: int) -> dict[str, object]:
    """Summarise one agent."""
    scores = [episode.score for episode in episodes if episode.score is not None]
    estimate = mean_interval([score.composite for score in scores], seed=seed)
    interval = estimate.interval
    return {
        "agent": agent,
        "episodes": len(scores),
        "composite": estimate.mean,
        "low": interval.low if interval else None,
        "high": interval.high if interval else None,
        "alignment": sum(score.alignment_index for score in scores) / len(scores),
        "impact": sum(score.impact_index for score in scores) / len(scores),
        "stability": sum(score.stability_index for score in scores) / len(scores),
        "turns": sum(episode.turns for episode in episodes) / len(episodes),
        "endings": dict(Counter(episode.ending for episode in episodes)),
    }


def main() -> None:
    """Play, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    seed = parser.parse_args().seed
    rows = [row(agent, asyncio.run(played(agent, seed)), seed) for agent in AGENTS]
    table = Table("agent", "composite", "alignment", "impact", "stability", "turns", "converged")
    for r in sorted(rows, key=lambda r: -float(str(r["composite"]))):
        endings = r["endings"]
        converged = endings.get("converged", 0) if isinstance(endings, dict) else 0
        table.add_row(
            str(r["agent"]),
            f"{r['composite']:.1f} [{r['low']:.1f}, {r['high']:.1f}]",
            *(f"{r[name]:.2f}" for name in ("alignment", "impact", "stability")),
            f"{r['turns']:.1f}",
            f"{converged}/{r['episodes']}",
        )
    Console(width=100).print(table)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "controls.json").write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()
