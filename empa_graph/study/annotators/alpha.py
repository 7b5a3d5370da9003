"""Krippendorff's alpha for any distance, with an interval over conversations.

Source: K. Krippendorff, Content Analysis, ch. 12: 1 - observed / expected disagreement, over the pairs of values that
different annotators gave the same conversation. Interval differences are squared, ordinal ones count the values
between; the distances of sets and orders stand as they are. `empa_graph.scoring.agreement` has the ``krippendorff``
package do it for levels; this also takes sets and orders, and draws conversations anew a thousand times in a moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from empa_graph.study.annotators.distances import Measure, Value, apart, place

Array = NDArray[np.float64]
FEWEST = 10
"""Conversations below which no interval is given: the bootstrap of so few is too narrow."""
RESAMPLES = 1_000


class Alpha(NamedTuple):
    """Alpha of one variable, 1 at most, 0 as by chance; None where it is not defined, with the reason."""

    value: float | None
    low: float | None
    """The 95% interval: percentiles over conversations that were drawn anew."""
    high: float | None
    n: int
    """Conversations that two or more marked."""
    reason: str | None = None


class _Counts(NamedTuple):
    """How often each value was given to each conversation of several marks, and how far values lie apart."""

    table: Array  # (conversations, values)
    values: list[Value]
    measure: Measure


def alpha(measure: Measure, units: Sequence[Sequence[Value]], *, seed: int = 0) -> Alpha:
    """Return alpha over ``units``, the values that each conversation was given by different annotators."""
    several = [unit for unit in units if len(unit) >= 2]
    if not several:
        return Alpha(None, None, None, 0, "no conversation was marked by two")
    counts = _counts(measure, several)
    if len(counts.values) < 2:
        return Alpha(None, None, None, len(several), "all gave the same value throughout")
    value = float(_alphas(counts, np.ones((1, len(several))))[0])
    if len(several) < FEWEST:
        return Alpha(value, None, None, len(several), f"an interval needs {FEWEST} conversations that two marked")
    dice = np.random.default_rng(seed)
    drawn = _alphas(counts, dice.multinomial(len(several), np.full(len(several), 1 / len(several)), RESAMPLES))
    known = drawn[~np.isnan(drawn)]
    if known.size < 0.95 * RESAMPLES:
        return Alpha(value, None, None, len(several), "too few conversations differ for an interval")
    low, high = np.percentile(known, [2.5, 97.5])
    return Alpha(value, float(low), float(high), len(several))


def _counts(measure: Measure, units: Sequence[Sequence[Value]]) -> _Counts:
    found = {value for unit in units for value in unit}
    ordinal = measure.scale == "ordinal"
    values = sorted(found, key=(lambda value: place(measure, value)) if ordinal else str)
    where = {value: at for at, value in enumerate(values)}
    table = np.zeros((len(units), len(values)))
    for row, unit in enumerate(units):
        for value in unit:
            table[row, where[value]] += 1
    return _Counts(table, values, measure)


def _alphas(counts: _Counts, weights: NDArray[np.generic]) -> Array:
    """Return alpha for each row of ``weights`` (R, conversations): how often each conversation is taken."""
    times = np.asarray(weights, dtype=np.float64)
    totals = times @ counts.table  # (R, values)
    n = totals.sum(axis=1)
    fixed = None if counts.measure.scale == "ordinal" else _distances(counts)
    within = None if fixed is None else _within(counts.table, fixed)
    found = np.full(len(times), np.nan)
    for row, total in enumerate(totals):
        far = _ranks_between(total) if fixed is None else fixed
        expected = total @ far @ total / (n[row] * (n[row] - 1))
        if expected > 0:
            observed = times[row] @ (_within(counts.table, far) if within is None else within) / n[row]
            found[row] = 1.0 - observed / expected
    return found


def _within(table: Array, far: Array) -> Array:
    """Return the distances of all pairs within each conversation, weighed by its number of marks; (conversations,)."""
    return np.asarray(np.sum((table @ far) * table, axis=1) / (table.sum(axis=1) - 1), dtype=np.float64)


def _distances(counts: _Counts) -> Array:
    power = 2 if counts.measure.scale == "interval" else 1
    return np.array([[apart(counts.measure, a, b) ** power for b in counts.values] for a in counts.values])


def _ranks_between(totals: Array) -> Array:
    """Return Krippendorff's ordinal distances: all that was given from one level to the other, half of these two."""
    middle = np.cumsum(totals) - totals / 2
    return np.square(middle[:, None] - middle[None, :])
