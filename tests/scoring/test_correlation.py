from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy import stats

from empa_graph.scoring.correlation import Ranks, association, flat, gain, point, resampled

X = np.array([1.0, 2.0, 2.0, 3.0, 5.0, 8.0])
Y = np.array([2.0, 1.0, 2.0, 4.0, 3.0, 9.0])
OWN = [str(n) for n in range(6)]


def many(count: int) -> list[str]:
    return [f"c{n}" for n in range(count)]


def test_the_coefficients_are_those_of_scipy_with_ties():
    found = association(X, Y, OWN, seed=0)
    assert found.pearson and found.spearman
    assert found.pearson.value == pytest.approx(stats.pearsonr(X, Y).statistic)
    assert found.spearman.value == pytest.approx(stats.spearmanr(X, Y).statistic)


def test_a_correlation_by_hand():
    # deviations -2 -1 1 2 and -1 -2 2 1: products 8, squares 10 and 10
    found = association([1.0, 2.0, 4.0, 5.0], [2.0, 1.0, 5.0, 4.0], many(4), seed=0)
    assert found.pearson and found.pearson.value == pytest.approx(0.8)
    assert found.spearman and found.spearman.value == pytest.approx(0.6)


def test_below_fifteen_groups_the_interval_is_fishers():
    found = association(X, Y, OWN, seed=0)
    low, high = stats.pearsonr(X, Y).confidence_interval(0.95)
    assert found.pearson and found.pearson.method == "fisher"
    assert (found.pearson.low, found.pearson.high) == pytest.approx((low, high))


def test_the_partial_coefficient_is_that_of_the_residuals():
    rng = np.random.default_rng(1)
    z = rng.normal(size=60)
    x, y = z + rng.normal(size=60), 2.0 * z + rng.normal(size=60)
    rests = [v - np.polyval(np.polyfit(z, v, 1), z) for v in (x, y)]
    found = association(x, y, many(60), given=z, seed=0)
    assert found.partial and found.partial.value == pytest.approx(stats.pearsonr(*rests).statistic)


def test_what_the_third_variable_says_whole_leaves_no_partial_coefficient():
    assert association(X, Y, OWN, given=X, seed=0).partial is None
    assert association(X, Y, OWN, seed=0).partial is None


def test_a_perfect_metric_and_its_opposite_are_at_the_ends():
    x = np.arange(20.0)
    for sign in (1.0, -1.0):
        found = association(x, sign * (3.0 * x + 1.0), many(20), seed=0)
        assert found.pearson and found.spearman
        assert (found.pearson.value, found.spearman.value) == pytest.approx((sign, sign))
        assert (found.pearson.low, found.pearson.high) == pytest.approx((sign, sign))


@pytest.mark.parametrize(("x", "y", "which"), [([7.1] * 6, Y, "metric"), (X, [0.1 + 0.2] * 6, "rating")])
def test_what_is_constant_has_no_coefficient_and_says_so(x: object, y: object, which: str):
    found = association(x, y, OWN, seed=0)  # type: ignore[arg-type]
    assert (found.pearson, found.spearman, found.reason) == (None, None, f"the {which} is constant")


@pytest.mark.parametrize("groups", [["one"] * 6, ["a", "a", "b", "b", "c", "c"]])
def test_too_few_groups_say_so(groups: list[str]):
    found = association(X, Y, groups, seed=0)
    assert found.pearson is None
    assert found.reason == f"{len(set(groups))} groups, at least 4 are needed"
    assert association([], [], [], seed=0).reason == "0 groups, at least 4 are needed"


def test_rows_of_one_group_are_drawn_together_so_copies_add_nothing():
    rng = np.random.default_rng(0)
    x = rng.normal(size=30)
    y = x + rng.normal(size=30)
    once = association(x, y, many(30), seed=3)
    often = association(np.repeat(x, 4), np.repeat(y, 4), np.repeat(many(30), 4).tolist(), seed=3)
    assert once.pearson and often.pearson
    assert often.pearson[:3] == pytest.approx(once.pearson[:3])
    assert (often.n, often.groups) == (120, 30)


def test_the_same_seed_gives_the_same_interval_whatever_the_order_of_the_rows():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 40))
    turned = slice(None, None, -1)
    one = association(x, y, many(40), seed=5)
    assert one == association(x, y, many(40), seed=5)
    other = association(x[turned], y[turned], many(40)[turned], seed=5)
    assert one.pearson and other.pearson and one.pearson[:3] == pytest.approx(other.pearson[:3])
    assert association(x, y, many(40), seed=6).pearson != one.pearson


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), min_size=2, max_size=12))
def test_weighted_ranks_are_the_ranks_of_the_repeated_rows(rows: list[tuple[int, int]]):
    values, times = (np.array(column) for column in zip(*rows, strict=True))
    ranks = Ranks(values.astype(float))(times[None].astype(float))[0]
    wanted = stats.rankdata(np.repeat(values, times))
    assert np.repeat(ranks, times) == pytest.approx(wanted)


def test_a_resample_is_of_whole_groups():
    label = np.array([0, 0, 1, 1, 1])
    drawn = resampled(lambda w: np.stack([w[:, 0] - w[:, 1], w[:, 2] - w[:, 4], w[:, 0] + w[:, 2]]), label, seed=0)
    assert not drawn[:2].any() and set(drawn[2]) == {2.0}
    assert point(lambda w: w.sum(axis=1)[None], 5) == [5.0]


def test_a_gain_is_the_difference_of_the_coefficients():
    rng = np.random.default_rng(2)
    y = rng.normal(size=50)
    good, poor = y + rng.normal(size=50), y + 5.0 * rng.normal(size=50)
    found = gain(good, poor, y, many(50), seed=0)
    assert found.pearson and found.pearson.low and found.pearson.low > 0.0
    assert found.pearson.value == pytest.approx(stats.pearsonr(good, y)[0] - stats.pearsonr(poor, y)[0])


def test_a_constant_baseline_counts_as_nothing_gained_and_few_groups_have_no_interval():
    found = gain(X, np.ones(6), Y, OWN, seed=0)
    assert found.pearson and found.pearson.value == pytest.approx(stats.pearsonr(X, Y).statistic)
    assert found.pearson.low is None
    assert gain(X, X, Y, ["a"] * 6, seed=0) == (None, None)


@pytest.mark.parametrize("x", [[1.0, math.nan], [1.0, math.inf], [[1.0, 2.0]], [1.0, 2.0, 3.0]])
def test_what_is_no_list_of_finite_numbers_is_refused(x: object):
    with pytest.raises(ValueError, match="allowed are"):
        association(x, [1.0, 2.0], ["a", "b"], seed=0)  # type: ignore[arg-type]


def test_rounding_is_no_variation():
    assert flat(np.array([0.1 + 0.2, 0.3])) and flat(np.array([])) and not flat(np.array([0.3, 0.3001]))


@pytest.mark.slow
@pytest.mark.parametrize("groups", [6, 14, 20, 50])
def test_intervals_hold_the_true_value_nearly_as_often_as_they_say(groups: int):
    held = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=groups)
        y = 0.5 * x + math.sqrt(0.75) * rng.normal(size=groups)
        found = association(x, y, many(groups), seed=seed, resamples=300).pearson
        assert found and found.low is not None and found.high is not None
        held += found.low <= 0.5 <= found.high
    assert held / 200 >= 0.87
