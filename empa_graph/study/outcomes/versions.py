"""Agent versions with their sandbox scores, and which live rows are theirs."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from empa_graph.models.episode import Episode
from empa_graph.models.outcome import RANGES, outcomes
from empa_graph.models.run import Run
from empa_graph.scoring.statistics import Estimate, mean_interval
from empa_graph.study.outcomes.live_results import LiveRow

SHORTEST_COMMIT = 7
"""Characters of a commit by which a row may name it."""
KINDS = ("name", "run", "agent", "variant", "commit")
"""By what a row names a version: the first of these that fits any."""


class Version(NamedTuple):
    """One variant of one run: how it can be named, and every metric by scenario, the mean over repeats."""

    name: str
    run: str
    agent: str
    variant: str
    commit: str
    """Empty where the run knows none."""
    planned: int
    scored: int
    values: Mapping[str, Mapping[str, float]]


class Scores(NamedTuple):
    """A metric of every version over the same ``scenarios``, so that none stands on easier ones."""

    metric: str
    scenarios: int
    means: Mapping[str, Estimate]
    """By the name of the version; empty where no scenario is left."""


class Joined(NamedTuple):
    """Live rows with the name of their version, what no version was found for and why, and versions without a row."""

    rows: Sequence[tuple[LiveRow, str]]
    unjoined: Mapping[str, str]
    """Why, by the version as the rows name it."""
    rowless: Sequence[str]


def version(name: str, run: Run, variant: str, episodes: Iterable[Episode]) -> Version:
    """Return a variant of ``run``, called ``name``, with the scores of its ``episodes``."""
    plan = [item for item in run.plan if item.variant == variant]
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    scored = 0
    for one in outcomes(plan, episodes, {}):
        scored += one.failed is None
        for metric, value in one.values.items() if one.failed is None else ():
            if math.isfinite(value) and metric not in one.provisional:
                found[metric][one.scenario].append(value)
    means = {m: {s: sum(values) / len(values) for s, values in by.items()} for m, by in found.items()}
    commit = (run.git or "").removesuffix("+")
    return Version(name, run.id, run.config.agent.spec, variant, commit, len(plan), scored, means)


def scores(versions: Sequence[Version], metric: str, *, seed: int) -> Scores:
    """Return the mean of ``metric`` of every version over the scenarios that all have it for."""
    tables = [one.values.get(metric, {}) for one in versions]
    shared = [name for name in tables[0] if all(name in table for table in tables)] if tables else []
    within = RANGES.get(metric.partition(".")[0], (-math.inf, math.inf))
    means = {
        one.name: mean_interval(np.array([table[name] for name in shared]), seed=seed, within=within)
        for one, table in zip(versions, tables, strict=True)
        if shared
    }
    return Scores(metric, len(shared), means)


def joined(rows: Sequence[LiveRow], versions: Sequence[Version]) -> Joined:
    """Return each row with its version. A name that fits none, or more than one, joins nothing."""
    found, why = {}, {}
    for named in dict.fromkeys(row.version for row in rows):
        kind, fitting = next(_fitting(named, versions), ("name", []))
        if len(fitting) == 1:
            found[named] = fitting[0]
        else:
            why[named] = f"fits {len(fitting)} versions by {kind}" if fitting else "no version of that name"
    pairs = [(row, found[row.version]) for row in rows if row.version in found]
    had = {name for _, name in pairs}
    return Joined(pairs, why, [one.name for one in versions if one.name not in had])


def _fitting(named: str, versions: Sequence[Version]) -> Iterator[tuple[str, list[str]]]:
    """Yield, kind by kind, the versions that ``named`` fits, where it fits any."""
    for kind in KINDS:
        fitting = [one.name for one in versions if _fits(named, kind, getattr(one, kind))]
        if fitting:
            yield kind, fitting


def _fits(named: str, kind: str, value: str) -> bool:
    if kind != "commit":
        return named == value
    return min(len(named), len(value)) >= SHORTEST_COMMIT and (value.startswith(named) or named.startswith(value))
