from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from empa_graph.scoring.rank_power import critical, detectable_tau, rank_power, units_needed
from empa_graph.scoring.ranks import rank_agreement


def test_the_critical_number_of_pairs_is_that_of_the_tables():
    # Kendall, Rank Correlation Methods, table of S at 5% two-sided.
    assert [critical(n) for n in (3, 4, 5, 6, 7, 8, 9, 10)] == [None, None, 10, 13, 15, 18, 20, 23]


@pytest.mark.parametrize("n", [5, 6, 7, 8])
def test_it_agrees_with_the_exact_test_of_all_orders(n: int):
    limit, pairs = critical(n), n * (n - 1) / 2
    assert limit is not None
    orders = [np.random.default_rng(seed).permutation(n) for seed in range(40)] + [np.arange(n)]
    for order in orders:
        found = rank_agreement(np.arange(n), order, seed=0)
        assert found.tau is not None and found.tau_p is not None
        assert (round(abs(found.tau) * pairs) >= limit) == (found.tau_p <= 0.05)


def test_a_tau_that_is_called_detectable_is_found_four_times_of_five():
    n, rng = 9, np.random.default_rng(1)
    tau = detectable_tau(n)
    assert tau is not None
    rho = math.sin(math.pi * tau / 2.0)
    seen = 0
    for _ in range(600):
        x = rng.normal(size=n)
        y = rho * x + math.sqrt(1.0 - rho**2) * rng.normal(size=n)
        seen += stats.kendalltau(x, y, method="exact").pvalue <= 0.05
    assert 0.75 <= seen / 600 <= 0.85


def test_units_needed_is_the_other_way_round_and_goes_up_as_tau_falls():
    for n in (5, 7, 12):
        tau = detectable_tau(n)
        assert tau is not None and units_needed(tau) == n
    assert units_needed(1.0) == 5 and units_needed(-0.5) == units_needed(0.5)
    assert units_needed(0.4) > units_needed(0.6) > units_needed(0.8)  # type: ignore[operator]
    assert units_needed(0.0) is None and detectable_tau(4) is None and rank_power(1.0, 4) == 0.0
