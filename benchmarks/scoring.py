"""Time of the trio, and of EPM stops and EPM-Q, on 240 episodes and on a million; ratio to a plain Python loop.

    python benchmarks/scoring.py [--out benchmarks/results/scoring.json]

The loop does the same arithmetic on lists, one trajectory after the other, in the same run. For the million
it plays a sample, and its time is scaled up. `standing` is timed too: the question asked once a turn in play.
"""

from __future__ import annotations

import argparse
import json
import math
import platform
import statistics
import time
from collections.abc import Callable
from functools import partial
from itertools import accumulate, pairwise
from pathlib import Path

import numpy as np

from empa_graph.scoring.epm import increments
from empa_graph.scoring.epmq import epmq_batch
from empa_graph.scoring.stopping import PROFILES, standing, stops
from empa_graph.scoring.trio import trio_batch

Walk = list[list[float]]
CHUNK = 16_384
SAMPLE = 20_000
RULES = PROFILES["published"]
STEPS = (((0, 1, 3), (0, -2, -4)), ((0, 1, 3), (0, -2, -5)), ((0, 1, 3), (0, -2, -5)))
AXES = range(3)


def plain_composite(path: Walk, target: list[float]) -> float:
    start = path[0]
    ideal = [b - a for a, b in zip(start, target, strict=True)]
    reach = math.hypot(*ideal)
    unit = [x / reach for x in ideal]
    impact, angles = 0.0, []
    for before, after in pairwise(path):
        move = [b - a for a, b in zip(before, after, strict=True)]
        length = math.hypot(*move)
        along = sum(a * b for a, b in zip(move, unit, strict=True))
        across = math.hypot(*(a - along * b for a, b in zip(move, unit, strict=True)))
        impact += length
        angles.append(math.atan2(across, along) if length else math.pi / 2)
    whole = [b - a for a, b in zip(start, path[-1], strict=True)]
    length = math.hypot(*whole)
    cosine = sum(a * b for a, b in zip(whole, unit, strict=True)) / length if length else 0.0
    mean = sum(angles) / len(angles)
    spread = math.sqrt(sum((angle - mean) ** 2 for angle in angles) / len(angles))
    steadiness = 1 - spread / (math.pi / 2)
    return 100 * max(0.0, cosine) * (0.4 + 0.3 * min(1.0, impact / reach) + 0.3 * steadiness)


def plain_dot(left: list[float], right: list[float]) -> float:
    # Not sum(), which compensates from Python 3.12 on: rounding to 2 decimals meets ties that noise decides.
    return left[0] * right[0] + left[1] * right[1] + left[2] * right[2]


def plain_stop(path: Walk, moves: Walk, energies: list[float], heading: list[float]) -> tuple[int, str]:
    deficit = round(math.sqrt(plain_dot(path[0], path[0])), 2)
    rim, totals = round(RULES.alpha * deficit, 2), list(accumulate(energies))
    for turn in range(RULES.min_turns, len(moves) + 1):
        here, first = path[turn], path[turn - RULES.oscillation_window + 1]
        near = round(math.sqrt(plain_dot(here, here)), 2) <= rim
        ahead = round(plain_dot(here, heading), 2)
        if (near or ahead >= -rim) and round(totals[turn - 1], 2) >= deficit:
            return turn, "success_geometric" if near else "success_positional"
        if turn == RULES.max_turns:
            return turn, "max_turns"
        if all(round(energy, 2) < 0 for energy in energies[turn - RULES.collapse_after : turn]):
            return turn, "collapse"
        travelled = sum(abs(step) for move in moves[turn - RULES.oscillation_window : turn] for step in move)
        apart = sum(abs(here[axis] - first[axis]) for axis in AXES)
        if travelled >= RULES.oscillation_least and apart <= RULES.oscillation_most:
            return turn, "oscillation"
    return len(moves), "continue"


def plain_epmq(path: Walk, moves: Walk, energies: list[float], net: int, regress: int) -> float:
    turns, points, total = len(moves), len(moves) + 1, round(list(accumulate(energies))[-1], 2)
    recorded = [round(energy, 2) for energy in energies]
    lengths = [math.sqrt(plain_dot(move, move)) for move in moves]
    cosines = [
        round(min(1.0, max(-1.0, e / length)), 4) if length else 0.0
        for e, length in zip(energies, lengths, strict=True)
    ]
    before, after = (math.hypot(*(min(0.0, x + 1) for x in point)) for point in (path[0], path[-1]))
    before = before if before > 1e-6 else 1.0
    straight = math.dist(path[0], path[-1])
    outcome = (
        min(100.0, max(0.0, 50 + 50 * (before - after) / before)),
        100 * max(0.0, total) / (1.2 * before),
        100 * max(0, net) / (1.5 * before),
    )
    efficiency = (
        100 * max(0.0, total / turns) / 2.5,
        100 * max(0.0, sum(recorded) / points) / 2.5,
        max(0.0, 50 * (3 - (max(1.0, sum(lengths) / straight) if straight else 1.0))),
    )
    stability = (
        100 * sum(energy > 0 for energy in recorded) / points,
        50 * (sum(cosines) / points + 1),
        max(0.0, 100 * (3 - regress / points) / 3),
    )
    return 0.4 * sum(outcome) / 3 + 0.2 * sum(efficiency) / 3 + 0.4 * sum(stability) / 3


def plain_epm(start: list[float], moves: Walk, up: list[list[int]], down: list[list[int]]) -> tuple[int, str, float]:
    """Return turn and kind of the stop, and EPM-Q as published."""
    deficit = math.sqrt(plain_dot(start, start))
    heading = [round(-x / deficit, 4) for x in start]
    path, energies = [start], []
    for move in moves:
        path.append([path[-1][axis] + move[axis] for axis in AXES])
        energies.append(plain_dot(move, heading))
    gains, losses = (sum(level for levels in turns for level in levels) for turns in (up, down))
    return *plain_stop(path, moves, energies, heading), plain_epmq(path, moves, energies, gains - losses, losses)


def walks(count: int, turns: int, size: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    steps = rng.normal(0.03, 0.1, (count, turns, size))
    positions = np.concatenate([np.full((count, 1, size), -0.6), -0.6 + np.cumsum(steps, axis=1)], axis=1)
    return positions, np.full(count, turns), np.full(size, 0.4)


def seconds(work: Callable[[], object], repeats: int) -> float:
    """The median time of ``repeats`` runs after one that warms up."""
    work()
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def compared(*, count: int, turns: int, size: int, repeats: int) -> dict[str, float]:
    positions, lengths, target = walks(count, turns, size, seed=1)
    sample = min(count, SAMPLE)
    lists, point = positions[:sample].tolist(), target.tolist()

    def batch() -> np.ndarray:
        rows = (slice(at, at + CHUNK) for at in range(0, count, CHUNK))
        return np.concatenate([trio_batch(positions[r], lengths[r], target).composite for r in rows])

    def loop() -> list[float]:
        return [plain_composite(path, point) for path in lists]

    gap = float(np.abs(batch()[:sample] - loop()).max())
    if gap > 1e-9:
        raise SystemExit(f"batch and loop differ by {gap:.2e}")
    fast, slow = seconds(batch, repeats), seconds(loop, repeats) * count / sample
    return {
        "trajectories": count,
        "turns": turns,
        "dimensions": size,
        "seconds": fast,
        "loop_seconds": slow,
        "loop_sample": sample,
        "ratio": slow / fast,
        "largest_difference": gap,
    }


def judged(count: int, turns: int, seed: int) -> tuple[np.ndarray, ...]:
    """Starts (N, 3), increments, progress and regress (N, T, 3) of paths that rather lead out."""
    rng = np.random.default_rng(seed)
    shape = (count, turns, 3)
    progress = rng.choice(np.array([0, 1, 2], np.int8), shape, p=(0.3, 0.5, 0.2))
    regress = rng.choice(np.array([0, 1, 2], np.int8), shape, p=(0.8, 0.15, 0.05))
    return -rng.integers(5, 28, (count, 3)), increments(progress, regress, steps=STEPS), progress, regress


def compared_epm(*, count: int, turns: int, repeats: int) -> dict[str, float]:
    starts, moves, up, down = judged(count, turns, seed=2)
    lengths, sample = np.full(count, turns), min(count, SAMPLE)
    lists = [values[:sample].tolist() for values in (starts, moves, up, down)]

    def batch() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        ends = stops(starts, moves, lengths, rules=RULES)
        return ends.turn, ends.kind, epmq_batch(starts, moves, lengths, progress=up, regress=down).composite

    def loop() -> list[tuple[int, str, float]]:
        return [plain_epm(*path) for path in zip(*lists, strict=True)]

    turn, kind, score = batch()
    ends = list(zip(turn[:sample].tolist(), kind[:sample].tolist(), strict=True))
    plain = loop()
    gap = float(np.abs(score[:sample] - [row[2] for row in plain]).max())
    if gap > 1e-9 or ends != [row[:2] for row in plain]:
        raise SystemExit(f"batch and loop differ: EPM-Q by {gap:.2e}, or in where a path stops")
    fast, slow = seconds(batch, repeats), seconds(loop, repeats) * count / sample
    return {
        "trajectories": count,
        "turns": turns,
        "dimensions": 3,
        "seconds": fast,
        "loop_seconds": slow,
        "loop_sample": sample,
        "ratio": slow / fast,
        "largest_difference": gap,
    }


def standing_seconds(turns: int) -> dict[str, float]:
    """The median time of `standing` on one path, by profile."""
    starts, moves, _, _ = judged(1, turns, seed=3)
    start, path = starts[0].tolist(), moves[0].tolist()
    return {name: seconds(partial(standing, start, path, rules=rules), 501) for name, rules in PROFILES.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "scoring.json")
    out = parser.parse_args().out
    rows = {
        "trio, 240 episodes": compared(count=240, turns=20, size=4, repeats=21),
        "trio, a million": compared(count=1_000_000, turns=12, size=4, repeats=3),
        "EPM, 240 episodes": compared_epm(count=240, turns=20, repeats=21),
        "EPM, a million": compared_epm(count=1_000_000, turns=12, repeats=3),
    }
    print(f"{'':<20}{'shape':>20}{'batch':>12}{'loop':>12}{'ratio':>8}   loop ran on")
    for name, row in rows.items():
        shape = f"{row['trajectories']} x {row['turns']} x {row['dimensions']}"
        times = f"{row['seconds']:>10.4f} s{row['loop_seconds']:>10.3f} s"
        whole = row["loop_sample"] == row["trajectories"]
        sample = "all" if whole else f"{row['loop_sample']}, time scaled up"
        print(f"{name:<20}{shape:>20}{times}{row['ratio']:>7.1f}x   {sample}")
    once = standing_seconds(RULES.max_turns)
    print("standing at turn 45:", ", ".join(f"{name} {1e6 * value:.0f} us" for name, value in once.items()))
    machine = {"python": platform.python_version(), "numpy": np.__version__, "machine": platform.machine()}
    report = {"chunk": CHUNK, **machine, "results": rows, "standing_seconds": once}
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
