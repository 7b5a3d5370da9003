"""How well the person's next line fits the reply before it, against unsaid lines of the same person and move.

    python benchmarks/next_line.py [--seeds 3] [--turns 14]

Plays every persona that has graded replies with the agent `expert`, whose replies are strong and take up what was said,
and measures nearness (MiniLM, which the person does not use here) of each line that was chosen and of every other line
of the same person and move that had not been said yet. AUC: how often the chosen line is the nearer one; 0.5 by chance.
Needs the extra `embeddings` and the packaged weights.
"""

from __future__ import annotations

import argparse
import asyncio
from collections import defaultdict
from collections.abc import Iterator

from rich.console import Console
from rich.table import Table

from empa_graph import CueEvaluator, Episode, Labels, RulePersona, Sandbox, Scenario, load_rubric, scenarios
from empa_graph.content.graded import graded_file
from empa_graph.cues.minilm import minilm
from empa_graph.models.sayable import sayable
from empa_graph.roles.empathic.reference_agents import reference_agent


async def played(seed: int, turns: int) -> list[tuple[Scenario, Episode]]:
    """Play each scenario whose persona has graded replies."""
    rubric = load_rubric()
    stop = rubric.stop.model_copy(update={"max_turns": turns, "min_turns": turns})
    sandbox = Sandbox(
        persona=RulePersona(),
        empathic=reference_agent("expert"),
        evaluator=CueEvaluator(rubric),
        rubric=rubric.model_copy(update={"stop": stop}),
        labels=Labels("scripted:expert"),
    )
    chosen = [scenario for scenario in scenarios() if graded_file(scenario.persona.id).is_file()]
    return [(scenario, await sandbox.play(scenario, seed=seed)) for scenario in chosen]


def wins(scenario: Scenario, episode: Episode) -> Iterator[tuple[str, float]]:
    """Yield, per chosen line, its move and the share of unsaid lines of that move that it is nearer than."""
    lines = {said.id: said for said in sayable(scenario.persona, scenario.goal)}
    said: set[str] = set()
    heard = ""
    model = minilm()
    for message in episode.messages:
        if message.speaker == "empathic":
            heard = message.content
            continue
        line = lines.get(message.line or "")
        if heard and line is not None:
            others = [o for o in lines.values() if o.move == line.move and o.id not in said and o.id != line.id]
            if others:
                reply = model(heard)
                own, *scores = (float(reply @ model(one.line.text)) for one in (line, *others))
                yield line.move, sum((own > s) + 0.5 * (own == s) for s in scores) / len(scores)
        if line is not None:
            said.add(line.id)


def main() -> None:
    """Print the AUC by move and over all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--turns", type=int, default=14)
    options = parser.parse_args()
    found: dict[str, list[float]] = defaultdict(list)
    names: set[str] = set()
    for seed in range(options.seeds):
        for scenario, episode in asyncio.run(played(seed, options.turns)):
            names.add(scenario.id)
            for move, win in wins(scenario, episode):
                found[move].append(win)
                found["all"].append(win)
    table = Table("move", "lines", "AUC")
    for move, values in sorted(found.items(), key=lambda item: (item[0] == "all", -len(item[1]))):
        table.add_row(move, str(len(values)), f"{sum(values) / len(values):.2f}")
    Console(width=80).print(f"{len(names)} scenarios x {options.seeds} seeds, {options.turns} turns", table)


if __name__ == "__main__":
    main()
