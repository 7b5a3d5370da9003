"""Intervals and comparisons on numbers worked out by hand or taken from power tables."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from empa_graph.scoring.statistics import (
    clusters_needed,
    detectable_drop,
    detection_power,
    fewest_clusters,
    mean_interval,
    minimum_detectable_effect,
    paired_difference,
    paired_drop,
)

unhurried = settings(deadline=None)
samples = st.lists(st.floats(0, 100), min_size=2, max_size=20)


def test_the_interval_of_two_values_is_their_span():
    # The means of a resample are 0, 5, 5, 10: a quarter of them at either end.
    found = mean_interval([0.0, 10.0], seed=1)
    assert (found.mean, found.n, found.reason) == (5.0, 2, None)
    assert found.interval == (0.0, 10.0, 0.95)


def test_the_interval_of_many_values_is_the_normal_one():
    values = np.random.default_rng(7).normal(50.0, 10.0, 400)
    found = mean_interval(values, seed=1, resamples=5_000)
    half = 1.96 * values.std() / math.sqrt(400)
    assert found.interval is not None
    assert found.interval.low == pytest.approx(values.mean() - half, abs=0.06)
    assert found.interval.high == pytest.approx(values.mean() + half, abs=0.06)


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
@given(samples, st.integers(0, 2**32))
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
    assert found.interval == pytest.approx((1.0, 3.0, 0.95))


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


@pytest.mark.parametrize(("effect", "n"), [(0.2, 199), (0.5, 34), (0.8, 15)])
def test_the_detectable_effect_matches_the_power_tables(effect: float, n: int):
    # The tabled number of pairs for this d_z at 80% power is the first that finds it.
    assert minimum_detectable_effect(1.0, n) <= effect < minimum_detectable_effect(1.0, n - 1)


def test_the_detectable_effect_is_in_the_units_of_the_spread():
    assert minimum_detectable_effect(12.0, 30) == pytest.approx(12.0 * 0.5292, abs=1e-3)
    assert minimum_detectable_effect(0.0, 30) == 0.0


@unhurried
@given(st.integers(2, 500), st.floats(0.5, 0.95))
def test_more_scenarios_or_less_power_detect_a_smaller_effect(n: int, power: float):
    found = minimum_detectable_effect(1.0, n, power=power)
    assert 0.0 < minimum_detectable_effect(1.0, n + 1, power=power) < found
    assert found < minimum_detectable_effect(1.0, n, power=power + 0.02)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"sd": 1.0, "n": 1}, "n is 1"),
        ({"sd": -1.0, "n": 5}, "sd is -1.0"),
        ({"sd": math.nan, "n": 5}, "sd is nan"),
        ({"sd": 1.0, "n": 5, "power": 1.0}, "allowed is 0 < alpha < power < 1"),
        ({"sd": 1.0, "n": 5, "alpha": 0.9}, "allowed is 0 < alpha < power < 1"),
    ],
)
def test_impossible_designs_are_refused(arguments, message: str):
    with pytest.raises(ValueError, match=message):
        minimum_detectable_effect(**arguments)


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
    found = paired_drop([11.0, 22.0, 33.0], [10.0, 20.0, 30.0], seed=1)
    assert found == pytest.approx((2.0, 1 / 8, 1.0, 3))


def test_a_drop_is_tested_against_what_is_tolerated():
    # Beyond a tolerance of 2 the drops are -1, 0, 1: of the 8 flips 6 have a mean of at least 0.
    found = paired_drop([11.0, 22.0, 33.0], [10.0, 20.0, 30.0], tolerance=2.0, seed=1)
    assert found.drop == 2.0
    assert found.p_value == pytest.approx(6 / 8)


def test_a_gain_is_no_drop():
    assert paired_drop([1.0, 2.0, 3.0], [2.0, 4.0, 6.0], seed=1).p_value == pytest.approx(1.0)


def test_drops_are_tested_by_whole_scenarios():
    found = paired_drop([1.0, 1.0, 2.0, 2.0, 3.0, 3.0], [0.0] * 6, list("aabbcc"), seed=1)
    assert (found.n, found.p_value) == (3, pytest.approx(1 / 8))


def test_one_scenario_leaves_no_drop_to_test():
    assert paired_drop([1.0, 3.0], [0.0, 0.0], ["a", "a"], seed=1) == (2.0, None, None, 1)


def test_unequal_sides_of_a_drop_are_refused():
    with pytest.raises(ValueError, match="pairs need as many of each"):
        paired_drop([1.0], [1.0, 2.0], seed=1)


@pytest.mark.parametrize(("effect", "n", "power"), [(0.5, 27, 0.812), (0.2, 156, 0.801), (0.8, 12, 0.828)])
def test_the_power_of_a_one_sided_test_matches_the_tables(effect: float, n: int, power: float):
    assert detection_power(effect, 1.0, n) == pytest.approx(power, abs=0.005)


def test_without_an_effect_the_power_is_the_level():
    assert detection_power(0.0, 3.0, 20, alpha=0.05) == pytest.approx(0.05)


@pytest.mark.parametrize(("effect", "sd", "expected"), [(1.0, 0.0, 1.0), (0.0, 0.0, 0.0), (1e6, 1.0, 1.0)])
def test_power_at_the_edges(effect: float, sd: float, expected: float):
    assert detection_power(effect, sd, 20) == expected


def test_few_scenarios_cannot_show_anything_by_flipping_signs():
    # 2^-4 is 0.0625, 2^-5 is 0.03125.
    assert (fewest_clusters(0.05), fewest_clusters(0.0625), fewest_clusters(0.4)) == (5, 4, 2)
    assert detectable_drop(1.0, 4) is None
    assert detection_power(9.0, 1.0, 4) == 0.0


@unhurried
@given(st.integers(6, 300), st.floats(0.1, 50.0))
def test_the_detectable_drop_is_found_with_the_power_it_is_stated_for(n: int, sd: float):
    drop = detectable_drop(sd, n)
    assert drop is not None
    assert detection_power(drop, sd, n) == pytest.approx(0.8, abs=1e-4)


@unhurried
@given(st.floats(0.1, 3.0))
def test_the_scenarios_that_are_needed_are_the_first_that_are_enough(effect: float):
    n = clusters_needed(effect, 1.0)
    assert n is not None
    assert detection_power(effect, 1.0, n) >= 0.8
    assert n == fewest_clusters(0.05) or detection_power(effect, 1.0, n - 1) < 0.8


def test_no_number_of_scenarios_finds_nothing():
    assert clusters_needed(0.0, 1.0) is None
    assert clusters_needed(1e-6, 1.0) is None
