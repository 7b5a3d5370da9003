"""A sample of regresses for readers to check: of kept human supporters on ESConv and of `expert`.

`draw` writes to FILE, out of the repository (ESConv's texts are not the project's), a line per sampled regress: what
the person said last, the reply, the dimension, level and evidence, and for `expert` the card's dislikes. `read` prints
the share of regresses that each reader, and both, found without cause, from FILE's readings: CSV rows of id, reader,
cause (1 where the reply gives cause for this regress, 0 where not).

Usage: python benchmarks/regresses.py draw FILE [--seed 0] | python benchmarks/regresses.py read READINGS.csv
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ratings import FOLDER, rows
from support_reference import messages

from empa_graph import CueEvaluator, Episode, Labels, RulePersona, Sandbox, load_rubric, scenarios
from empa_graph.chats.transcripts import Transcript
from empa_graph.models.persona import Scenario
from empa_graph.roles.empathic.reference_agents import reference_agent
from empa_graph.run.rescore import rescored

COUNTS = {"esconv": 100, "expert": 50}
SHOWN = 6
"""Messages before the reply that a reader sees."""


def regresses(source: str, name: str, episode: Episode, scenario: Scenario | None = None) -> Iterator[dict[str, Any]]:
    """Yield the gravest regress of each turn of ``episode`` that has one."""
    for step in episode.latent.steps:
        items = [item for item in step.assessment.items if item.regress] if step.assessment else []
        if not items:
            continue
        worst = max(items, key=lambda item: item.regress_share or 0.0)
        before = [m for m in episode.messages if m.turn < step.turn or (m.turn == step.turn and m.speaker == "persona")]
        reply = " ".join(m.content for m in episode.messages if m.turn == step.turn and m.speaker == "empathic")
        yield {
            "id": f"{source}:{name}:{step.turn}",
            "before": [f"{m.speaker}: {m.content}" for m in before[-SHOWN:]],
            "reply": reply,
            "dimension": worst.dimension,
            "level": worst.regress,
            "share": worst.regress_share,
            "evidence": worst.regress_evidence,
            "codes": {c.behaviour: c.strength for c in step.assessment.codes if c.strength >= 1.0},
            "dislikes": [d.cue for d in scenario.persona.anti_preferences] if scenario else [],
        }


def supporters(evaluator: CueEvaluator) -> Iterator[dict[str, Any]]:
    """Yield the regresses of kept supporters."""
    for row in rows(FOLDER, "esconv_dev.jsonl"):
        if row["kept"]:
            transcript = Transcript(id=row["id"], messages=tuple(messages(list(row["messages"]))))
            episode = asyncio.run(rescored(transcript, evaluator, evaluator.rubric))
            yield from regresses("esconv", row["id"], episode)


def experts(evaluator: CueEvaluator) -> Iterator[dict[str, Any]]:
    """Yield the regresses of `expert` over the scenarios."""
    for scenario in scenarios():
        sandbox = Sandbox(
            persona=RulePersona(),
            empathic=reference_agent("expert"),
            evaluator=evaluator,
            rubric=evaluator.rubric,
            labels=Labels("benchmark:regresses"),
        )
        yield from regresses("expert", scenario.id, asyncio.run(sandbox.play(scenario, seed=0)), scenario)


def draw(out: Path, seed: int) -> None:
    """Write the sample; it says how many there were to draw from."""
    evaluator = CueEvaluator(load_rubric())
    with out.open("w", encoding="utf-8") as file:
        for source, found in (("esconv", supporters(evaluator)), ("expert", experts(evaluator))):
            every = list(found)
            drawn = random.Random(seed).sample(every, min(COUNTS[source], len(every)))
            print(f"{source}: {len(drawn)} of {len(every)} turns with a regress")
            file.writelines(json.dumps(one, ensure_ascii=False) + "\n" for one in drawn)


def read(path: Path) -> None:
    """Print what the readers found."""
    verdicts: dict[str, dict[str, int]] = defaultdict(dict)
    for row in csv.DictReader(path.open(encoding="utf-8")):
        verdicts[row["id"]][row["reader"]] = int(row["cause"])
    for source in dict.fromkeys(name.partition(":")[0] for name in verdicts):
        told = [one for name, one in verdicts.items() if name.partition(":")[0] == source]
        readers = sorted({reader for one in told for reader in one})
        shares = {reader: _without([one[reader] for one in told if reader in one]) for reader in readers}
        both = sum(not any(one.values()) for one in told) / max(1, len(told))
        twice = [one for one in told if len(one) > 1]
        agree = f"{sum(len(set(one.values())) == 1 for one in twice) / len(twice):.2f}" if twice else "-"
        print(f"{source}: n {len(told)}, without cause {shares}, by all readers {both:.2f}, readers agree {agree}")


def _without(causes: Sequence[int]) -> str:
    return f"{1 - sum(causes) / len(causes):.2f}"


def main() -> None:
    """Draw or read."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("do", choices=("draw", "read"))
    parser.add_argument("file", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    draw(options.file, options.seed) if options.do == "draw" else read(options.file)


if __name__ == "__main__":
    main()
