from __future__ import annotations

import itertools
import random

import pytest

from empa_graph.scoring.apportion import apportioned


def missed(kinds: list[tuple[str, ...]], counts: tuple[int, ...] | list[int], quota: dict[str, int]) -> int:
    keys = {*quota, *(key for kind in kinds for key in kind)}
    got = {key: sum(count for kind, count in zip(kinds, counts, strict=True) if key in kind) for key in keys}
    return sum(abs(got[key] - quota.get(key, 0)) for key in keys)


@pytest.mark.parametrize("seed", range(8))
def test_no_other_choice_misses_less_or_costs_less(seed: int):
    rng, n = random.Random(seed), 5
    kinds = [(rng.choice("abc"), rng.choice("xyz")) for _ in range(5)]
    costs = [rng.randrange(4) for _ in kinds]
    quota = dict(zip("abcxyz", (2, 2, 1, 3, 1, 1), strict=True))
    counts = apportioned(kinds, costs, [quota], n)
    every = [c for c in itertools.product(range(n + 1), repeat=len(kinds)) if sum(c) == n]
    best = min((missed(kinds, c, quota), sum(x * y for x, y in zip(c, costs, strict=True))) for c in every)
    assert (missed(kinds, counts, quota), sum(x * y for x, y in zip(counts, costs, strict=True))) == best


def test_a_key_of_quota_0_is_too_many_and_one_without_a_quota_is_free():
    assert apportioned([("a",), ("b",)], [0.0, 9.0], [{"b": 3, "a": 0}], 3) == [0, 3]
    assert apportioned([("a",), ("b",)], [0.0, 9.0], [{"c": 0}], 3) == [3, 0]
    assert apportioned([("a",)], [0.0], [{"b": 3}], 3) == [3]


def test_a_further_quota_decides_only_between_what_is_equal_before_it():
    kinds = [("a", "one"), ("a", "two"), ("b", "two"), ("b", "one")]
    quotas = [{"a": 2, "b": 2}, {"one": 2, "two": 2}]
    counts = apportioned(kinds, [0.0, 0.0, 0.0, 0.0], quotas, 4)
    assert counts[0] + counts[1] == 2 and counts[0] + counts[3] == 2
    assert apportioned(kinds, [0.0, 1.0, 1.0, 0.0], quotas, 4) == [2, 0, 0, 2]


def test_without_kinds_there_is_nothing_to_take():
    with pytest.raises(ValueError, match="0 kinds"):
        apportioned([], [], [{"a": 1}], 1)
