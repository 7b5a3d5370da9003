"""Rank the scripted reference agents on every scenario with the offline evaluator.

Prints mean composite with its 95% interval (bootstrap over scenarios, each the mean of its plays), from the least to
the most of single seeds, the trio's indices and the endings; under a rubric of the Empathy Potential Model its EPM-Q
(published) instead. Play n has the seed --seed + n. A composite with * is that of an agent that the
guard on the run marks as a script: in a run it is void, and it stands here as what a control comes to. Writes
benchmarks/results/controls.json, and controls_RUBRIC.json under another rubric than sdt, controls_graded.json with
--graded.
Usage: python benchmarks/controls.py [--plays 5] [--seed 0] [--rubric epm] [--personas FOLDER]
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from empa_graph import CueEvaluator, Episode, Labels, RulePersona, Sandbox, load_rubric, scenarios
from empa_graph.content.graded import graded_file
from empa_graph.cues.script import run_script
from empa_graph.models.episode import Score
from empa_graph.models.rubric import Rubric
from empa_graph.models.stop_rule import SUCCESSES
from empa_graph.roles.empathic.graded_agent import EXPERT
from empa_graph.roles.empathic.reference_agents import AGENTS, reference_agent
from empa_graph.scoring.statistics import mean_interval

RESULTS = Path(__file__).parent / "results"


TRIO = ("alignment_index", "impact_index", "stability_index")
EPMQ = ("outcome", "efficiency", "stability")


async def played(
    agent: str, rubric: Rubric, seed: int, folder: Path | None = None, *, graded: bool = False
) -> list[Episode]:
    """Play every scenario once with one reference agent; ``graded``: those of people who have graded replies."""
    sandbox = Sandbox(
        persona=RulePersona(),
        empathic=reference_agent(agent),
        evaluator=CueEvaluator(rubric),
        rubric=rubric,
        labels=Labels(f"scripted:{agent}"),
    )
    chosen = [s for s in scenarios(folder) if not graded or graded_file(s.persona.id).is_file()]
    return [await sandbox.play(scenario, seed=seed) for scenario in chosen]


def figures(score: Score) -> dict[str, float]:
    """Return the composite and its three parts: of EPM-Q (published) where there is one, else of the trio."""
    published = score.epmq.get("published")
    record, parts = (published, EPMQ) if published else (score, TRIO)
    return {name: getattr(record, name) for name in ("composite", *parts)}


def row(agent: str, plays: Sequence[list[Episode]], seed: int) -> dict[str, object]:
    """Summarise one agent, whose plays are each of the same scenarios."""
    episodes = [episode for play in plays for episode in play]
    scores = [figures(episode.score) for episode in episodes if episode.score is not None]
    composites = np.array([score["composite"] for score in scores]).reshape(len(plays), -1)
    estimate = mean_interval(composites.mean(axis=0).tolist(), seed=seed)
    interval = estimate.interval
    return {
        "agent": agent,
        "script": run_script(plays[0]).model_dump(),
        "episodes": len(scores),
        "seeds": sorted(composites.mean(axis=1).tolist()),
        "low": interval.low if interval else None,
        "high": interval.high if interval else None,
        **{name: sum(score[name] for score in scores) / len(scores) for name in scores[0]},
        "turns": sum(episode.turns for episode in episodes) / len(episodes),
        "endings": dict(Counter(episode.ending for episode in episodes)),
    }


def table(rows: Sequence[dict[str, object]], parts: Sequence[str]) -> Table:
    """Return the agents by composite, the best first."""
    shown = Table(
        "agent", "composite", "by seed", *(name.removesuffix("_index") for name in parts), "turns", "success", "endings"
    )
    shown.caption = "* void in a run, since it is scripted (docs/guards.md)"
    for r in sorted(rows, key=lambda r: -float(str(r["composite"]))):
        endings = r["endings"] if isinstance(r["endings"], dict) else {}
        shown.add_row(
            str(r["agent"]),
            f"{r['composite']:.1f}{'*' if _scripted(r) else ''} [{r['low']:.1f}, {r['high']:.1f}]",
            _range(r["seeds"]),
            *(f"{r[name]:.2f}" for name in parts),
            f"{r['turns']:.1f}",
            f"{sum(count for ending, count in endings.items() if ending in SUCCESSES)}/{r['episodes']}",
            ", ".join(f"{ending} {count}" for ending, count in sorted(endings.items())),
        )
    return shown


def _range(seeds: object) -> str:
    """Return the least and the most of single seeds."""
    return f"{seeds[0]:.1f} to {seeds[-1]:.1f}" if isinstance(seeds, list) else ""


def _scripted(r: dict[str, object]) -> bool:
    return isinstance(r["script"], dict) and bool(r["script"]["scripted"])


def main() -> None:
    """Play, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plays", type=int, default=5, help="plays of each scenario, each with a seed of its own")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rubric", default="sdt", help="a name, or a YAML file")
    parser.add_argument("--personas", type=Path, help="a folder of cards in the place of the bundled ones")
    parser.add_argument("--graded", action="store_true", help="with `expert`, over the people who have graded replies")
    options = parser.parse_args()
    rubric, graded = load_rubric(options.rubric), options.graded
    seeds = range(options.seed, options.seed + options.plays)
    found = {
        agent: [asyncio.run(played(agent, rubric, seed, options.personas, graded=graded)) for seed in seeds]
        for agent in [*AGENTS, *([EXPERT] if graded else [])]
    }
    rows = [row(agent, plays, options.seed) for agent, plays in found.items()]
    Console(width=120).print(table(rows, EPMQ if "outcome" in rows[0] else TRIO))
    RESULTS.mkdir(exist_ok=True)
    name = "controls" + (f"_{rubric.id}" if rubric.id != "sdt" else "") + ("_graded" if graded else "")
    (RESULTS / f"{name}.json").write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()
