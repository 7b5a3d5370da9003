"""How far judges agree: Krippendorff's alpha for the levels of a panel, weighted kappa for two annotations.

Source: K. Krippendorff, Content Analysis, ch. 12; computed by the ``krippendorff`` package (extra ``panel``). A vote
that is missing is NaN and left out; where alpha is not defined it is None, never 0.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from empa_graph.errors import MissingExtraError

Array = NDArray[np.float64]


class Agreement(NamedTuple):
    """Alpha at most 1 (1 perfect, 0 as by chance, below 0 worse), overall and by item; None where it is not defined."""

    overall: float | None
    by_item: dict[str, float | None]


def agreement(levels: Mapping[str, ArrayLike]) -> Agreement:
    """Return alpha over the ``levels`` of each item, (judges, units) with NaN for a missing vote.

    Overall, each unit of each item is a unit of its own. Raises ValueError for items of different numbers of judges.
    """
    tables = {item: _table(values) for item, values in levels.items()}
    if len({table.shape[0] for table in tables.values()}) > 1:
        raise ValueError("the items have different numbers of judges")
    overall = ordinal_alpha(np.hstack(list(tables.values()))) if tables else None
    return Agreement(overall, {item: ordinal_alpha(table) for item, table in tables.items()})


def ordinal_alpha(levels: ArrayLike) -> float | None:
    """Return Krippendorff's ordinal alpha of ``levels``, (judges, units) with NaN for a missing vote.

    None where no unit has two votes, or where all votes that can be paired are the same level.
    """
    return alpha(levels, "ordinal")


def alpha(levels: ArrayLike, measurement: Literal["ordinal", "interval"]) -> float | None:
    """Return Krippendorff's alpha as `ordinal_alpha` does, for ranks or for numbers whose differences count."""
    table = _table(levels)
    paired = table[:, np.count_nonzero(~np.isnan(table), axis=0) >= 2]
    if np.unique(paired[~np.isnan(paired)]).size < 2:
        return None
    return float(_alpha()(reliability_data=paired, level_of_measurement=measurement))


def check_alpha() -> None:
    """Raise MissingExtraError where the package that computes alpha is not installed."""
    if importlib.util.find_spec("krippendorff") is None:
        raise MissingExtraError("agreement of a panel needs: pip install 'empa-graph[panel]'")


def _alpha() -> Callable[..., float]:
    check_alpha()
    found: Callable[..., float] = importlib.import_module("krippendorff").alpha
    return found


def vote_table(votes: Sequence[Mapping[str, float]], judges: Sequence[str]) -> Array:
    """Return levels (judges, units) from one mapping of judge to level per unit; NaN where a judge has none."""
    return np.array([[unit.get(judge, np.nan) for unit in votes] for judge in judges], dtype=np.float64).reshape(
        len(judges), len(votes)
    )


def _table(levels: ArrayLike) -> Array:
    table = np.asarray(levels, dtype=np.float64)
    if table.ndim != 2:
        raise ValueError(f"levels of shape {table.shape}, needed is (judges, units)")
    if np.isinf(table).any():
        raise ValueError("a level is infinite; a missing vote is NaN")
    return table


def weighted_kappa(first: ArrayLike, second: ArrayLike) -> float | None:
    """Return Cohen's kappa with quadratic weights of two annotations of the same units, each (n,) of finite numbers.

    At most 1 (the same numbers), 0 as by chance. The numbers may be levels or points of a scale: the weight of a
    disagreement is its square. None where both annotations hold one and the same number throughout.
    Source: J. Cohen, Weighted kappa, Psychological Bulletin 70 (1968). Raises ValueError for other shapes.
    """
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if a.ndim != 1 or a.shape != b.shape or not np.isfinite([a, b]).all():
        raise ValueError(f"annotations of shapes {a.shape} and {b.shape}, needed are two of (n,), finite")
    if not a.size or np.ptp([a, b]) == 0.0:
        return None
    # The mean square over all pairs of one annotation with the other, without the pairs.
    chance = float(np.var(a) + np.var(b) + np.square(a.mean() - b.mean()))
    return 1.0 - float(np.square(a - b).mean()) / chance
