"""A run at concurrency 200 against a model server that answers after 50 ms, beside a bare graph with its client.

    python benchmarks/throughput.py [--episodes 200] [--turns 5] [--rounds 3] [--peers]
        [--out benchmarks/results/throughput.json]

Every sandbox asks three models a turn: voice, agent, judge. Bare: three plain LangGraph nodes that send the very same
requests by the same client and do nothing else. Sandbox: our roles and graph, nothing metered or kept. Runner: all of
it, each call and turn durable in SQLite. Each measurement has a process of its own and the server has another; the
rows take turns and medians count. Below: what a scripted turn costs, early and late in a long episode, how fast
`empa score` reads conversations, what a further message costs, and what a turn takes on disk. ``--peers``: the bare
graph's requests by a solver of inspect_ai as well, its logs on, in an environment of its own that is made under the
temporary folder; its rows take turns with the others.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import platform
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from itertools import count as count_from
from pathlib import Path
from typing import Any

from chats import EMPA, measured as process
from loads import PLAYS, Talkative, Work, ordered, serve
from peers import NAME as PEER, peer, version_of_peer

from empa_graph.llm import Limiters, Location, MeteredChat, Prompt, load_prices, resolve_chat
from empa_graph.llm.location import LOCATION
from empa_graph.roles import make
from empa_graph.run.meter import RunMeter
from empa_graph.run.schedule import Progress
from empa_graph.run.session import Resources, RunSession, RunStore
from empa_graph.store.folder import folder_url
from empa_graph.store.ledger import Store

LATENCY = 0.05
EARLY, TAIL, LENGTHS = (5, 15), 20, (100, 300)
"""Turns after the first of EARLY and up to the second are the cost "at turn 10"; the last TAIL that "at turn 300"."""
MESSAGES = (20, 200)
CORPUS = Path(__file__).parents[1] / "evaluators" / "behaviours" / "corpus.jsonl"
SCORED = (50, 450)
"""Conversations of it: what the larger number takes beyond the smaller one is reading."""
SEQUENTIAL = 8
"""Episodes played one after the other as a sample."""
Figures = dict[str, float]
SPAWN = multiprocessing.get_context("spawn")


def measured(name: str, work: Work) -> Figures:
    """Play ``work`` after a small warm-up; return its turns/s, CPU ms per turn and the peak of memory."""
    asyncio.run(PLAYS[name](Work(work.url, 2, 2, 2)))
    began, used = time.perf_counter(), time.process_time()
    asyncio.run(PLAYS[name](work))
    wall, cpu = time.perf_counter() - began, time.process_time() - used
    turns = work.episodes * work.turns
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024
    return {"turns_per_s": turns / wall, "cpu_ms": 1_000 * cpu / turns, "peak_mb": peak, "busy": cpu / wall}


def per_turn(turns: int, repeats: int) -> Figures:
    """Return CPU ms per turn early and late in a scripted episode with the store on, and bytes on disk per turn."""
    _scripted(EARLY[1], 0)
    return medians([_scripted(turns, number * 1_000) for number in range(1, repeats + 1)])


def _scripted(turns: int, letters: int) -> Figures:
    make.RulePersona = partial(Talkative, letters)  # a card's person runs out of words in 45 turns
    played = ordered(Work("", 1, turns, 1), agent="scripted:template")
    stamps: list[float] = []

    def watch(event: Progress) -> None:
        stamps.append(time.process_time())

    with tempfile.TemporaryDirectory() as folder:
        with Store.create(folder_url(Path(folder)), played.run) as store:
            asyncio.run(RunSession(played, store, Resources()).play(watch))
        size = sum(file.stat().st_size for file in Path(folder).iterdir())
    windows = {"early": EARLY, "late": (turns - TAIL, turns)}
    cost = {name: (stamps[b - 1] - stamps[a - 1]) / (b - a) * 1_000 for name, (a, b) in windows.items()}
    return {**cost, "bytes": size / turns}


def score_rate() -> Figures:
    """Return replies per second of CPU that `empa score` reads of the own coded conversations, none read before."""
    lines = CORPUS.read_text(encoding="utf-8").splitlines()
    used, replies = [], []
    with tempfile.TemporaryDirectory() as folder:
        for count in SCORED:
            file, out = Path(folder) / f"{count}.jsonl", Path(folder) / f"judged-{count}.jsonl"
            file.write_text("\n".join(lines[:count]) + "\n", encoding="utf-8")
            replies.append(sum(line.count('"role":"assistant"') for line in lines[:count]))
            words = [EMPA, "score", str(file), "--evaluator", "cues", "--out", str(out)]
            used.append(process("empa score", count, words).cpu_seconds)
    return {"replies_per_cpu_s": (replies[1] - replies[0]) / (used[1] - used[0])}


def per_message(url: str, count: int) -> Figures:
    """Return CPU ms per metered and kept call at each number of messages in its prompt."""
    run = ordered(Work(url, 1, 1, 1)).run
    with tempfile.TemporaryDirectory() as folder, Store.create(folder_url(Path(folder)), run) as store:
        return asyncio.run(_asked(url, count, store))


async def _asked(url: str, count: int, store: Store) -> Figures:
    found: Figures = {}
    turn_store, chat = RunStore(store), resolve_chat("m", base_url=url)
    limiter = Limiters(10).of(chat.endpoint)
    metered = MeteredChat(chat, role="empathic", meter=RunMeter(turn_store), limiter=limiter, prices=load_prices())
    LOCATION.set(Location(0, 0, 1))
    seeds = count_from(0)
    for size in (2, *MESSAGES) * 2:  # the first round warms up
        texts = [Prompt(role=("user", "assistant")[n % 2], content="word " * 40) for n in range(size)]
        used = time.process_time()
        for _ in range(count):
            await metered.complete(texts, seed=next(seeds))
        found[str(size)] = (time.process_time() - used) / count * 1_000
    await metered.aclose()
    await turn_store.aclose()
    return found


def alone(work: Callable[..., Any], *given: Any) -> Any:
    """Do ``work`` in a process of its own."""
    with SPAWN.Pool(1) as pool:
        return pool.apply(work, given)


def medians(rows: list[Figures]) -> Figures:
    return {key: statistics.median(row[key] for row in rows) for key in rows[0]}


def measure(url: str, options: argparse.Namespace) -> dict[str, Figures]:
    many = Work(url, options.episodes, options.turns, options.episodes)
    few = Work(url, SEQUENTIAL, options.turns, 1)
    rounds: dict[str, list[Figures]] = {name: [] for name in (*PLAYS, "sequential")}
    for _ in range(options.rounds):
        for name in PLAYS:
            rounds[name].append(alone(measured, name, many))
        rounds["sequential"].append(alone(measured, "runner", few))
        if options.peers:
            rounds.setdefault(PEER, []).append(alone(peer, many))
    found = {name: medians(rows) for name, rows in rounds.items()}
    found["score"] = score_rate()
    found |= {f"{turns} turns": alone(per_turn, turns, 3 * options.rounds) for turns in LENGTHS}
    return found


def summary(found: dict[str, Figures], turns_per_s: float) -> Figures:
    runner, short, long = found["runner"], *(found[f"{turns} turns"] for turns in LENGTHS)
    first, last = (found["messages"][str(size)] for size in MESSAGES)
    beside = found.get(PEER)
    to_peer = {"to_peer": runner["turns_per_s"] / beside["turns_per_s"]} if beside else {}
    return to_peer | {
        "share_of_ideal": runner["turns_per_s"] / turns_per_s,
        "cpu_to_bare": runner["cpu_ms"] / found["bare"]["cpu_ms"],
        "cpu_to_bare_tuned": runner["cpu_ms"] / found["bare, tuned"]["cpu_ms"],
        "cpu_to_sandbox": runner["cpu_ms"] / found["sandbox"]["cpu_ms"],
        "cpu_to_sandbox_tuned": runner["cpu_ms"] / found["sandbox, tuned"]["cpu_ms"],
        "to_sequential": runner["turns_per_s"] / found["sequential"]["turns_per_s"],
        "scripted_ms": long["early"],
        "score_rate": found["score"]["replies_per_cpu_s"],
        "growth": long["late"] / long["early"],
        "message_us": (last - first) / (MESSAGES[1] - MESSAGES[0]) * 1_000,
        "disk_growth": long["bytes"] / short["bytes"],
    }


NOTES = {
    "to_peer": f"x the turns/s of {PEER} with the same requests",
    "share_of_ideal": "of the ideal rate; target >= 0.85, or CPU-bound and",
    "cpu_to_bare": "x the CPU per turn of the bare graph; target < 1.5",
    "cpu_to_bare_tuned": "x that of the bare graph with the garbage collector set as a run sets it",
    "cpu_to_sandbox": "x that of our sandbox, nothing metered or kept",
    "cpu_to_sandbox_tuned": "x that of our sandbox with the collector set as a run sets it",
    "to_sequential": "x the turns/s of the runner at concurrency 1",
    "scripted_ms": "ms of CPU per scripted turn with the store on, at turn 10; target <= 3",
    "score_rate": "replies of saved conversations per second of CPU by `empa score`, no text read before",
    "growth": "x CPU per turn at turn 300 to turn 10, scripted; target <= 1.3",
    "message_us": "us more per further message of a prompt; target <= 25",
    "disk_growth": "x bytes per turn at 300 turns to 100; linear is <= 1",
}


def show(found: dict[str, Figures], ratios: Figures) -> None:
    print(f"{'':16}{'turns/s':>10}{'CPU ms/turn':>13}{'CPU busy':>10}{'peak MB':>9}")
    for name, row in ((name, found[name]) for name in (*PLAYS, "sequential", PEER) if name in found):
        print(f"{name:16}{row['turns_per_s']:10.1f}{row['cpu_ms']:13.2f}{row['busy']:10.0%}{row['peak_mb']:9.0f}")
    for name, value in ratios.items():
        print(f"{value:8.2f} {NOTES[name]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--episodes", type=int, default=200)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", action="store_true", help="beside inspect_ai, in an environment of its own")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "throughput.json")
    options = parser.parse_args()
    peers = {PEER: version_of_peer()} if options.peers else {}
    found: dict[str, Figures] = {}
    for latency in (LATENCY, 0.0):
        here, there = SPAWN.Pipe()
        server = SPAWN.Process(target=serve, args=(there, latency), daemon=True)
        server.start()
        url = f"http://127.0.0.1:{here.recv()}/v1"
        try:
            found |= measure(url, options) if latency else {"messages": alone(per_message, url, 100)}
        finally:
            server.terminate()
    ratios = summary(found, options.episodes / (3 * LATENCY))
    show(found, ratios)
    about = {"python": platform.python_version(), "langgraph": version("langgraph"), "openai": version("openai")}
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(
        json.dumps({**about, **peers, "rows": found, "ratios": ratios}, indent=1) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
