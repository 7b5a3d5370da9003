"""Decide a floor or ceiling on a mean: by its interval, and corrected by people's ratings where a policy says so."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from empa_graph.gate.finding import Finding
from empa_graph.gate.pairing import means
from empa_graph.gate.policy import Policy, Rule
from empa_graph.models.outcome import RANGES
from empa_graph.scoring.correction import Residual, corrected_estimate
from empa_graph.scoring.power import clusters_needed, detectable_drop
from empa_graph.scoring.statistics import ALIKE, Estimate, mean_interval

LEVEL = 0.95
"""Of the intervals."""


def level(
    start: Finding,
    policy: Policy,
    rule: Rule,
    values: Sequence[float],
    clusters: Sequence[str],
    people: Residual | None,
) -> Finding:
    """Return ``start`` decided over ``values``, one or more in each of ``clusters``.

    Fewer than `ALIKE` scenarios that are all equal have no interval, so they decide only a rule on the mean alone.
    What ``people`` say above the evaluator is added to the mean, with its spread in the interval; None adds nothing.
    """
    within = RANGES[str(rule.metric)]
    raw = mean_interval(values, clusters, seed=policy.seed, level=LEVEL, within=within)
    used = raw if people is None else corrected_estimate(values, clusters, people, level=LEVEL, within=within)
    low, high = _bounds(used)
    sign = 1.0 if rule.kind == "floor" else -1.0
    margins = [sign * (bound - rule.limit) for bound in (used.mean, low, high) if bound is not None]
    found: dict[str, object] = {"mean": used.mean, "low": low, "high": high, "scenarios": used.n}
    if people is not None:
        found["raw"], (found["raw_low"], found["raw_high"]) = raw.mean, _bounds(raw)
        found["labelled"] = people.n
    if rule.exact:
        found["verdict"] = "pass" if margins[0] >= 0.0 else "fail"
    elif len(margins) > 1:
        found["verdict"] = "pass" if min(margins) >= 0.0 else "fail" if max(margins) < 0.0 else "undecided"
    undecided = found.get("verdict", "undecided") == "undecided"
    if undecided and used.n > 1 and used.interval is None:
        found["needed"] = ALIKE
    elif undecided and used.n > 1:
        sd = float(np.std(list(means(zip(clusters, values, strict=True)).values()), ddof=1))
        found |= _what_would_decide(abs(margins[0]), sd, used.n, people, policy.power)
    return start.model_copy(update=found)


def _bounds(found: Estimate) -> tuple[float | None, float | None]:
    return (found.interval.low, found.interval.high) if found.interval else (None, None)


def _what_would_decide(margin: float, sd: float, n: int, people: Residual | None, power: float) -> dict[str, object]:
    """Return what so many scenarios detect, and how many would show ``margin``; labels stay as many as they are."""
    design = {"power": power, "alpha": (1.0 - LEVEL) / 2}
    rest = 0.0 if people is None else people.sd**2 / people.n
    whole = math.sqrt(sd**2 + n * rest)
    needed = clusters_needed(margin, whole, **design)
    if needed is not None and rest > 0.0:
        left = whole**2 / needed - rest
        needed = math.ceil(sd**2 / left) if left > 0.0 else None
    return {"detectable": detectable_drop(whole, n, **design), "needed": needed}
