"""Score the published runs under both definitions of EPM-Q, and replay their stops under both profiles.

    python benchmarks/two_definitions.py [--figures ../shared/conformance] [--out FILE]

``--figures`` holds cases.csv and turns.csv: levels and deficits of published runs (arXiv 2603.00552, CC BY-NC 4.0),
which are not part of the repository. Every score printed is computed here from those levels.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections import Counter
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import NamedTuple, get_args

import numpy as np

from empa_graph.scoring.epm import increments, physics
from empa_graph.scoring.epmq import INDICES, WEIGHTS, Definition, EpmqBatch, epmq, epmq_batch
from empa_graph.scoring.stopping import PROFILES, StopProfile, Stops, stops

MULTIPLIERS = ((2, 2, 3), (2, 4, 3), (2, 4, 3))
STEPS = (((0, 1, 3), (0, -2, -4)), ((0, 1, 3), (0, -2, -5)), ((0, 1, 3), (0, -2, -5)))
DEFINITIONS: tuple[Definition, ...] = get_args(Definition)
NUMBERS = (*INDICES, *WEIGHTS, "composite")
FIGURES = Path(__file__).resolve().parents[2] / "shared" / "conformance"


class Runs(NamedTuple):
    """The published episodes as a padded batch."""

    models: np.ndarray
    starts: np.ndarray
    progress: np.ndarray
    regress: np.ndarray
    moves: np.ndarray
    lengths: np.ndarray


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def runs(folder: Path) -> Runs:
    cases = rows(folder / "cases.csv")
    place = {(case["model"], case["case"]): number for number, case in enumerate(cases)}
    lengths = np.array([int(case["turns"]) for case in cases])
    levels = np.zeros((2, len(cases), lengths.max(), 3), dtype=int)
    for turn in rows(folder / "turns.csv"):
        at = place[turn["model"], turn["case"]], int(turn["turn"]) - 1
        for part, column in enumerate(("prog", "neg")):
            levels[part][at] = [abs(int(turn[f"{axis}_{column}"])) for axis in "cap"]
    starts = np.array([[int(case[f"p0_{axis}"]) for axis in "cap"] for case in cases])
    moves = increments(levels[0], levels[1], steps=STEPS)
    return Runs(np.array([case["model"] for case in cases]), starts, *levels, moves, lengths)


def ranked(batch: EpmqBatch, models: np.ndarray, name: str) -> dict[str, tuple[float, int]]:
    """Return the mean and the rank of every model on one number."""
    means = {str(model): float(getattr(batch, name)[models == model].mean()) for model in np.unique(models)}
    order = sorted(means, key=lambda model: -means[model])
    return {model: (means[model], order.index(model) + 1) for model in order}


def show_leaderboard(found: Runs, batches: dict[Definition, EpmqBatch]) -> dict[str, object]:
    boards = {d: {name: ranked(batches[d], found.models, name) for name in NUMBERS} for d in DEFINITIONS}
    print("mean over scenarios (rank): EPM-Q and its groups, published | paper")
    print(f"{'':<24}" + "".join(f"{name:^24}" for name in ("EPM-Q", *WEIGHTS)))
    for model in boards["published"]["composite"]:
        pairs = [[boards[d][name][model] for d in DEFINITIONS] for name in ("composite", *WEIGHTS)]
        cells = (f"{a:7.2f} ({i}) |{b:7.2f} ({k})" for (a, i), (b, k) in pairs)
        print(f"{model:<24}" + "".join(f"{cell:<24}" for cell in cells))
    print(f"\n{'mean of each index':<36}" + "".join(f"{name:>8}" for name in INDICES))
    for model, definition in product(boards["published"]["composite"], DEFINITIONS):
        means = (boards[definition][name][model][0] for name in INDICES)
        print(f"{model:<24}{definition:<12}" + "".join(f"{mean:8.2f}" for mean in means))
    return boards


def show_indices(batches: dict[Definition, EpmqBatch]) -> dict[str, object]:
    print("\nover all episodes: mean, smallest and largest, episodes above 100")
    found: dict[str, object] = {}
    for name in NUMBERS:
        cells = []
        for definition in DEFINITIONS:
            values = getattr(batches[definition], name)
            summary = (float(values.mean()), float(values.min()), float(values.max()), int((values > 100 + 1e-9).sum()))
            found[f"{definition}.{name}"] = summary
            cells.append("{:8.2f}  {:6.2f} to {:6.2f}  {:4d}".format(*summary))
        print(f"{name:<12}" + " | ".join(cells))
    return found


def show_stops(found: Runs) -> dict[str, object]:
    published = PROFILES["published"]
    profiles = PROFILES | {
        "published, alpha 0.05": replace(published, alpha=0.05),
        "published, alpha 0": replace(published, alpha=0.0),
        "published, not rounded": replace(published, rounded=False),
    }
    base = ended(found, published)
    print("\nstops of the recorded paths: same turn and same kind as under `published`")
    told: dict[str, object] = {}
    for name, rules in profiles.items():
        ends = ended(found, rules)
        same = int((ends.turn == base.turn).sum()), int((ends.kind == base.kind).sum())
        told[name] = {"same_turn": same[0], "same_kind": same[1], "kinds": Counter(ends.kind.tolist())}
        kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(Counter(ends.kind.tolist()).items()))
        print(f"{name:<24}{same[0]:>4} {same[1]:>4}   {kinds}")
    return told


def ended(found: Runs, rules: StopProfile) -> Stops:
    return stops(found.starts, found.moves, found.lengths, rules=rules)


def show_facts(found: Runs, batches: dict[Definition, EpmqBatch]) -> dict[str, float]:
    exact = physics(found.starts, found.moves, lengths=found.lengths)
    kept = physics(found.starts, found.moves, lengths=found.lengths, rounded=True)
    idle = np.zeros((12, 3), dtype=int)
    still = {d: epmq([-9.0, -9.0, -9.0], idle, progress=idle, regress=idle, definition=d) for d in DEFINITIONS}
    apart = np.abs(exact.total - exact.projection - exact.deficit[:, None])
    rounded = np.abs(kept.total - kept.projection - kept.deficit[:, None])
    gates = (kept.total >= kept.deficit[:, None]) != (kept.projection >= 0)
    facts = {
        "episodes": len(found.lengths),
        "judged turns": int(found.lengths.sum()),
        "largest |E - (projection + r_0)|": float(np.nanmax(apart)),
        "the same of rounded values": float(np.nanmax(rounded)),
        "turns where the rounded gates differ": int(gates[~np.isnan(kept.total)].sum()),
        "paper: largest |rho - sproj|": float(np.abs(batches["paper"].rho - batches["paper"].sproj).max()),
        "published: largest |rho - sproj|": float(np.abs(batches["published"].rho - batches["published"].sproj).max()),
        **{f"{d}: EPM-Q of 12 idle turns": still[d].composite for d in DEFINITIONS},
        **short_of_the_deficit(),
    }
    print()
    for name, value in facts.items():
        print(f"{name:<42}{value:>12.6g}")
    return facts


def short_of_the_deficit() -> dict[str, int]:
    """Count the starts from which a path that ends on the origin itself has, rounded, E < r_0."""
    levels = np.array(list(product(range(4), repeat=3)))
    sums = [sorted({-int(total) for total in levels @ multipliers}) for multipliers in MULTIPLIERS]
    starts = np.array([start for start in product(*sums) if any(start)], dtype=float)
    ends = physics(starts, -starts[:, None], lengths=np.ones(len(starts), dtype=int), rounded=True)
    return {
        "starts that levels can give": len(starts),
        "of these E < r_0 on the origin, rounded": int((ends.total[:, -1] < ends.deficit).sum()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--figures", type=Path, default=FIGURES)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "two_definitions.json")
    chosen = parser.parse_args()
    if not (chosen.figures / "cases.csv").is_file():
        parser.error(f"no cases.csv in {chosen.figures}; --figures names the folder of the published figures")
    found = runs(chosen.figures)
    levels = {"progress": found.progress, "regress": found.regress}
    batches = {d: epmq_batch(found.starts, found.moves, found.lengths, **levels, definition=d) for d in DEFINITIONS}
    report = {
        "leaderboard": show_leaderboard(found, batches),
        "numbers": show_indices(batches),
        "stops": show_stops(found),
        "facts": show_facts(found, batches),
    }
    chosen.out.parent.mkdir(parents=True, exist_ok=True)
    chosen.out.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
