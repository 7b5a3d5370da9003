"""Whether an outcome moves by date at the same sandbox score, and whether score and outcome still go together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from empa_graph.scoring.clustered import Slope, slope
from empa_graph.scoring.ranks import FEWEST, RankAgreement, rank_agreement
from empa_graph.study.outcomes.live_results import LiveRow

Array = NDArray[np.float64]
PERIOD = 30.0
"""Days for which a trend is told."""
CONFOUNDED = 0.9
"""Correlation of score and date, either way, from which neither can be told from the other."""


class Halves(NamedTuple):
    """Score and outcome in the older and in the newer half of the dated rows, which begins on ``split``."""

    split: date
    older: RankAgreement
    newer: RankAgreement
    change: Slope | None
    """How far the newer slope is above the older one."""

    @property
    def warning(self) -> str | None:
        """Return in words that the halves differ; None where nothing says so."""
        if self.change is not None and self.change.apart:
            return f"the slope changed from {self.split} on (its interval leaves 0 out)"
        old, new = self.older.tau, self.newer.tau
        if (self.change is None or self.change.low is None) and old is not None and new is not None and old * new < 0.0:
            return (
                f"from {self.split} on the order goes the other way ({self.older.n} and {self.newer.n} versions: too "
                "few to test)"
            )
        return None


class Drift(NamedTuple):
    """The trend of ``dated`` rows over ``days`` days; what is not told is None, for ``reason``."""

    dated: int
    undated: int
    days: int
    trend: Slope | None
    """Change of the outcome per `PERIOD` days at the same score."""
    with_score: float | None
    """Correlation of date and score over rows: near 1 or -1, versions came in the order of their scores."""
    halves: Halves | None
    reason: str | None

    @property
    def warnings(self) -> list[str]:
        """What is to be read beside the figures of the score, in words."""
        found = [self.halves.warning] if self.halves is not None and self.halves.warning else []
        if self.trend is not None and self.trend.apart:
            found.insert(0, "the outcome drifts at the same score (its interval leaves 0 out)")
        if self.confounded and self.with_score is not None:
            order = f"versions came in the order of their scores (correlation with the date {self.with_score:+.2f})"
            found.append(f"{order}: score and date cannot be told apart")
        return found

    @property
    def confounded(self) -> bool:
        """Whether date and score rise or fall together too closely to be told apart."""
        return self.with_score is not None and abs(self.with_score) >= CONFOUNDED


def drift(pairs: Sequence[tuple[LiveRow, str]], scores: Array, groups: Sequence[str], *, seed: int) -> Drift:
    """Return the drift of rows with their versions, ``scores`` (n,) and ``groups`` (n); undated rows are left out.

    The trend and the score are fitted together: a trend of what a fit on the score alone leaves would be too flat
    wherever later versions score higher.
    """
    dated = [place for place, (row, _) in enumerate(pairs) if row.date is not None]
    days = np.array([row.date.toordinal() for row, _ in pairs if row.date is not None], dtype=np.float64)
    span = int(np.ptp(days)) if len(days) else 0
    if not span:
        why = "no row has a date" if not dated else "all dated rows are of one day"
        return Drift(len(dated), len(pairs) - len(dated), 0, None, None, None, why)
    rows = [pairs[place] for place in dated]
    x, labels = scores[dated], [groups[place] for place in dated]
    values, weights = np.array([row.value for row, _ in rows]), np.array([float(row.n) for row, _ in rows])
    columns = (np.ones(len(x)), x - x.mean(), (days - days.mean()) / PERIOD)
    together = float(np.corrcoef(x, days)[0, 1]) if np.ptp(x) > 0.0 else None
    trend = slope(np.stack(columns, axis=1), values, weights, labels)
    halves = _halves(rows, x, labels, seed)
    unfit = None if trend else "score and date cannot be told apart"
    return Drift(len(dated), len(pairs) - len(dated), span, trend, together, halves, unfit)


def _halves(rows: Sequence[tuple[LiveRow, str]], x: Array, groups: Sequence[str], seed: int) -> Halves | None:
    """Return both halves; None where one has fewer than `FEWEST` versions."""
    dates = [row.date for row, _ in rows if row.date is not None]
    later = sorted(set(dates))[1:]
    split = min(later, key=lambda day: (abs(2 * sum(one < day for one in dates) - len(dates)), day))
    newer = np.array([day >= split for day in dates])
    orders = [
        _order([pair for pair, new in zip(rows, newer, strict=True) if new == half], x[newer == half], seed)
        for half in (False, True)
    ]
    if min(order.n for order in orders) < FEWEST:
        return None
    z, flag = x - x.mean(), newer.astype(np.float64)
    design = np.stack([np.ones(len(x)), z, flag, z * flag], axis=1)
    values, weights = [row.value for row, _ in rows], [float(row.n) for row, _ in rows]
    return Halves(split, orders[0], orders[1], slope(design, values, weights, groups))


def _order(rows: Sequence[tuple[LiveRow, str]], x: Array, seed: int) -> RankAgreement:
    """Return the rank agreement over the versions of ``rows``, whose outcomes are weighed by n."""
    names = list(dict.fromkeys(version for _, version in rows))
    score = {version: float(value) for (_, version), value in zip(rows, x, strict=True)}
    held = {name: [row for row, version in rows if version == name] for name in names}
    means = [sum(r.value * r.n for r in held[name]) / sum(r.n for r in held[name]) for name in names]
    return rank_agreement([score[name] for name in names], means, seed=seed)
