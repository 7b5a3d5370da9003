"""How far people who rate the same rows agree: the ceiling for any metric that is held against them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from empa_graph.errors import MissingExtraError
from empa_graph.scoring.agreement import alpha
from empa_graph.scoring.correlation import FEWEST, Correlation, association, flat

Array = NDArray[np.float64]


class Ceiling(NamedTuple):
    """Agreement among ``raters`` at most per row over ``n`` rows that two or more rated; None is not defined."""

    raters: int
    n: int
    pearson: Correlation | None
    """Each rater against the mean of the others, all raters' pairs of a row drawn together."""
    spearman: Correlation | None
    alpha: float | None
    """Krippendorff's alpha for numbers whose differences count."""
    reason: str | None
    """What is missing, and why; None where all is there."""


def ceiling(ratings: ArrayLike, groups: Sequence[str], *, seed: int) -> Ceiling:
    """Return how far the raters of ``ratings`` (n, raters), NaN where one did not rate, agree.

    Each rating of a row with two or more is paired with the mean of the row's others. Raters are told apart by their
    column alone, so a column may hold different people: no rater's level or spread is taken off.
    """
    table = np.asarray(ratings, dtype=np.float64)
    known = ~np.isnan(table)
    several = known.sum(axis=1) >= 2
    most, rows = int(known.sum(axis=1).max(initial=0)), int(several.sum())
    if rows < FEWEST:
        return Ceiling(most, rows, None, None, None, _too_few(most, rows))
    one, others, units = _pairs(table, known, groups)
    if flat(one):
        return Ceiling(most, rows, None, None, None, "the ratings of rows with two or more are constant")
    found = association(one, others, units, seed=seed)
    try:
        value, why_not = alpha(table[several].T, "interval"), None
    except MissingExtraError as error:
        value, why_not = None, str(error)
    return Ceiling(most, rows, found.pearson, found.spearman, value, found.reason or why_not)


def _too_few(most: int, rows: int) -> str:
    if most == 0:
        return "nobody rated"
    return "one rating a row" if rows == 0 else f"{rows} rows with two ratings, at least {FEWEST} are needed"


def _pairs(table: Array, known: NDArray[np.bool_], groups: Sequence[str]) -> tuple[Array, Array, list[str]]:
    """Return every rating of a row with several, the mean of its others, and its group."""
    counts, sums = known.sum(axis=1), np.where(known, table, 0.0).sum(axis=1)
    places = [(row, rater) for row, rater in np.argwhere(known) if counts[row] >= 2]
    one = np.array([table[place] for place in places])
    others = np.array([(sums[row] - table[row, rater]) / (counts[row] - 1) for row, rater in places])
    return one, others, [groups[row] for row, _ in places]
