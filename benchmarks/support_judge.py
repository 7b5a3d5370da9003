"""How far a model that codes whole conversations by the prompt of `--support-judge` agrees with blind codes.

`draw FOLDER` writes, out of the repository (ESConv's texts are not the project's), the instructions and, in parts, the
cases of that half of the coded conversations by which nothing was chosen. `read ANSWERS.jsonl ...` takes lines of id
and answer (the JSON that the instructions ask for) through the judge's own checks, and writes the strengths to
--codes, as figures. `agree CODES.csv` prints the agreement with the signed sum of the reply-by-reply codes.

Usage: python benchmarks/support_judge.py draw FOLDER [--parts 3] | read ANSWERS.jsonl ... --codes CODES.csv |
    agree CODES.csv
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from blind_codes import REPORTING, Blind, blind
from ratings import FOLDER, estimated, pearson, spearman
from support_reference import messages

from empa_graph.llm import ScriptedChat
from empa_graph.models.behaviour import AXES
from empa_graph.roles.evaluator.judge_instructions import support_instructions
from empa_graph.roles.evaluator.judge_prompt import whole_request
from empa_graph.roles.evaluator.support_judge import judged_support

SIGNS = np.array(list(AXES.values()))
FIELDS = ("id", *AXES, "failure")


def reported() -> dict[str, Blind]:
    """Return the conversations by which nothing was chosen; they are numbered in the order of their file."""
    return {f"c{n}": one for n, one in enumerate(list(blind(FOLDER, "esconv"))[REPORTING])}


def draw(folder: Path, parts: int) -> None:
    """Write the instructions, and the cases in an order of their own."""
    cases = [
        {"id": name, "case": whole_request(messages(list(one.excerpt())), None, seed=0).text}
        for name, one in reported().items()
    ]
    random.Random(0).shuffle(cases)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "instructions.md").write_text(support_instructions() + "\n", encoding="utf-8")
    for part in range(parts):
        lines = [json.dumps(case, ensure_ascii=False) for case in cases[part::parts]]
        (folder / f"cases-{part + 1}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


async def read(files: Sequence[Path]) -> list[dict[str, Any]]:
    """Return a row for each answer: the strengths, or the kind of its failure."""
    known, found = reported(), []
    for line in (line for file in files for line in file.read_text(encoding="utf-8").splitlines() if line.strip()):
        row = json.loads(line)
        answer = row["answer"] if isinstance(row["answer"], str) else json.dumps(row["answer"])
        said = messages(list(known[row["id"]].excerpt()))
        judged = await judged_support(ScriptedChat("written", [answer], cycle=True), said)
        found.append({"id": row["id"], **judged.axes, "failure": judged.failure.kind if judged.failure else ""})
    return found


def agree(file: Path) -> None:
    """Print the agreement of the codes in ``file`` with the blind ones."""
    known, rows = reported(), list(csv.DictReader(file.open(encoding="utf-8")))
    coded = [row for row in rows if not row["failure"]]
    faults = Counter(row["failure"] for row in rows if row["failure"])
    print(f"{len(coded)} of {len(known)} conversations coded; failed: {dict(faults) or 'none'}")
    given = np.array([[float(row[axis]) for axis in AXES] for row in coded])
    blinded = np.array([known[row["id"]].means for row in coded])
    pairs = {"signed sum": (given @ SIGNS, blinded @ SIGNS)}
    pairs |= {axis: (given[:, at], blinded[:, at]) for at, axis in enumerate(AXES)}
    for name, (own, other) in pairs.items():
        for called, measure in (("Pearson", pearson), ("Spearman", spearman)):
            value, low, high = estimated(measure, own.tolist(), other.tolist())
            print(f"{name:14} {called:9} {value:.2f} [{low:.2f}, {high:.2f}]")


def main() -> None:
    """Draw, read or agree."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("draw", "read", "agree"))
    parser.add_argument("places", nargs="+", type=Path, metavar="PLACE")
    parser.add_argument("--parts", type=int, default=3)
    parser.add_argument("--codes", type=Path, help="with read: the file of figures to write")
    options = parser.parse_args()
    if options.what == "draw":
        draw(options.places[0], options.parts)
    elif options.what == "agree":
        agree(options.places[0])
    elif options.codes is None:
        parser.error("read needs --codes FILE: the figures to write")
    else:
        with options.codes.open("w", encoding="utf-8", newline="") as sink:
            table = csv.DictWriter(sink, FIELDS, restval="", lineterminator="\n")
            table.writeheader()
            table.writerows(asyncio.run(read(options.places)))


if __name__ == "__main__":
    main()
