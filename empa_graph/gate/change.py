"""Decide a mean by its interval, and a change against a baseline by a one-sided paired test over scenarios."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from empa_graph.gate.finding import Finding
from empa_graph.gate.pairing import Group, means
from empa_graph.gate.policy import Policy, Rule
from empa_graph.models.outcome import RANGES
from empa_graph.scoring.correction import Residual, corrected_estimate
from empa_graph.scoring.power import clusters_needed, detectable_drop, detection_power, fewest_clusters
from empa_graph.scoring.statistics import ALIKE, Array, Estimate, mean_interval, paired_drop

LEVEL = 0.95
"""Of the intervals."""

ABSOLUTE = {"turns": 1.0, "progress_level": 0.1, "regress_level": 0.1, "movement": 0.05}
"""The change to be detected by default, for metrics without a range to take 5% of; 5 for EPM-Q."""


def change(
    start: Finding,
    policy: Policy,
    rule: Rule,
    before: Mapping[Group, float],
    after: Mapping[Group, float],
    *,
    alpha: float,
) -> Finding:
    """Return ``start`` decided at level ``alpha`` over the groups that have a mean on both sides.

    It fails where a drop or rise beyond the limit is shown, and passes where one of ``detect`` is excluded. Where the
    baseline is so near the worst end of the range that the range alone excludes it, only what is shown to be better
    passes. Equal changes of too few groups for sign flips decide nothing.
    """
    detect, groups = rule.detect or _detect(str(rule.metric)), sorted(before.keys() & after.keys())
    start = start.model_copy(update={"alpha": alpha, "detect": detect})
    if not groups:
        return start
    sign, clusters = 1.0 if rule.kind == "max_drop" else -1.0, [group[0] for group in groups]
    old, new = (sign * np.array([side[group] for group in groups]) for side in (before, after))
    shown = paired_drop(old, new, clusters, tolerance=rule.limit, alpha=alpha, seed=policy.seed)
    found = _measured(start, sign * old, sign * new, clusters, policy.seed, RANGES[str(rule.metric)])
    found = found.model_copy(update={"p_value": shown.p_value, "test": shown.test})
    told = _floored(rule, float(sign * old.mean()), detect)
    if shown.p_value is None or shown.sd is None:
        return found.model_copy(update={"floored": told})
    fewest = fewest_clusters(alpha)
    if found.alike and shown.test == "sign flips" and shown.n < fewest:
        return found.model_copy(update={"floored": told, "needed": fewest})

    def excluded(drop: float) -> bool:
        """Whether the same test excludes a drop so far."""
        p_value = paired_drop(new, old, clusters, tolerance=-drop, test=shown.test, seed=policy.seed).p_value
        return p_value is not None and p_value <= alpha

    if told and shown.p_value > alpha and not excluded(0.0):
        return found.model_copy(update={"floored": told})
    verdict = "fail" if shown.p_value <= alpha else "pass" if excluded(rule.limit + detect) else "undecided"
    beyond, design = shown.drop - rule.limit, {"power": policy.power, "alpha": alpha}
    nearest = max(beyond, detect - beyond)
    return found.model_copy(
        update={
            "verdict": verdict,
            "power": detection_power(detect, shown.sd, shown.n, alpha=alpha),
            "detectable": detectable_drop(shown.sd, shown.n, **design),
            "needed": clusters_needed(nearest, shown.sd, **design) if verdict == "undecided" else None,
        }
    )


def _measured(
    start: Finding, old: Array, new: Array, clusters: list[str], seed: int, within: tuple[float, float]
) -> Finding:
    """Return ``start`` with both means and the change, its interval cut to what values ``within`` a range can do."""
    most = within[1] - within[0]
    moved = mean_interval(new - old, clusters, seed=seed, level=LEVEL, within=(-most, most))
    low, high = moved.interval[:2] if moved.interval else (None, None)
    found = {"mean": float(new.mean()), "baseline": float(old.mean()), "change": moved.mean, "low": low, "high": high}
    return start.model_copy(update={**found, "scenarios": moved.n})


def _floored(rule: Rule, baseline: float, detect: float) -> str:
    """Say that between ``baseline`` and the worst end there is no room for ``detect``; empty where there is."""
    least, most = RANGES[str(rule.metric)]
    falls = rule.kind == "max_drop"
    room = baseline - least if falls else most - baseline
    end, side, what = ("floor", "above", "drop") if falls else ("ceiling", "below", "rise")
    if room >= detect:
        return ""
    if room <= 0.0:
        return f"the baseline lies at the {end}: a {what} cannot show"
    return f"the baseline lies {room:.2g} {side} the {end}: a {what} of {detect:.2g} cannot show"


def _detect(metric: str) -> float:
    if metric in ABSOLUTE:
        return ABSOLUTE[metric]
    return 5.0 if metric.startswith("epm_q") else 0.05 * RANGES[metric][1]


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
