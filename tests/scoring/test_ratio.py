"""Relative changes on numbers worked out by hand, and how often their intervals miss."""

from __future__ import annotations

import numpy as np
import pytest

from empa_graph.scoring.ratio import FROM_NOTHING, UNBOUNDED, relative_change
from empa_graph.scoring.statistics import ONE_CLUSTER, paired_difference


def test_the_change_is_in_shares_of_the_first_mean_over_scenarios_and_not_a_mean_of_shares():
    # Scenario means 10 and 30 become 30 and 30: 20 to 30. The mean of the shares would be +100%.
    found = relative_change([10.0, 10.0, 30.0], [20.0, 40.0, 30.0], ["a", "a", "b"], seed=1)
    assert (found.before, found.after, found.change, found.n) == (20.0, 30.0, 0.5, 2)


def test_the_interval_of_few_scenarios_is_fiellers():
    # a = 9, 10, 11 and b = 12, 10, 14; t 4.302653, t^2 / n = 6.170939; var a = 1, var b = 4, cov = 1.
    # (100 - 6.170939) r^2 - 2 (120 - 6.170939) r + (144 - 24.683756) = 0 has the roots 0.7658 and 1.6605.
    found = relative_change([9.0, 10.0, 11.0], [12.0, 10.0, 14.0], seed=1)
    assert found.change == pytest.approx(0.2)
    assert found.interval is not None and found.interval.method == "t"
    assert found.interval[:2] == pytest.approx((-0.2342, 0.6605), abs=1e-4)


@pytest.mark.parametrize("n", [4, 9, 14, 15, 40])
def test_the_shares_leave_out_no_change_where_the_paired_difference_does(n: int):
    drawn = np.random.default_rng(n)
    for _ in range(60):
        before = drawn.uniform(0.3, 1.0, n)
        after = np.clip(before + drawn.normal(0.05, 0.1, n), 0.0, 1.0)
        share, apart = relative_change(before, after, seed=1), paired_difference(before, after, seed=1)
        assert share.interval is not None and apart.interval is not None
        zero = share.interval.low <= 0.0 <= share.interval.high
        assert zero == (apart.interval.low <= 0.0 <= apart.interval.high)


@pytest.mark.parametrize(("n", "most"), [(6, 0.07), (12, 0.07), (30, 0.09)])
def test_the_interval_misses_about_as_often_as_it_says(n: int, most: float):
    drawn, missed = np.random.default_rng(n), 0
    for _ in range(400):
        before = drawn.normal(0.6, 0.15, n).clip(0.0, 1.0)
        after = (before * 0.8 + drawn.normal(0.0, 0.08, n)).clip(0.0, 1.0)
        found = relative_change(before, after, seed=1, resamples=500).interval
        missed += found is None or not found.low <= -0.2 <= found.high
    assert missed / 400 <= most


def test_what_cannot_be_said_has_a_reason_and_no_number():
    nothing = relative_change([0.0, 0.0], [0.5, 0.2], seed=1)
    assert (nothing.change, nothing.interval, nothing.reason) == (None, None, FROM_NOTHING)
    one = relative_change([0.5], [0.6], seed=1)
    assert (one.interval, one.reason) == (None, ONE_CLUSTER) and one.change == pytest.approx(0.2)
    vague = relative_change([0.0, 0.0, 0.9], [0.5, 0.4, 0.6], seed=1)
    assert (vague.interval, vague.reason) == (None, UNBOUNDED)
    rare = relative_change([0.0] * 19 + [0.9], [0.5] * 20, seed=1)
    assert (rare.interval, rare.reason) == (None, UNBOUNDED)


@pytest.mark.parametrize("n", [5, 20])
def test_nothing_falls_by_more_than_it_was(n: int):
    before = np.linspace(0.2, 1.0, n)
    found = relative_change(before, before * 0.02 + np.where(np.arange(n) == 0, 0.1, 0.0), seed=1).interval
    assert found is not None and found.low >= -1.0


def test_a_figure_below_zero_is_refused():
    with pytest.raises(ValueError, match="allowed is 0 or more"):
        relative_change([0.5, -0.1], [0.5, 0.5], seed=1)
