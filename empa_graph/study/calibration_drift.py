"""Whether the anchors of a calibration are judged as they were: the change of their scores against a bound."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from empa_graph.models.calibration import Bounded
from empa_graph.models.calibration_named import Drift, Verdict
from empa_graph.scoring.statistics import mean_interval
from empa_graph.study.calibration_update import label_key
from empa_graph.study.correlate.agreement import Pair
from empa_graph.study.correlate.figures import ends

BOUND = 0.05
"""Share of a score's range by which the mean over the anchors may have moved."""
FEWEST = 5
"""Anchors below which nothing is decided."""


def drifts(anchors: Mapping[str, Mapping[str, float]], pairs: Sequence[Pair], *, bound: float) -> list[Drift]:
    """Return for each score of ``anchors`` how it moved in ``pairs``, with 95% intervals over the anchors.

    Drifted: the whole interval lies beyond ``bound`` (a share of the range); held: all of it within.
    """
    now = {label_key(pair.rated): pair.row.figures for pair in pairs if pair.row and pair.row.unscored is None}
    names = sorted({name for scores in anchors.values() for name in scores})
    return [_drift(name, anchors, now, bound) for name in names]


def _drift(
    name: str, anchors: Mapping[str, Mapping[str, float]], now: Mapping[str, Mapping[str, float]], bound: float
) -> Drift:
    low, high = ends(name) or (0.0, 1.0)
    most = bound * (high - low)
    there = [key for key, scores in anchors.items() if name in scores and name in now.get(key, {})]
    missing = sum(name in scores for scores in anchors.values()) - len(there)
    if not there:
        return Drift(metric=name, n=0, missing=missing, moved=None, largest=None, bound=most, verdict="undecided")
    changes = np.array([now[key][name] - anchors[key][name] for key in there])
    found = mean_interval(changes, seed=0)
    interval = found.interval
    moved = Bounded(value=found.mean, low=interval.low if interval else None, high=interval.high if interval else None)
    return Drift(
        metric=name,
        n=len(there),
        missing=missing,
        moved=moved,
        largest=float(np.abs(changes).max()),
        bound=most,
        verdict=_verdict(moved, len(there), most),
    )


def _verdict(moved: Bounded, n: int, most: float) -> Verdict:
    """Say where the interval lies; a few equal changes have none, and each of them is as far as all moved."""
    if n < FEWEST:
        return "undecided"
    low, high = (moved.value if bound is None else bound for bound in (moved.low, moved.high))
    if low > most or high < -most:
        return "drifted"
    return "held" if -most <= low and high <= most else "undecided"
