"""Read the human ratings and set measures beside them. Every interval is a 95 % bootstrap over the rows.

The ratings lie outside the repository and are never copied into it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.stats import rankdata, spearmanr

from empa_graph.roles.evaluator.offline import OFFLINE

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT.parent / "shared" / "ratings"
RESULTS = ROOT / "benchmarks" / "results"
RESAMPLES = 300
FEWEST_TURNS = 3
"""Answered turns below which a conversation is left out."""
PARTS = {"all": slice(None), "even": slice(0, None, 2), "odd": slice(1, None, 2)}
"""The rows of a file by their place, counted from 0: the constants of nearness.py were chosen on the even ones."""
Row = dict[str, Any]
Measure = Callable[[np.ndarray, np.ndarray], float]


class Estimate(NamedTuple):
    """A value with the bounds of its 95 % bootstrap interval."""

    value: float
    low: float
    high: float


def arguments(description: str | None, out: str) -> argparse.ArgumentParser:
    """Return a parser that knows where the ratings lie and where the results go."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--ratings", type=Path, default=FOLDER)
    parser.add_argument("--out", type=Path, help=f"default: results/{out}, named after --evaluator and --rows")
    parser.set_defaults(named=out)
    parser.add_argument("--evaluator", choices=OFFLINE, default=OFFLINE[0])
    parser.add_argument("--rows", choices=PARTS, default="all", help="the rows of each file that are read")
    return parser


def parsed(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """Return the options, or exit where there are no ratings."""
    options = parser.parse_args()
    if not (options.ratings / "esconv_dev.jsonl").exists():
        sys.exit(f"no ratings at {options.ratings}: pass --ratings FOLDER (they are not part of the repository)")
    if options.out is None:
        asked = [word for word in (options.evaluator, options.rows) if word not in (OFFLINE[0], "all")]
        options.out = RESULTS / f"{'-'.join([Path(options.named).stem, *asked])}.json"
    return options


def rows(folder: Path, name: str, part: str = "all") -> list[Row]:
    """Return the rows of one file of ratings, or every other one."""
    return [json.loads(line) for line in (folder / name).read_text(encoding="utf-8").splitlines()[PARTS[part]]]


def written(results: object, out: Path) -> None:
    """Write ``results`` as JSON."""
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


def auc(scores: np.ndarray, labels: np.ndarray) -> float:
    """Return the probability that a positive outranks a negative, ties counted half; nan without both."""
    ones = int(labels.sum())
    if ones in (0, len(labels)):
        return float("nan")
    return float((rankdata(scores)[labels].sum() - ones * (ones + 1) / 2) / (ones * (len(labels) - ones)))


def spearman(left: np.ndarray, right: np.ndarray) -> float:
    """Return the rank correlation; nan where one side does not vary."""
    if np.ptp(left) == 0.0 or np.ptp(right) == 0.0:
        return float("nan")
    return float(spearmanr(left, right).statistic)


def pearson(left: np.ndarray, right: np.ndarray) -> float:
    """Return the linear correlation; nan where one side does not vary."""
    if np.ptp(left) == 0.0 or np.ptp(right) == 0.0:
        return float("nan")
    return float(np.corrcoef(left, right)[0, 1])


def resampled(
    measure: Measure, left: Sequence[float], right: Sequence[float], groups: Sequence[str] | None = None
) -> Estimate:
    """Return ``measure`` with the interval of 300 resamples of the ``groups``, of the rows where there are none."""
    if groups is None:
        return estimated(measure, left, right)
    first, second = np.asarray(left, dtype=float), np.asarray(right, dtype=bool if measure is auc else float)
    places = [np.flatnonzero(np.asarray(groups) == group) for group in sorted(set(groups))]
    draw, found = np.random.default_rng(0), []
    for _ in range(RESAMPLES):
        rows = np.concatenate([places[n] for n in draw.integers(0, len(places), size=len(places))])
        found.append(measure(first[rows], second[rows]))
    low, high = np.nanpercentile(found, [2.5, 97.5])
    return Estimate(measure(first, second), float(low), float(high))


def share_above(left: np.ndarray, right: np.ndarray) -> float:
    """Return the share of rows in which ``left`` is above ``right``; a tie is not above."""
    return float(np.mean(left > right))


def estimated(measure: Measure, left: Sequence[float], right: Sequence[float], seed: int = 0) -> Estimate:
    """Return ``measure`` with the interval of 300 resamples of the rows."""
    first = np.asarray(left, dtype=float)
    second = np.asarray(right, dtype=bool if measure is auc else float)
    draws = np.random.default_rng(seed).integers(0, len(first), size=(RESAMPLES, len(first)))
    low, high = np.nanpercentile([measure(first[draw], second[draw]) for draw in draws], [2.5, 97.5])
    return Estimate(measure(first, second), float(low), float(high))
