"""Intervals and comparisons on numbers worked out by hand or taken from power tables."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from empa_graph.scoring.statistics import ALIKE, MANY, mean_interval, paired_difference, paired_drop

unhurried = settings(deadline=None)
samples = st.lists(st.floats(0, 100), min_size=2, max_size=20)


def test_the_interval_of_few_values_is_a_t_interval():
    # Mean 20, sd 10, n 3: 4.303 is the 97.5% point of t with 2 degrees of freedom.
    found = mean_interval([10.0, 20.0, 30.0], seed=1)
    assert (found.mean, found.n, found.reason) == (20.0, 3, None)
    half = 4.302653 * 10.0 / math.sqrt(3)
    assert found.interval is not None
    assert found.interval[:3] == pytest.approx((20.0 - half, 20.0 + half, 0.95), abs=1e-5)


@pytest.mark.parametrize(("n", "method"), [(2, "t"), (14, "t"), (15, "bootstrap"), (40, "bootstrap")])
def test_an_interval_says_how_it_was_made(n: int, method: str):
    values = list(np.random.default_rng(n).normal(50.0, 10.0, n))
    for interval in (mean_interval(values, seed=1).interval, paired_difference([0.0] * n, values, seed=1).interval):
        assert interval is not None
        assert interval.method == method


@pytest.mark.parametrize("n", [4, 6, 12])
def test_the_interval_of_few_scenarios_misses_no_more_often_than_it_says(n: int):
    drawn = np.random.default_rng(n).normal(0.0, 1.0, (2_000, n))
    intervals = [mean_interval(row, seed=1).interval for row in drawn]
    assert sum(found is not None and not found.low <= 0.0 <= found.high for found in intervals) / 2_000 < 0.065


@pytest.mark.parametrize("value", [0.0, 7.0, 0.1])
def test_a_few_values_that_are_all_equal_have_no_interval_and_the_reason_says_how_many(value: float):
    found = mean_interval([value] * 3, seed=1)
    assert (found.mean, found.interval, found.reason) == (pytest.approx(value), None, "no interval: 3 equal values")
    moved = paired_difference([value] * 3, [value + 1.0] * 3, seed=1)
    assert (moved.interval, moved.n) == (None, 3)
    assert moved.p_value is not None


def test_from_ten_on_equal_values_have_an_interval():
    few, enough = (mean_interval([7.0] * n, seed=1).interval for n in (ALIKE - 1, ALIKE))
    assert (few, enough) == (None, (7.0, 7.0, 0.95, "t"))


def test_repeats_of_one_scenario_among_others_are_not_counted_as_equal_values():
    assert mean_interval([7.0] * 30, list("abc") * 10, seed=1).reason == "no interval: 3 equal values"


def test_the_interval_of_many_values_is_the_normal_one():
    values = np.random.default_rng(7).normal(50.0, 10.0, 400)
    found = mean_interval(values, seed=1, resamples=5_000)
    half = 1.96 * values.std() / math.sqrt(400)
    assert found.interval is not None
    assert found.interval.low == pytest.approx(values.mean() - half, abs=0.06)
    assert found.interval.high == pytest.approx(values.mean() + half, abs=0.06)


def test_from_many_values_on_the_interval_is_a_t_interval_and_the_same():
    values = np.random.default_rng(7).exponential(10.0, MANY)
    below, beyond = (mean_interval(values[:n], seed=1).interval for n in (MANY - 1, MANY))
    assert below is not None and beyond is not None
    assert (below.method, beyond.method) == ("bootstrap", "t")
    assert beyond[:2] == pytest.approx(below[:2], abs=0.02)


def test_repeats_of_one_scenario_do_not_narrow_the_interval():
    scores = [10.0, 30.0, 20.0, 50.0]
    alone = mean_interval(scores, list("abcd"), seed=3)
    repeated = mean_interval(scores * 5, list("abcd") * 5, seed=3)
    assert repeated == alone


def test_each_scenario_weighs_the_same_however_many_repeats_were_judged():
    assert mean_interval([0.0, 0.0, 0.0, 10.0], ["a", "a", "a", "b"], seed=1).mean == 5.0


@pytest.mark.parametrize(("values", "clusters"), [([4.0], None), ([3.0, 5.0], ["a", "a"])])
def test_one_scenario_has_a_mean_but_no_interval(values, clusters):
    found = mean_interval(values, clusters, seed=1)
    assert (found.mean, found.interval, found.n) == (4.0, None, 1)
    assert found.reason == "one cluster has no spread to resample"


@unhurried
@given(st.lists(st.floats(0, 100), min_size=15, max_size=25), st.integers(0, 2**32))
def test_the_same_seed_gives_the_same_interval_around_the_values(values: list[float], seed: int):
    first, again = (mean_interval(values, seed=seed, resamples=50) for _ in range(2))
    assert first == again
    assert first.interval is not None
    assert min(values) - 1e-9 <= first.interval.low <= first.interval.high <= max(values) + 1e-9


def test_the_order_of_the_rows_does_not_matter():
    values, labels = [1.0, 2.0, 4.0, 9.0], ["a", "b", "c", "d"]
    assert mean_interval(values, labels, seed=5) == mean_interval(values[::-1], labels[::-1], seed=5)


def test_a_higher_level_gives_a_wider_interval():
    values = list(range(30))
    wide, narrow = (mean_interval(values, seed=1, level=level).interval for level in (0.99, 0.5))
    assert wide is not None
    assert narrow is not None
    assert wide.low < narrow.low < narrow.high < wide.high
    assert wide.level == 0.99


def test_a_paired_difference_by_hand():
    # Differences 1, 2, 3: of the 8 sign flips only the two extreme ones are as far out.
    found = paired_difference([10.0, 20.0, 30.0], [11.0, 22.0, 33.0], seed=1)
    assert found.difference == pytest.approx(2.0)
    assert found.p_value == pytest.approx(2 / 8)
    assert found.effect_size == pytest.approx(2.0)
    assert (found.n, found.reason) == (3, None)
    assert found.interval is not None
    assert found.interval[:2] == pytest.approx((2.0 - 2.484138, 2.0 + 2.484138), abs=1e-5)


def test_the_sign_flips_take_whole_scenarios():
    before, after, labels = [0.0] * 6, [1.0, 1.0, 2.0, 2.0, 3.0, 3.0], list("aabbcc")
    found = paired_difference(before, after, labels, seed=1)
    assert (found.p_value, found.effect_size, found.n) == (pytest.approx(2 / 8), pytest.approx(2.0), 3)


def test_a_clear_difference_over_many_scenarios_is_significant_and_no_difference_is_not():
    rng = np.random.default_rng(11)
    base = rng.normal(50, 10, 40)
    noise = rng.normal(0, 3, 40)
    better = paired_difference(base, base + noise + 5.0, seed=2)
    same = paired_difference(base, base + noise - noise.mean(), seed=2)
    assert better.p_value is not None
    assert better.p_value < 0.001
    assert same.p_value == pytest.approx(1.0, abs=0.02)


@unhurried
@given(samples, st.integers(0, 2**16))
def test_swapping_the_runs_swaps_the_sign(values: list[float], seed: int):
    other = values[::-1]
    one = paired_difference(values, other, seed=seed, resamples=20)
    two = paired_difference(other, values, seed=seed, resamples=20)
    assert one.difference == pytest.approx(-two.difference, abs=1e-9)
    assert one == paired_difference(values, other, seed=seed, resamples=20)


def test_one_shared_scenario_gives_a_difference_and_nothing_else():
    found = paired_difference([1.0, 2.0], [2.0, 4.0], ["a", "a"], seed=1)
    assert found.difference == 1.5
    assert (found.interval, found.p_value, found.effect_size, found.n) == (None, None, None, 1)
    assert found.reason == "one cluster has no spread to resample"


@pytest.mark.parametrize(("gain", "p_value"), [(0.0, 1.0), (0.1, 2 / 8)])
def test_equal_differences_have_no_effect_size(gain: float, p_value: float):
    found = paired_difference([0.1, 0.2, 0.3], [0.1 + gain, 0.2 + gain, 0.3 + gain], seed=1)
    assert found.difference == pytest.approx(gain)
    assert found.p_value == pytest.approx(p_value)
    assert found.effect_size is None
    assert found.reason is not None


@pytest.mark.parametrize(
    ("values", "clusters", "options", "message"),
    [
        ([], None, {}, "at least one value"),
        ([1.0, math.nan], None, {}, "leave a missing score out"),
        ([[1.0]], None, {}, r"allowed is \(n,\)"),
        ([1.0, 2.0], ["a"], {}, "1 cluster labels for 2 values"),
        ([1.0, 2.0], None, {"level": 95}, "level is 95"),
        ([1.0, 2.0], None, {"resamples": 0}, "resamples is 0"),
    ],
)
def test_wrong_values_are_refused(values, clusters, options, message: str):
    with pytest.raises(ValueError, match=message):
        mean_interval(values, clusters, seed=1, **options)


def test_unequal_runs_are_refused():
    with pytest.raises(ValueError, match="baseline has 1 values and candidate 2"):
        paired_difference([1.0], [1.0, 2.0], seed=1)


def test_importing_the_module_does_not_import_scipy():
    code = "import sys, empa_graph.scoring.statistics; print('scipy' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"


def test_a_drop_by_hand():
    # Drops 1, 2, 3: of the 8 sign flips only the one as it is lies as far out on this side.
    found = paired_drop([11.0, 22.0, 33.0], [10.0, 20.0, 30.0], alpha=0.2, seed=1)
    assert found[:4] == pytest.approx((2.0, 1 / 8, 1.0, 3))
    assert found.test == "sign flips"


def test_a_drop_is_tested_against_what_is_tolerated():
    # Beyond a tolerance of 1.5 the drops are -0.5, 0.5, 1.5: of the 8 flips 3 have a mean of at least 0.5.
    found = paired_drop([11.0, 22.0, 33.0], [10.0, 20.0, 30.0], tolerance=1.5, alpha=0.3, seed=1)
    assert found.drop == 2.0
    assert found.p_value == pytest.approx(3 / 8)


def test_a_gain_is_no_drop():
    for alpha in (0.05, 0.3):
        found = paired_drop([1.0, 2.0, 3.0], [2.0, 4.0, 6.0], alpha=alpha, seed=1)
        assert found.p_value == pytest.approx(1.0, abs=0.04)


def test_drops_are_tested_by_whole_scenarios():
    found = paired_drop([1.0, 1.0, 2.0, 2.0, 3.0, 3.0], [0.0] * 6, list("aabbcc"), alpha=0.2, seed=1)
    assert (found.n, found.p_value) == (3, pytest.approx(1 / 8))


def test_one_scenario_leaves_no_drop_to_test():
    assert paired_drop([1.0, 3.0], [0.0, 0.0], ["a", "a"], seed=1) == (2.0, None, None, 1, None)


def test_a_t_test_decides_where_so_few_sign_flips_cannot_reach_the_level():
    # Drops 1, 2, 3, 4: mean 2.5, sd 1.291, t = 3.873 with 3 degrees of freedom.
    found = paired_drop([1.0, 2.0, 3.0, 4.0], [0.0] * 4, alpha=0.05, seed=1)
    assert found.test == "t-test"
    assert found.p_value == pytest.approx(0.01523, abs=1e-5)
    assert paired_drop([1.0, 2.0, 3.0, 4.0], [0.0] * 4, alpha=0.07, seed=1).test == "sign flips"


@pytest.mark.parametrize(("still", "test"), [(0, "sign flips"), (1, "t-test"), (3, "t-test")])
def test_scenarios_that_did_not_move_leave_fewer_signs_to_flip(still: int, test: str):
    before = [70.0, 80.0, 75.0, 72.0, 77.0, 74.0]
    after = before[:still] + [0.0] * (6 - still)
    assert paired_drop(before, after, alpha=0.05 / 3, seed=1).test == test


def test_a_few_that_moved_among_many_are_left_to_sign_flips():
    before, after = [50.0] * 20, [50.0] * 17 + [20.0, 25.0, 30.0]
    assert paired_drop(before, after, seed=1)[1:] == (
        pytest.approx(1 / 8, abs=0.01),
        pytest.approx(9.0, abs=1),
        20,
        "sign flips",
    )


@pytest.mark.parametrize(("after", "p_value"), [(0.1, 1 / 8), (0.3, 1.0), (0.7, 1.0)])
def test_equal_drops_have_no_spread_for_a_t_test(after: float, p_value: float):
    assert paired_drop([0.3] * 3, [after] * 3, seed=1)[1:] == (p_value, pytest.approx(0.0), 3, "sign flips")


def test_values_that_differ_and_stay_leave_a_t_test_no_doubt():
    stayed = paired_drop([0.3, 0.5, 0.4], [0.3, 0.5, 0.4], tolerance=-0.1, seed=1)
    assert (stayed.p_value, stayed.test) == (0.0, "t-test")


def test_unequal_sides_of_a_drop_are_refused():
    with pytest.raises(ValueError, match="pairs need as many of each"):
        paired_drop([1.0], [1.0, 2.0], seed=1)
