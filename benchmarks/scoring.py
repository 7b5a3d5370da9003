"""Time of the trio on 240 episodes and on a million trajectories, and its ratio to a plain Python loop.

    python benchmarks/scoring.py [--out benchmarks/results/scoring.json]

The loop does the same arithmetic on lists, one trajectory after the other, in the same run. For the million
it plays a sample, and its time is scaled up.
"""

from __future__ import annotations

import argparse
import json
import math
import platform
import statistics
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np

from empa_graph.scoring.trio import trio_batch

Walk = list[list[float]]
CHUNK = 16_384
SAMPLE = 20_000


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "scoring.json")
    out = parser.parse_args().out
    rows = {
        "240 episodes": compared(count=240, turns=20, size=4, repeats=21),
        "a million trajectories": compared(count=1_000_000, turns=12, size=4, repeats=3),
    }
    print(f"{'':<24}{'shape':>22}{'batch':>12}{'loop':>12}{'ratio':>8}")
    for name, row in rows.items():
        shape = f"{row['trajectories']} x {row['turns']} x {row['dimensions']}"
        times = f"{row['seconds']:>10.4f} s{row['loop_seconds']:>10.3f} s"
        print(f"{name:<24}{shape:>22}{times}{row['ratio']:>7.1f}x")
    machine = {"python": platform.python_version(), "numpy": np.__version__, "machine": platform.machine()}
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps({"chunk": CHUNK, **machine, "results": rows}, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
