"""How well the person's next line fits the reply before it, against unsaid lines of the same person and move.

    python benchmarks/next_line.py [--nearness vectors|sentences] [--unseen FOLDER] [--seeds 3] [--turns 14]

Plays every persona that has graded replies with the agent `expert`, whose replies are strong and take up what was said,
and measures nearness of each line that was chosen and of every other line of the same person and move that had not been
said yet: by sentences (MiniLM), and by shared words. AUC: how often the chosen line is the nearer one; 0.5 by chance.
A measure by which the lines were chosen is no test of them: read the other column. The vectors that are shipped were
fitted with these cards by MiniLM; with --unseen each person chooses by FOLDER/PERSONA.safetensors, vectors that saw no
line of theirs and no reply to one (benchmarks/train_sentence_vectors.py --without PERSONA --to FILE).
Needs the extra `embeddings` and the packaged weights.
"""

from __future__ import annotations

import argparse
import asyncio
from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

from empa_graph import CueEvaluator, Episode, Labels, RulePersona, Sandbox, Scenario, load_rubric, scenarios
from empa_graph.content.graded import graded_file
from empa_graph.cues.minilm import minilm
from empa_graph.cues.sentence_vectors import SentenceVectors
from empa_graph.models.sayable import sayable
from empa_graph.roles.empathic.reference_agents import reference_agent
from empa_graph.roles.persona.nearness import Nearness, SentenceNearness, nearness_named, shared_words, word_vectors

MEASURES: dict[str, Nearness] = {"sentences": SentenceNearness(minilm()), "words": shared_words}


async def played(scenario: Scenario, seed: int, turns: int, nearness: Nearness) -> Episode:
    """Play ``scenario`` with the agent `expert`."""
    rubric = load_rubric()
    stop = rubric.stop.model_copy(update={"max_turns": turns, "min_turns": turns})
    sandbox = Sandbox(
        persona=RulePersona(nearness=nearness),
        empathic=reference_agent("expert"),
        evaluator=CueEvaluator(rubric),
        rubric=rubric.model_copy(update={"stop": stop}),
        labels=Labels("scripted:expert"),
    )
    return await sandbox.play(scenario, seed=seed)


def wins(scenario: Scenario, episode: Episode) -> Iterator[tuple[str, tuple[float, ...]]]:
    """Yield, per chosen line, its move and the shares of its unsaid likes that it is nearer than, by measure."""
    lines = {said.id: said for said in sayable(scenario.persona, scenario.goal)}
    said: set[str] = set()
    heard = ""
    for message in episode.messages:
        if message.speaker == "empathic":
            heard = message.content
            continue
        line = lines.get(message.line or "")
        if heard and line is not None:
            others = [o for o in lines.values() if o.move == line.move and o.id not in said and o.id != line.id]
            if others:
                texts = [one.line.text for one in (line, *others)]
                yield line.move, tuple(_share_behind(measure(heard, texts)) for measure in MEASURES.values())
        if line is not None:
            said.add(line.id)


def _share_behind(near: list[float]) -> float:
    own, *others = (round(one, 9) for one in near)
    return sum((own > other) + 0.5 * (own == other) for other in others) / len(others)


def main() -> None:
    """Print the AUC by move and over all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--nearness", choices=("words", "vectors", "sentences"), default="vectors", help="how lines are chosen"
    )
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--turns", type=int, default=14)
    parser.add_argument("--unseen", type=Path, metavar="FOLDER", help="vectors for each persona that never saw it")
    parser.add_argument("--only", nargs="*", default=[], metavar="PERSONA", help="personas to play; all by default")
    options = parser.parse_args()
    found: dict[str, list[tuple[float, ...]]] = defaultdict(list)
    chosen = [one for one in scenarios() if graded_file(one.persona.id).is_file()]
    chosen = [one for one in chosen if one.persona.id in options.only or not options.only]
    for scenario in chosen:
        nearness = nearness_named(options.nearness)
        if options.unseen:
            vectors = SentenceVectors.read(options.unseen / f"{scenario.persona.id}.safetensors")
            nearness = partial(word_vectors, vectors=vectors)
        for seed in range(options.seeds):
            for move, win in wins(scenario, asyncio.run(played(scenario, seed, options.turns, nearness))):
                found[move].append(win)
                found["all"].append(win)
    table = Table("move", "lines", *(f"AUC by {name}" for name in MEASURES))
    for move, values in sorted(found.items(), key=lambda item: (item[0] == "all", -len(item[1]))):
        table.add_row(
            move, str(len(values)), *(f"{sum(shares) / len(values):.2f}" for shares in zip(*values, strict=True))
        )
    head = f"lines chosen by {options.nearness}; {len(chosen)} scenarios x {options.seeds} seeds, {options.turns} turns"
    Console(width=80).print(head, table)


if __name__ == "__main__":
    main()
