from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from empa_graph.scoring.ranks import DRAWN, rank_agreement


def test_it_is_kendalls_tau_b_and_its_exact_p():
    rng = np.random.default_rng(1)
    for n in range(3, 9):
        x, y = rng.normal(size=n), rng.normal(size=n)
        found, told = rank_agreement(x, y, seed=0), stats.kendalltau(x, y, method="exact")
        assert found.exact and found.reason is None
        assert (found.tau, found.tau_p) == pytest.approx((told.statistic, told.pvalue))
        assert found.spearman == pytest.approx(stats.spearmanr(x, y).statistic)


def test_ties_share_ranks_as_in_scipy_and_the_p_is_over_all_orders():
    x, y = [1.0, 2.0, 2.0, 4.0, 5.0], [3.0, 1.0, 3.0, 3.0, 9.0]
    found = rank_agreement(x, y, seed=0)
    assert found.tau == pytest.approx(stats.kendalltau(x, y).statistic)
    assert found.spearman == pytest.approx(stats.spearmanr(x, y).statistic)
    orders = stats.permutation_test(
        (y,), lambda moved: stats.spearmanr(x, moved).statistic, permutation_type="pairings", n_resamples=np.inf
    )
    assert found.spearman_p == pytest.approx(orders.pvalue)


@pytest.mark.parametrize(("n", "least"), [(3, 2 / 6), (4, 2 / 24), (5, 2 / 120)])
def test_a_perfect_order_of_few_units_has_the_least_p_there_is(n: int, least: float):
    found = rank_agreement(range(n), range(n), seed=0)
    assert (found.tau, found.tau_p, found.spearman_p, found.least_p) == pytest.approx((1.0, least, least, least))


def test_many_units_have_drawn_orders_that_come_back_with_the_seed():
    rng = np.random.default_rng(2)
    x = rng.normal(size=12)
    y = x + 2.0 * rng.normal(size=12)
    found = rank_agreement(x, y, seed=3)
    assert not found.exact and found.least_p is None and found == rank_agreement(x, y, seed=3)
    assert found.tau_p == pytest.approx(stats.kendalltau(x, y, method="exact").pvalue, abs=0.015)
    assert rank_agreement(x, x, seed=3).tau_p == pytest.approx(1.0 / (DRAWN + 1))


def test_what_has_no_order_says_so():
    assert "2 units, at least 3" in str(rank_agreement([1.0, 2.0], [1.0, 2.0], seed=0).reason)
    found = rank_agreement([1.0, 1.0, 1.0], [1.0, 2.0, 3.0], seed=0)
    assert found.tau is None and found.tau_p is None and found.reason == "all of one side are equal"
    with pytest.raises(ValueError, match="shapes"):
        rank_agreement([1.0, np.nan, 3.0], [1.0, 2.0, 3.0], seed=0)
