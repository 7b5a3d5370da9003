"""A few out of many, as different from each other as can be: greedy max-min over features."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Feature = str | float | None
"""A word, or a number; None where it is not known, which tells no two apart, and is apart from all that is known."""


def spread_out(features: Sequence[Sequence[Feature]], n: int) -> list[int]:
    """Return the places of ``n`` rows of ``features`` in the order they are taken, all rows where there are fewer.

    The distance of two rows is the mean over features: 0 or 1 for words, the difference of ranks over the number of
    ranks for numbers. First comes the row that lies farthest from all; then, each time, the one whose nearest taken
    row is farthest, between equals the one that is farther from all that are taken, then the earlier.
    """
    if not features or n < 1:
        return []
    apart = distances(features)
    taken = [int(np.argmax(apart.sum(axis=1)))]
    while len(taken) < min(n, len(features)):
        nearest, whole = apart[:, taken].min(axis=1), apart[:, taken].sum(axis=1)
        left = [place for place in range(len(features)) if place not in taken]
        taken.append(max(left, key=lambda place: (round(nearest[place], 9), round(whole[place], 9), -place)))
    return taken


def distances(features: Sequence[Sequence[Feature]]) -> NDArray[np.float64]:
    """Return the distances (rows, rows) of all rows, in [0, 1]."""
    columns = [_column([row[place] for row in features]) for place in range(len(features[0]))]
    found: NDArray[np.float64] = np.mean(columns, axis=0)
    return found


def _column(values: Sequence[Feature]) -> NDArray[np.float64]:
    known = sorted({value for value in values if isinstance(value, int | float)})
    places = {value: rank / max(1, len(known) - 1) for rank, value in enumerate(known)}
    apart = np.ones((len(values), len(values)))
    for one, left in enumerate(values):
        for other, right in enumerate(values):
            if left in places and right in places:
                apart[one, other] = abs(places[left] - places[right])
            elif left == right:
                apart[one, other] = 0.0
    np.fill_diagonal(apart, 0.0)
    return apart
