"""What so many scenarios can show, held against power tables."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from empa_graph.scoring.power import (
    clusters_needed,
    detectable_drop,
    detection_power,
    fewest_clusters,
    minimum_detectable_effect,
)
from empa_graph.scoring.statistics import paired_drop

unhurried = settings(deadline=None)


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


@pytest.mark.parametrize(("effect", "n", "power"), [(0.5, 27, 0.812), (0.2, 156, 0.801), (0.8, 12, 0.828)])
def test_the_power_of_a_one_sided_test_matches_the_tables(effect: float, n: int, power: float):
    assert detection_power(effect, 1.0, n) == pytest.approx(power, abs=0.005)


def test_without_an_effect_the_power_is_the_level():
    assert detection_power(0.0, 3.0, 20, alpha=0.05) == pytest.approx(0.05)


@pytest.mark.parametrize(("effect", "sd", "expected"), [(1.0, 0.0, 1.0), (0.0, 0.0, 0.0), (1e6, 1.0, 1.0)])
def test_power_at_the_edges(effect: float, sd: float, expected: float):
    assert detection_power(effect, sd, 20) == expected


def test_fewer_scenarios_than_sign_flips_need_detect_what_a_t_test_does():
    # 2^-4 is 0.0625, 2^-5 is 0.03125.
    assert (fewest_clusters(0.05), fewest_clusters(0.0625), fewest_clusters(0.4)) == (5, 4, 2)
    assert detectable_drop(1.0, 4) == pytest.approx(1.650, abs=0.001)
    assert detection_power(1.650, 1.0, 4) == pytest.approx(0.8, abs=0.001)


def test_one_scenario_detects_nothing():
    assert detectable_drop(1.0, 1) is None
    assert detection_power(9.0, 1.0, 1) == 0.0


@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_the_stated_power_of_few_scenarios_is_what_the_t_test_finds(n: int):
    drops = np.random.default_rng(n).normal(3.0, 1.0, (2_000, n))
    found = [paired_drop(row, np.zeros(n), alpha=0.0167, seed=1) for row in drops]
    shown = sum(drop.p_value is not None and drop.p_value <= 0.0167 for drop in found) / 2_000
    assert shown == pytest.approx(detection_power(3.0, 1.0, n, alpha=0.0167), abs=0.03)


@unhurried
@given(st.integers(2, 300), st.floats(0.1, 50.0))
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
    assert n == 2 or detection_power(effect, 1.0, n - 1) < 0.8


def test_no_number_of_scenarios_finds_nothing():
    assert clusters_needed(0.0, 1.0) is None
    assert clusters_needed(1e-6, 1.0) is None
