"""How far a script gets that games the offline evaluator: fixed attacks, and the best that two searches find.

Parts, all by default: `scenarios` (attacks, `generic`, the copying template and `expert` over the product's scenarios
with the rule persona), `search` (hill-climbing over 20 fixed sentences and over 20 frames filled from the last message,
on nine scenarios with `cues`; the best joins the other parts), `mixtures` (`expert` with a known loss), `people`
(attacks in a supporter's place on ESConv and iEval). `expert` is judged by heads that never saw the persona's graded
replies. Writes benchmarks/results/gaming.json; a search is gone on with where it stopped.
Usage: python benchmarks/gaming.py [scenarios search mixtures people] [--budget 500] [--seed 0]
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from attack_fixed import ATTACKS
from attack_humans import SETS, against_people, sample
from attack_plays import Attack, Judges, Scripted, played
from attack_search import POOLS, SEARCHED_ON, Best, attack, searched
from fold_heads import unseen
from gaming_tables import mixture_row, mixtures_table, people_table, plain, plays_table, row, verdict
from ratings import FOLDER, PARTS, RESULTS
from rich.console import Console

from empa_graph import CueEvaluator, load_rubric, scenarios
from empa_graph.content.library import content_hashes
from empa_graph.cues.heads import shipped_heads
from empa_graph.models.graded import POORER
from empa_graph.models.rubric import Rubric
from empa_graph.roles.empathic.reference_agents import AGENTS, reference_agent
from empa_graph.roles.evaluator.offline import OFFLINE, offline_evaluator

STEPS = ("search", "scenarios", "mixtures", "people")
CONTROLS = tuple(name for name in ("generic", "template", "skilled") if name in AGENTS)
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
CONSOLE = Console(width=140)


def bests(rubric: Rubric, budget: int, seed: int) -> dict[str, Best]:
    """Search each pool to its budget and return the best scripts."""
    judge, nine = CueEvaluator(rubric), [s for s in scenarios() if s.id in SEARCHED_ON]
    bound = f"{shipped_heads().sha256} {content_hashes((), rubric)[f'rubric:{rubric.id}']}"
    return {
        kind: searched(
            kind,
            lambda script: played(Scripted(attack(script)), lambda _: judge, rubric, nine),
            RESULTS / f"gaming-search-{kind}-{seed}.json",
            budget=budget,
            seed=seed,
            bound=bound,
        )
        for kind in POOLS
    }


def evaluators(rubric: Rubric) -> Iterator[CueEvaluator]:
    """Yield the offline evaluators that can be had and that code by weights of their own."""
    for name in OFFLINE:
        evaluator = offline_evaluator(name, rubric)
        if name == OFFLINE[0] or evaluator.coder is not shipped_heads():
            yield evaluator
        else:
            CONSOLE.print(f"{name}: codes as {OFFLINE[0]} does, left out")


def over_scenarios(rubric: Rubric, further: Mapping[str, Attack], seed: int) -> list[dict[str, Any]]:
    """Play every attack, the controls and the expert over all scenarios; one table for each evaluator."""
    judges = unseen(rubric)
    expert = row("expert", played(reference_agent("expert"), judges.__getitem__, rubric, seed=seed))
    bar, scripts, found = expert["composite"], {**ATTACKS, **further}, []
    for evaluator in evaluators(rubric):
        seats = {name: Scripted(script) for name, script in scripts.items()}
        rows = [{**expert, "of_expert": 1.0}]
        for name, seat in (seats | {name: reference_agent(name) for name in CONTROLS}).items():
            rows.append(row(name, played(seat, _always(evaluator), rubric, seed=seed), bar))
        told = verdict(rows, [*scripts, *CONTROLS])
        CONSOLE.print(plays_table(f"36 scenarios, {evaluator.name}; expert judged by heads unseen", rows), told)
        found.append({"evaluator": evaluator.name, "rows": rows, "verdict": told})
    return found


def _always(evaluator: CueEvaluator) -> Judges:
    return lambda persona: evaluator


def mixtures(rubric: Rubric, seeds: int) -> list[dict[str, Any]]:
    """Play the expert with a growing share of poorer replies of each kind."""
    judges, found = unseen(rubric), []
    for kind in POORER:
        plays = {
            share: [
                p
                for seed in range(seeds)
                for p in played(reference_agent(f"expert-then-{kind}@{share}"), judges.__getitem__, rubric, seed=seed)
            ]
            for share in SHARES
        }
        found.append(mixture_row(kind, plays))
        print(kind, {share: round(mean, 1) for share, mean in found[-1]["composite"].items()}, flush=True)
    CONSOLE.print(mixtures_table(f"composite of expert-then-KIND by share of turns, {seeds} plays a scenario", found))
    return found


def among_people(options: argparse.Namespace, rubric: Rubric, further: dict[str, Attack]) -> dict[str, Any]:
    """Let every attack answer in a supporter's place."""
    evaluator, found = offline_evaluator(options.evaluator, rubric), {}
    for name in SETS:
        said = sample(options.ratings, name, options.attacked, options.seed, options.rows)
        found[name] = against_people(said, evaluator, rubric, further)
        CONSOLE.print(people_table(f"{len(said)} conversations of {name}, {evaluator.name}", found[name]))
    return found


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(STEPS)}; all by default")
    parser.add_argument("--budget", type=int, default=500, help="evaluations of each search, each of nine scenarios")
    parser.add_argument("--attacked", type=int, default=200, help="conversations of people that each attack plays in")
    parser.add_argument("--plays", type=int, default=1, help="plays of each scenario in the mixtures")
    parser.add_argument("--rubric", default="sdt", help="a name, or a YAML file")
    parser.add_argument("--ratings", type=Path, default=FOLDER, help="the human ratings; no part of the repository")
    parser.add_argument("--rows", choices=PARTS, default="all", help="the rows of the ratings that are read")
    parser.add_argument("--evaluator", choices=OFFLINE, default=OFFLINE[0], help="who scores the people part")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=RESULTS / "gaming.json")
    options = parser.parse_args()
    if wrong := [part for part in options.parts if part not in STEPS]:
        parser.error(f"no part '{wrong[0]}': {', '.join(STEPS)}")
    if not (options.ratings / SETS["ESConv"]).exists() and "people" in (options.parts or STEPS):
        parser.error(f"no ratings at {options.ratings}: pass --ratings FOLDER, or name the other parts")
    return options


def main() -> None:
    options = _options()
    rubric, parts = load_rubric(options.rubric), options.parts or STEPS
    held = json.loads(options.out.read_text(encoding="utf-8")) if options.out.is_file() else {}
    held |= {"rubric": content_hashes((), rubric)[f"rubric:{rubric.id}"], "weights": shipped_heads().sha256}
    further: dict[str, Attack] = {}
    if "search" in parts:
        best = bests(rubric, options.budget, options.seed)
        held["search"] = {kind: found._asdict() for kind, found in best.items()}
        further = {f"best {kind}": attack(found.script) for kind, found in best.items()}
    if "scenarios" in parts:
        held["scenarios"] = over_scenarios(rubric, further, options.seed)
    if "mixtures" in parts:
        held["mixtures"] = mixtures(rubric, options.plays)
    if "people" in parts:
        held["people"] = among_people(options, rubric, further)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(plain(held), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
