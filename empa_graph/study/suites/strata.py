"""Numbers shared out over strata as evenly as the strata have room."""

from __future__ import annotations

import random
from collections.abc import Hashable, Mapping
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)


def even(
    n: int, room: Mapping[Key, int], rng: random.Random, *, had: Mapping[Key, int] | None = None
) -> dict[Key, int]:
    """Return how many of ``n`` each stratum gets, so that with what it ``had`` all come out as even as they have room.

    Between equals ``rng`` draws who gets one more. Fewer than ``n`` come out where all room is taken.
    """
    order = [*room]
    rng.shuffle(order)
    counts = dict.fromkeys(room, 0)
    before = had or {}
    for _ in range(n):
        open_ones = [key for key in order if counts[key] < room[key]]
        if not open_ones:
            break
        counts[min(open_ones, key=lambda key: counts[key] + before.get(key, 0))] += 1
    return counts
