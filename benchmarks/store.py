"""The store: 100,000 episodes listed, filtered and summed; 200 adders at once; bytes on disk beside the text.

    python benchmarks/store.py [--episodes 100000] [--out benchmarks/results/store.json]

The listed episodes have two turns each: nothing that is asked of them reads a turn. Listing is compared with
loading every episode as objects, timed on a sample and scaled up.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

from empa_graph import find_scenarios, play
from empa_graph.models.config import RunConfig
from empa_graph.models.episode import Episode
from empa_graph.models.run import Planned, Run
from empa_graph.models.turn_record import TurnRecord
from empa_graph.store.folder import folder_url
from empa_graph.store.ledger import Store
from empa_graph.store.records import Closing
from empa_graph.store.writer import AsyncWriter

AGENTS = ("dismissive", "generic", "lecturer", "parrot", "questioner", "silent", "sycophant", "template")
SAMPLE = 1_000
ADDERS = 200


def manifest(**changes: object) -> Run:
    """A manifest of nothing in particular: every field that has no default, filled by its type."""
    empty: dict[str, object] = {
        name: () if "tuple" in str(f.annotation) else {} if "dict" in str(f.annotation) else None
        for name, f in Run.model_fields.items()
        if f.is_required()
    }
    numbers = {name: 1 for name, f in Run.model_fields.items() if f.annotation in (int, float)}
    words = {name: "benchmark" for name, f in Run.model_fields.items() if f.annotation is str}
    plan = (Planned(scenario="a/b", variant="a", repeat=0, seed=0),)
    return Run.model_validate({**empty, **numbers, **words, "config": RunConfig(), "plan": plan, **changes})


def played(turns: int) -> dict[str, list[Episode]]:
    chosen = [scenario.id for scenario in find_scenarios(["all"])]
    return {agent: [play(one, f"scripted:{agent}", max_turns=turns) for one in chosen] for agent in AGENTS}


def seconds(work: Callable[[], object], repeats: int = 3) -> float:
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def listed(count: int, known: Sequence[Episode], folder: Path) -> dict[str, float]:
    """Store ``count`` episodes and ask of them what a list, a filter and a summary ask."""
    with Store.create(folder_url(folder), manifest()) as store:
        began = time.perf_counter()
        for at in range(0, count, 500):
            batch = [
                Closing(
                    number,
                    known[number % len(known)].model_copy(
                        update={"variant": f"variant{number % 5}", "repeat": number // len(known)}
                    ),
                )
                for number in range(at, min(at + 500, count))
            ]
            store.append(batch)
        made = time.perf_counter() - began
        size = sum(file.stat().st_size for file in folder.iterdir())
        objects = seconds(lambda: list(islice(store.episodes(), SAMPLE)), 1) * count / min(SAMPLE, count)
        all_rows = seconds(lambda: list(store.outcomes()))
        one_ending = seconds(lambda: list(store.outcomes(ending="converged")))
        one_variant = seconds(lambda: list(store.outcomes(variant="variant3", scenario=known[0].scenario)))
        summed = seconds(store.by_variant)
        verified = seconds(store.verify, 1)
    together = all_rows + one_ending + one_variant + summed
    return {
        "episodes": count,
        "made_seconds": made,
        "megabytes": size / 1e6,
        "list_seconds": all_rows,
        "filter_ending_seconds": one_ending,
        "filter_variant_seconds": one_variant,
        "by_variant_seconds": summed,
        "all_four_seconds": together,
        "objects_seconds": objects,
        "ratio_to_objects": objects / all_rows,
        "verify_seconds": verified,
    }


async def grouped(turns: Sequence[TurnRecord], folder: Path, each: int) -> dict[str, float]:
    """Let 200 coroutines add a turn at a time."""
    with Store.create(folder_url(folder), manifest()) as store:
        writer, waits = AsyncWriter(store.append), []

        async def add(number: int) -> None:
            for at in range(each):
                turn = turns[(number + at) % len(turns)]
                began = time.perf_counter()
                await writer.add(turn.model_copy(update={"episode": number, "turn": at + 1}))
                waits.append(time.perf_counter() - began)

        began, used = time.perf_counter(), time.process_time()
        await asyncio.gather(*(add(number) for number in range(ADDERS)))
        took, cpu = time.perf_counter() - began, time.process_time() - used
        await writer.aclose()
    with tempfile.TemporaryDirectory() as other, Store.create(folder_url(Path(other)), manifest()) as store:
        alone = seconds(_one_by_one(store, turns), 1) / 200
    waits.sort()
    return {
        "adders": ADDERS,
        "turns_per_second": len(waits) / took,
        "cpu_ms_per_turn": 1000 * cpu / len(waits),
        "median_ms": 1000 * waits[len(waits) // 2],
        "p99_ms": 1000 * waits[len(waits) * 99 // 100],
        "alone_turns_per_second": 1 / alone,
        "ratio_to_alone": len(waits) / took * alone,
    }


def _one_by_one(store: Store, turns: Sequence[TurnRecord]) -> Callable[[], None]:
    def write() -> None:
        for at in range(200):
            store.append([turns[at % len(turns)].model_copy(update={"episode": 0, "turn": at + 1})])

    return write


def turns_of(number: int, episode: Episode) -> list[TurnRecord]:
    """Return the turns of an episode as a run stores them; only the last has a state of the persona here."""
    last = len(episode.latent.steps)
    return [
        TurnRecord(
            episode=number,
            turn=step.turn,
            messages=tuple(message for message in episode.messages if message.turn == step.turn),
            step=step,
            persona_state=episode.persona_state if step.turn == last else None,
        )
        for step in episode.latent.steps
    ]


def on_disk(episodes: Sequence[Episode], times: int) -> dict[str, float]:
    """Bytes of the closed store beside the bytes of the text, episodes stored one turn at a time."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Store.create(folder_url(folder), manifest()) as store:
            for number in range(times * len(episodes)):
                episode = episodes[number % len(episodes)]
                store.append([*turns_of(number, episode), Closing(number, episode)])
        size = sum(file.stat().st_size for file in folder.iterdir())
    text = times * sum(len(message.content.encode()) for one in episodes for message in one.messages)
    turns = times * sum(one.turns for one in episodes)
    return {"turns": turns, "text_per_turn": text / turns, "bytes_per_turn": size / turns, "ratio": size / text}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--episodes", type=int, default=100_000)
    parser.add_argument("--turns", type=int, default=12, help="turns of an episode, at most")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "store.json")
    options = parser.parse_args()
    by_agent = played(options.turns)
    known = [episode for episodes in by_agent.values() for episode in episodes]
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "turns").mkdir()
        turns = turns_of(0, known[-5])
        adders = asyncio.run(grouped(turns, Path(name) / "turns", each=25))
    sizes = {agent: on_disk(episodes, 10) for agent, episodes in by_agent.items()}
    sizes = {"all, once": on_disk(known, 1), "all, ten times": on_disk(known, 10), **sizes}
    short = [episode for episodes in played(2).values() for episode in episodes]
    with tempfile.TemporaryDirectory() as name:
        lists = listed(options.episodes, short, Path(name))
    result = {"python": platform.python_version(), "lists": lists, "adders": adders, "disk": sizes}
    for title, figures in (("lists", lists), ("adders", adders)):
        print(title)
        for key, value in figures.items():
            print(f"  {key:<26}{value:12.3f}")
    print(f"{'disk':<26}{'text/turn':>12}{'bytes/turn':>12}{'ratio':>8}")
    for agent, row in sizes.items():
        print(f"  {agent:<24}{row['text_per_turn']:12.0f}{row['bytes_per_turn']:12.0f}{row['ratio']:8.2f}")
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
