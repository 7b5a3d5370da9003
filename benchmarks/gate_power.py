"""Plant regressions of known size and count how often the gate sees them, and how often it sees one that is not there.

A scripted agent answers each turn with skill (`expert`) with chance q, and else with `generic` or `dismissive` lines.
Every scenario is played REPEATS times at each q with the offline cues; a comparison draws one of these plays for each
scenario and side. Printed for each q: the loss (the difference of the pools' means), the mean power that the gate
states for a loss of that size, and the share of comparisons in which it fails the candidate. `suite`: the bundled
scenarios each time; `drawn`: as many scenarios drawn anew with replacement, which is what an interval over scenarios
speaks of. Small suites of FEW scenarios are drawn anew at FEW_SKILLS; printed is how often one rule at 5% and at
1.7% fails them. Writes benchmarks/results/gate_power.json.  Usage: python benchmarks/gate_power.py [--comparisons 400]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from rich.console import Console
from rich.table import Table

from empa_graph import CueEvaluator, Labels, RulePersona, Sandbox, load_rubric, scenarios
from empa_graph.gate.decision import gate
from empa_graph.gate.policy import DEFAULT, Policy, Rule
from empa_graph.models.outcome import Outcome, outcomes
from empa_graph.models.rubric import Rubric, with_max_turns
from empa_graph.models.run import Planned
from empa_graph.roles.empathic.reference_agents import reference_agent
from empa_graph.roles.views import EmpathicView, EmpathicWrite
from empa_graph.seeds import derived_seed

RESULTS = Path(__file__).parent / "results"
BASELINE = 0.9
SKILLS = (0.9, 0.86, 0.82, 0.78, 0.74, 0.68, 0.6)
UNSKILLED = ("generic", "dismissive")
FEW = (4, 6, 12)
"""Scenarios of a small suite."""
FEW_SKILLS = (0.9, 0.6, 0.0)
"""The candidate's skill: no loss, a large one, a collapse."""
Pool = Mapping[str, Sequence[Outcome]]
"""The plays of each scenario at one level of skill."""


class Lapsing:
    """Answers with skill with chance ``skill`` at each turn, else with lines that do not help."""

    def __init__(self, skill: float) -> None:
        self._skill = skill
        self._skilled = reference_agent("expert")
        self._others = [reference_agent(name) for name in UNSKILLED]

    async def __call__(self, view: EmpathicView) -> EmpathicWrite:
        """Draw the skill of this turn from the seed of the conversation."""
        rng = random.Random(derived_seed(view["seed"], "lapse", view["messages"][-1].turn))
        return await (self._skilled if rng.random() < self._skill else rng.choice(self._others))(view)


async def played(skill: float, rubric: Rubric, repeats: int, seed: int) -> Pool:
    """Play every scenario ``repeats`` times; the chance of each play is its own at each level of skill."""
    sandbox = Sandbox(
        persona=RulePersona(),
        empathic=Lapsing(skill),
        evaluator=CueEvaluator(rubric),
        rubric=rubric,
        labels=Labels(f"lapsing {skill:g}"),
    )
    known = {scenario.id: scenario for scenario in scenarios()}
    pool = {}
    for name, scenario in known.items():
        seeds = [derived_seed(seed, f"{skill:g}", name, repeat) for repeat in range(repeats)]
        plan = [Planned(scenario=name, variant="baseline", repeat=n, seed=own) for n, own in enumerate(seeds)]
        plays = [await sandbox.play(scenario, seed=item.seed, repeat=item.repeat) for item in plan]
        pool[name] = outcomes(plan, plays, known)
    return pool


def drawn(pool: Pool, names: Sequence[str], rng: random.Random) -> list[Outcome]:
    """Return one play of each name, as scenarios of their own."""
    labels = {"repeat": 0}
    return [
        rng.choice(pool[name]).model_copy(update={**labels, "scenario": f"{name}-{place}"})
        for place, name in enumerate(names)
    ]


def compared(
    policy: Policy, old: Pool, new: Pool, *, comparisons: int, anew: bool, seed: str, size: int | None = None
) -> dict[str, Any]:
    """Return the shares failed and undecided, and the mean power the first rule states; of ``size`` scenarios."""
    rng = random.Random(seed)
    names, failed, powers, undecided = list(old), 0, [], 0
    for _ in range(comparisons):
        chosen = rng.choices(names, k=size or len(names)) if anew else names
        before, after = drawn(old, chosen, rng), drawn(new, chosen, rng)
        found = gate(policy, after, before)
        failed += found.verdict == "fail"
        undecided += found.verdict == "undecided"
        powers.append(found.findings[0].power or 0.0)
    return {"detected": failed / comparisons, "undecided": undecided / comparisons, "stated": fmean(powers)}


def mean(pool: Pool) -> float:
    return fmean(fmean(o.values["composite"] for o in plays) for plays in pool.values())


def measured(pools: Mapping[float, Pool], comparisons: int, seed: int) -> list[dict[str, Any]]:
    """Return a row for each level of skill."""
    base, rows = pools[BASELINE], []
    for skill, pool in pools.items():
        loss = mean(base) - mean(pool)
        detect = loss if loss > 0.0 else 5.0
        policy = Policy(rules=(Rule(metric="composite", max_drop=0.0, detect=detect),))
        row: dict[str, Any] = {"skill": skill, "composite": mean(pool), "loss": loss}
        for name, anew in (("suite", False), ("drawn", True)):
            label = f"{seed} {name} {skill:g}"
            row[name] = compared(policy, base, pool, comparisons=comparisons, anew=anew, seed=label)
        rows.append(row)
    return rows


def small(pools: Mapping[float, Pool], comparisons: int, seed: int) -> list[dict[str, Any]]:
    """Return a row for each size of suite and level of skill: how often one rule at 5% and at 1.7% fails it."""
    base, rows = pools[BASELINE], []
    for size in FEW:
        for skill in FEW_SKILLS:
            row: dict[str, Any] = {"scenarios": size, "skill": skill, "loss": mean(base) - mean(pools[skill])}
            for alpha in (0.05, 0.05 / 3):
                policy = Policy(alpha=alpha, rules=(Rule(metric="composite", max_drop=0.0),))
                label = f"{seed} small {size} {skill:g}"
                row[f"{alpha:.1%}"] = compared(
                    policy, base, pools[skill], comparisons=comparisons, anew=True, seed=label, size=size
                )
            rows.append(row)
    return rows


def small_table(rows: Sequence[dict[str, Any]], comparisons: int) -> Table:
    headings = ("scenarios", "q", "loss", "at 5%: detected", "undecided", "at 1.7%: detected", "undecided")
    shown = Table(*headings, title=f"small suites, {comparisons} comparisons a row")
    for row in rows:
        found = [f"{row[level][what]:.1%}" for level in ("5.0%", "1.7%") for what in ("detected", "undecided")]
        shown.add_row(str(row["scenarios"]), f"{row['skill']:g}", f"{row['loss']:.1f}", *found)
    return shown


def table(rows: Sequence[dict[str, Any]], comparisons: int, null: dict[str, Any]) -> Table:
    headings = ("q", "composite", "loss", "suite: stated", "detected", "undecided", "drawn: stated", "detected")
    title = f"{comparisons} comparisons a row; default policy on the suite without a loss: {null['detected']:.1%} fail"
    shown = Table(*headings, title=title)
    for row in rows:
        cells = [f"{row['skill']:g}", f"{row['composite']:.1f}", f"{row['loss']:.1f}"]
        for name in ("suite", "drawn"):
            stated = "-" if row["skill"] == BASELINE else f"{row[name]['stated']:.1%}"
            cells += [stated, f"{row[name]['detected']:.1%}"]
        cells.insert(5, f"{row['suite']['undecided']:.1%}")
        shown.add_row(*cells)
    return shown


def main() -> None:
    """Play, compare, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--comparisons", type=int, default=400, help="per level of skill")
    parser.add_argument("--small", type=int, default=400, help="per size of small suite and level of skill")
    parser.add_argument("--repeats", type=int, default=30, help="plays of each scenario to draw from")
    parser.add_argument("--turns", type=int, default=6, help="of each conversation")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rubric = with_max_turns(load_rubric(), options.turns)
    pools = {skill: asyncio.run(played(skill, rubric, options.repeats, options.seed)) for skill in SKILLS}
    few = {
        skill: asyncio.run(played(skill, rubric, options.repeats, options.seed)) for skill in {*FEW_SKILLS} - {*SKILLS}
    }
    small_rows = small({**pools, **few}, options.small, options.seed)
    rows = measured(pools, options.comparisons, options.seed)
    base = pools[BASELINE]
    label = f"{options.seed} default"
    null = compared(DEFAULT, base, base, comparisons=options.comparisons, anew=False, seed=label)
    console = Console(width=110)
    console.print(table(rows, options.comparisons, null))
    console.print(small_table(small_rows, options.small))
    RESULTS.mkdir(exist_ok=True)
    report = {**vars(options), "scenarios": len(base), "rows": rows, "few": small_rows, "default_policy_null": null}
    (RESULTS / "gate_power.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
