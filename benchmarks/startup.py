"""Wall time until the command or the package is there, and its ratio to a Python that does nothing.

    python benchmarks/startup.py [--repeats 5] [--out benchmarks/results/startup.json]

Each row is a process of its own; the rows take turns, after one round that fills the file cache.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

EMPA = str(Path(sys.executable).with_name("empa"))
ROWS: dict[str, tuple[list[str], float | None]] = {
    "python -c pass": ([sys.executable, "-c", "pass"], None),
    "import empa_graph": ([sys.executable, "-c", "import empa_graph"], 0.7),
    "empa --help": ([EMPA, "--help"], 0.5),
    "empa list": ([EMPA, "list"], None),
}
"""What is run, and its target in seconds."""


def seconds(words: list[str]) -> tuple[float, float]:
    """Return wall and CPU seconds of one process."""
    before, began = os.times(), time.perf_counter()
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    wall, after = time.perf_counter() - began, os.times()
    return wall, after.children_user + after.children_system - before.children_user - before.children_system


def measure(repeats: int) -> dict[str, dict[str, float | None]]:
    rounds = [{name: seconds(words) for name, (words, _) in ROWS.items()} for _ in range(repeats + 1)][1:]
    medians = {name: [statistics.median(r[name][kind] for r in rounds) for kind in (0, 1)] for name in ROWS}
    nothing = medians["python -c pass"][0]
    return {
        name: {"seconds": wall, "cpu_seconds": cpu, "ratio": wall / nothing, "target": ROWS[name][1]}
        for name, (wall, cpu) in medians.items()
    }


def show(result: dict[str, dict[str, float | None]]) -> None:
    table = Table("process", "wall s", "CPU s", "ratio", "target s")
    for name, row in result.items():
        target = "" if row["target"] is None else f"{row['target']:.1f}"
        table.add_row(name, f"{row['seconds']:.2f}", f"{row['cpu_seconds']:.2f}", f"{row['ratio']:.1f}x", target)
    Console(width=100).print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "startup.json")
    options = parser.parse_args()
    result = measure(options.repeats)
    show(result)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    about = {"python": platform.python_version(), "repeats": options.repeats}
    options.out.write_text(json.dumps({**about, "results": result}, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
