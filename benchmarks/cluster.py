"""The executor `ray`: what two workers reach beside one, and runs whose workers and drivers are killed at random.

    python benchmarks/cluster.py scaling [--store URL] [--repeats 8] [--turns 10] [--rounds 5]
    python benchmarks/cluster.py kills --store URL [--times 10] [--seed 0]

Scaling: scripted agents on all scenarios, kept in memory or in PostgreSQL; each measurement has a process of its own,
the rows take turns and medians count. CPU is that of all processes of the machine that belong to a row, per turn.
Kills: models that a stub plays; the episodes have to be those of an undisturbed run in one process, byte for byte.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from loads import serve

from empa_graph.llm import Limiters
from empa_graph.models.config import RunConfig
from empa_graph.models.episode import Episode
from empa_graph.models.turn_record import ModelCall, TurnRecord
from empa_graph.run.cluster.executor import RayExecutor
from empa_graph.run.config import prepared
from empa_graph.run.home import opened
from empa_graph.run.meter import RunMeter
from empa_graph.run.schedule import Progress, TurnStore, run_async
from empa_graph.run.session import RunStore
from empa_graph.store.ledger import Store

SPAWN = multiprocessing.get_context("spawn")
TICKS = os.sysconf("SC_CLK_TCK")
ROWS = {"asyncio": 0, "1 worker": 1, "2 workers": 2}
IN_FLIGHT = 8
WINDOW = (0.15, 0.65)
"""The share of all turns, were none to end early, between which is measured: all workers have started, and none waits
for the last episode."""
LATENCY = 0.02
COMMAND = [sys.executable, "-c", "from empa_graph.cli import main; main()"]
Figures = dict[str, float]


class Memory:
    """Keeps nothing but what a run goes on from."""

    ended: frozenset[int] = frozenset()

    def turns(self, number: int) -> Sequence[TurnRecord]:
        return ()

    def calls(self, number: int) -> Sequence[ModelCall]:
        return ()

    def answer(self, key: str) -> str | None:
        return None

    async def keep_call(self, call: ModelCall, *, key: str | None, answer: str | None) -> None: ...

    async def keep_turn(self, turn: TurnRecord) -> None: ...

    async def keep_episode(self, number: int, episode: Episode) -> None: ...


def processes() -> dict[int, tuple[int, str, float]]:
    """Return parent, name and seconds of CPU of every process."""
    found = {}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            fields = (place / "stat").read_text().rpartition(")")[2].split()
            name = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        found[int(place.name)] = (int(fields[1]), name, (int(fields[11]) + int(fields[12])) / TICKS)
    return found


def below(pid: int, known: dict[int, tuple[int, str, float]]) -> set[int]:
    found = {pid}
    while more := {child for child, (parent, *_) in known.items() if parent in found} - found:
        found |= more
    return found - {pid}


def cpu() -> Counter[str]:
    """Return seconds of CPU so far, by part: driver, workers, Ray's own processes, PostgreSQL."""
    known, used = processes(), Counter[str](driver=time.process_time())
    ours = below(os.getpid(), known)
    for pid, (_, name, seconds) in known.items():
        if pid in ours:
            used["workers" if name.startswith("ray::Worker") else "ray"] += seconds
        elif "postgres" in name.partition(" ")[0]:
            used["postgresql"] += seconds
    return used


def measured(row: str, options: argparse.Namespace) -> Figures:
    """Return turns/s and CPU ms per turn, by part."""
    workers = ROWS[row]
    suite = {"repeats": options.repeats, "max_turns": options.turns}
    execution = {"executor": "ray" if workers else "asyncio", "workers": workers or None, "concurrency": IN_FLIGHT}
    url = options.store or "postgresql+psycopg://nobody@127.0.0.1/nothing"
    config = RunConfig.model_validate(
        {"agent": {"spec": "scripted:template"}, "suite": suite, "store": {"url": url}, "execution": execution}
    )
    made, roles = prepared(config)
    made = replace(made, run=made.run.model_copy(update={"id": f"{made.run.id}-{os.getpid()}"}))
    turns, marks = 0, list[tuple[int, float, Counter[str]]]()
    due = [int(share * len(made.run.plan) * options.turns) for share in WINDOW]

    def watch(event: Progress) -> None:
        nonlocal turns
        turns += event.episode is None
        if event.episode is None and len(marks) < len(due) and turns >= due[len(marks)]:
            marks.append((turns, time.perf_counter(), cpu()))

    async def play(kept: TurnStore) -> None:
        meter = RunMeter(kept)  # type: ignore[arg-type]
        held = replace(roles, executor=RayExecutor(made, roles, meter, Limiters(IN_FLIGHT))) if workers else roles
        content = made.run, made.scenarios, held, made.rubric
        await run_async(*content, turn_store=kept, meter=meter, execution=config.execution, watch=watch)

    async def into(store: Store) -> None:
        kept = RunStore(store)
        await play(kept)
        await kept.aclose()

    if options.store:
        with Store.create(options.store, made.run) as store:
            asyncio.run(into(store))
    else:
        asyncio.run(play(Memory()))
    (first, began, before), (last, ended, after) = marks
    used = {part: 1_000 * (after[part] - before[part]) / (last - first) for part in after}
    return {"turns_per_s": (last - first) / (ended - began), **used}


def scaling(options: argparse.Namespace) -> None:
    rounds: dict[str, list[Figures]] = {row: [] for row in ROWS}
    for _ in range(options.rounds):
        for row in ROWS:
            with SPAWN.Pool(1) as pool:
                rounds[row].append(pool.apply(measured, (row, options)))
    found = {
        row: {key: statistics.median(one.get(key, 0.0) for one in many) for key in many[0]}
        for row, many in rounds.items()
    }
    parts = ("driver", "workers", "ray", "postgresql")
    print(f"{'':12}{'turns/s':>9}" + "".join(f"{part:>12}" for part in parts) + "   CPU ms per turn")
    for row, figures in found.items():
        print(f"{row:12}{figures['turns_per_s']:9.1f}" + "".join(f"{figures.get(part, 0.0):12.2f}" for part in parts))
    ratios = [
        two["turns_per_s"] / one["turns_per_s"] / 2
        for one, two in zip(rounds["1 worker"], rounds["2 workers"], strict=True)
    ]
    print(
        f"{statistics.median(ratios):8.2f} of twice one worker, by round {[round(r, 2) for r in ratios]}; target >= 0.8"
    )


class Command:
    """The command in a process of its own; what it says of each turn is read as it comes."""

    def __init__(self, *words: object) -> None:
        self.process = subprocess.Popen([*COMMAND, *map(str, words), "--json"], stdout=subprocess.PIPE, text=True)
        self.last = ""

    def after(self, turns: int) -> bool:
        """Wait for so many turns; False where it ends before."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.last = line
            turns -= json.loads(line).get("event") == "turn"
            if turns <= 0:
                return True
        return False

    def end(self) -> None:
        """Wait for its end, which has to be a good one."""
        self.after(10**9)
        if (code := self.process.wait()) != 0:
            raise SystemExit(f"exit code {code}: {self.last[:2_000]}")


def kills(options: argparse.Namespace) -> None:
    draw = random.Random(options.seed)
    here, there = SPAWN.Pipe()
    server = SPAWN.Process(target=serve, args=(there, LATENCY), daemon=True)
    server.start()
    words = ["run", "all", "--limit", 6, "--repeats", 3, "--max-turns", 16, "--concurrency", IN_FLIGHT]
    words += ["--empathic", "m", "--persona-voice", "m"]
    words += ["--base-url", f"http://127.0.0.1:{here.recv()}/v1", "--store", options.store]
    ray = ["--executor", "ray", "--workers", 2]
    with tempfile.TemporaryDirectory() as folder:
        one, many, often = (Path(folder, name) for name in ("one", "workers", "drivers"))
        Command(*words, "--out", one).end()
        known = kept(one, options.store)
        run, killed = Command(*words, *ray, "--out", many), 0
        while killed < options.times and run.after(draw.randint(4, 16)):
            alive = processes()
            found = [pid for pid in below(run.process.pid, alive) if alive[pid][1].startswith("ray::Worker")]
            if found:
                os.kill(draw.choice(found), signal.SIGKILL)
                killed += 1
        run.end()
        told("workers", killed, known, kept(many, options.store))
        run, killed = Command(*words, *ray, "--out", often), 0
        while killed < options.times and run.after(draw.randint(1, 10)):
            run.process.kill()
            run.process.wait()
            killed += 1
            run = Command("resume", often, *ray)
        run.end()
        told("drivers", killed, known, kept(often, options.store))
    server.terminate()


def kept(folder: Path, url: str) -> dict[str, Any]:
    """Return what a run holds: episodes as JSON, turns, answers that were paid for."""
    with opened(folder, store=url) as store:
        assert store.verify().faults == ()
        episodes = {number: episode.model_dump_json() for number, episode in store.numbered()}
        answers = sum(call.failure is None and not call.replayed for call in store.calls())
        return {"episodes": episodes, "answers": answers, "ended": len(store.ended())}


def told(what: str, killed: int, known: dict[str, Any], found: dict[str, Any]) -> None:
    same = found["episodes"] == known["episodes"]
    print(f"{killed} {what} killed: {found['ended']} episodes, {'equal' if same else 'OTHER'} byte for byte; ", end="")
    print(f"{found['answers']} answers kept, {known['answers']} undisturbed")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("what", choices=("scaling", "kills"))
    parser.add_argument("--store")
    parser.add_argument("--repeats", type=int, default=8)
    parser.add_argument("--turns", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    {"scaling": scaling, "kills": kills}[options.what](options)


if __name__ == "__main__":
    main()
