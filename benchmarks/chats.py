"""Peak memory and speed of `empa score --evaluator cues` over many saved conversations, and of the reader alone.

    python benchmarks/chats.py [--sizes 5000,50000] [--reader 200000] [--out benchmarks/results/chats.json]

Each row is a process of its own on one core. The conversations are made, of two turns each; a rate is of CPU seconds,
between the first size and the last, so that neither the start nor other processes count.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

EMPA = str(Path(sys.executable).with_name("empa"))
LIMIT = 300
"""MB that no row may pass."""
FLAT = 1.15
"""How much more the largest size may take than the smallest."""
SAID = (
    "I failed the oral exam, and my father had driven me there for a year. This is case {}.",
    "That hurts, after a year of mornings with him. What was it like to tell him?",
    "I said it went well. I could not look at him.",
    "You felt ashamed, and you wanted to spare him.",
)
READ = "import sys; from empa_graph.chats.transcripts import read; print(sum(1 for _ in read(open(sys.argv[1], 'rb'))))"


class Measured(NamedTuple):
    """What one process took."""

    what: str
    conversations: int
    peak_mb: float
    cpu_seconds: float


def write(path: Path, count: int) -> None:
    """Write ``count`` conversations, one a line."""
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            roles = ("user", "assistant") * 2
            messages = [{"role": role, "content": text.format(number)} for role, text in zip(roles, SAID, strict=True)]
            file.write(json.dumps({"id": f"c{number}", "messages": messages}) + "\n")


def measured(what: str, count: int, words: list[str]) -> Measured:
    """Run one process to its end on one core. Raises CalledProcessError where it fails."""
    child = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    os.sched_setaffinity(child.pid, {min(os.sched_getaffinity(0))})
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, words)
    return Measured(what, count, usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime)


def rows(sizes: list[int], reader: list[int], folder: Path) -> list[Measured]:
    """Measure every size, the smallest first."""
    found = []
    for what, counts in (("empa score", sizes), ("the reader alone", reader)):
        for count in sorted(counts):
            file = folder / "chats.jsonl"
            write(file, count)
            out = str(folder / f"judged-{count}.jsonl")
            score = [EMPA, "score", str(file), "--evaluator", "cues", "--out", out]
            found.append(
                measured(what, count, score if what == "empa score" else [sys.executable, "-c", READ, str(file)])
            )
    return found


def rate(found: list[Measured], what: str) -> float:
    """Return conversations a CPU second beyond the smallest size."""
    of = [row for row in found if row.what == what]
    return (of[-1].conversations - of[0].conversations) / (of[-1].cpu_seconds - of[0].cpu_seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sizes", default="5000,50000")
    parser.add_argument("--reader", default="5000,200000")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "chats.json")
    options = parser.parse_args()
    sizes, reader = ([int(size) for size in words.split(",")] for words in (options.sizes, options.reader))
    if min(len(set(sizes)), len(set(reader))) < 2:
        parser.error("a rate is told between two sizes: give --sizes and --reader two or more each")
    with tempfile.TemporaryDirectory() as folder:
        found = rows(sizes, reader, Path(folder))
    rates = {what: rate(found, what) for what in dict.fromkeys(row.what for row in found)}
    table = Table("process", "conversations", "peak MB", "CPU s", "conversations/s")
    for row in found:
        cells = (f"{row.conversations:,}", f"{row.peak_mb:.0f}", f"{row.cpu_seconds:.1f}", f"{rates[row.what]:,.0f}")
        table.add_row(row.what, *cells)
    Console(width=100).print(table)
    scored = [row.peak_mb for row in found if row.what == "empa score"]
    flat = scored[-1] <= FLAT * scored[0] and max(scored) < LIMIT
    print(f"memory is {'flat' if flat else 'NOT flat'}: {scored[0]:.0f} to {scored[-1]:.0f} MB, limit {LIMIT} MB")
    options.out.parent.mkdir(parents=True, exist_ok=True)
    result = {
        "python": platform.python_version(),
        "rows": [row._asdict() for row in found],
        "rates": rates,
        "flat": flat,
    }
    options.out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    sys.exit(not flat)


if __name__ == "__main__":
    main()
