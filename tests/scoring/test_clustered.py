from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from empa_graph.scoring.clustered import detectable_slope, slope


def line(x: np.ndarray) -> np.ndarray:
    return np.stack([np.ones(len(x)), x], axis=1)


def test_a_mean_of_rows_that_are_their_own_clusters_has_students_interval():
    y = np.random.default_rng(0).normal(size=9)
    found = slope(np.ones((9, 1)), y, np.ones(9), list("abcdefghi"))
    told = stats.t.interval(0.95, 8, loc=y.mean(), scale=stats.sem(y))
    assert found is not None and found.freedom == pytest.approx(8.0)
    assert (found.value, found.low, found.high) == pytest.approx((y.mean(), *told))


def test_clusters_of_one_row_give_the_hc2_error():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=12), rng.normal(size=12)
    found = slope(line(x), y, np.ones(12), [str(n) for n in range(12)])
    design = line(x)
    bread = np.linalg.inv(design.T @ design)
    left = y - design @ bread @ design.T @ y
    hat = np.einsum("ij,jk,ik->i", design, bread, design)
    meat = design.T @ (design * (left**2 / (1.0 - hat))[:, None])
    assert found is not None and found.error == pytest.approx(np.sqrt((bread @ meat @ bread)[1, 1]))
    assert found.value == pytest.approx(stats.linregress(x, y).slope)


def test_weights_count_as_so_many_equal_rows_and_not_by_their_size():
    rng = np.random.default_rng(2)
    x, y, groups = rng.normal(size=8), rng.normal(size=8), list("abcdefgh")
    times = np.array([1, 2, 3, 1, 2, 1, 1, 2])
    weighed, scaled = slope(line(x), y, times, groups), slope(line(x), y, 100.0 * times, groups)
    repeated = slope(
        line(np.repeat(x, times)), np.repeat(y, times), np.ones(times.sum()), list(np.repeat(groups, times))
    )
    assert weighed is not None and scaled is not None and repeated is not None
    assert weighed.value == pytest.approx(repeated.value) and weighed.error == pytest.approx(repeated.error)
    assert (scaled.low, scaled.high) == pytest.approx((weighed.low, weighed.high))


def test_a_true_slope_lies_in_the_interval_as_often_as_is_said():
    rng, held, told = np.random.default_rng(3), 0, 0
    for _ in range(400):
        x, groups = rng.uniform(0.0, 10.0, size=8), np.repeat(np.arange(8), 3)
        y = 0.3 * x[groups] + rng.normal(size=8)[groups] + rng.normal(size=24)
        found = slope(line(x[groups]), y, rng.integers(50, 200, size=24), [str(n) for n in groups])
        assert found is not None
        if found.low is not None and found.high is not None:
            told, held = told + 1, held + (found.low <= 0.3 <= found.high)
    assert told > 300 and 0.925 <= held / told <= 0.985


def test_too_few_clusters_have_no_interval():
    x = np.arange(10.0)
    found = slope(line(x), x, np.ones(10), list("aabbccddee"))
    assert found is not None and found.value == pytest.approx(1.0) and not found.apart
    assert found.low is None and "5 clusters" in str(found.reason) and detectable_slope(found) is None


def test_one_cluster_that_holds_the_slope_leaves_no_interval():
    x = np.array([0.0, 0.01, 0.02, 0.01, 0.0, 0.02, 9.0])
    found = slope(line(x), x + 0.1, np.ones(7), list("abcdefg"))
    assert found is not None and found.low is None and "degrees of freedom" in str(found.reason)


def test_rows_that_fix_no_slope_give_none():
    assert slope(line(np.ones(6)), np.arange(6.0), np.ones(6), list("abcdef")) is None
    assert slope(np.ones((1, 2)), [1.0], [1.0], ["a"]) is None
    with pytest.raises(ValueError, match="weights"):
        slope(line(np.arange(6.0)), np.arange(6.0), np.zeros(6), list("abcdef"))


def test_a_slope_that_is_called_detectable_is_found_four_times_of_five():
    rng, seen = np.random.default_rng(4), 0
    x, groups = np.linspace(-5.0, 5.0, 12), [str(n) for n in range(12)]
    sizes = [detectable_slope(s) for _ in range(100) if (s := slope(line(x), rng.normal(size=12), np.ones(12), groups))]
    true = float(np.mean([size for size in sizes if size is not None]))
    for _ in range(300):
        found = slope(line(x), true * x + rng.normal(size=12), np.ones(12), groups)
        seen += found is not None and found.apart
    assert 0.72 <= seen / 300 <= 0.92
