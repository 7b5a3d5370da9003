from __future__ import annotations

import math

import numpy as np
import pytest

from empa_graph.scoring.correction import Residual, corrected_estimate, corrected_mean, residual, shared_part

NAMES = [str(n) for n in range(400)]


def test_the_mean_and_its_variance_by_hand():
    # judge 1 2 3 4: mean 2.5, s2 5/3; people - judge 1 0 2: mean 1, s2 1
    found = residual([1.0, 2.0, 3.0], [2.0, 2.0, 5.0], list("abc"))
    assert found == pytest.approx((1.0, 1.0, 3))
    theta = corrected_mean([1.0, 2.0, 3.0, 4.0], list("abcd"), found)
    assert theta and (theta.mean, theta.uncorrected, theta.n, theta.labelled) == (3.5, 2.5, 4, 3)
    error = math.sqrt(5 / 3 / 4 + 1 / 3)
    parts = (5 / 12) ** 2 / 3 + (1 / 3) ** 2 / 2
    freedom = error**4 / parts
    from scipy.stats import t

    assert theta.high - theta.mean == pytest.approx(t.ppf(0.975, freedom) * error)
    assert theta.mean - theta.low == pytest.approx(theta.high - theta.mean)


def test_a_judge_that_is_right_leaves_only_its_own_error():
    found = residual([1.0, 2.0, 3.0], [1.0, 2.0, 3.0], list("abc"))
    theta = corrected_mean([1.0, 3.0], ["a", "b"], found)
    assert theta and theta.mean == theta.uncorrected == 2.0
    assert corrected_mean([2.0, 2.0], ["a", "b"], found) == (2.0, 2.0, 2.0, 2.0, 2, 3)


def test_a_bias_is_taken_off_whole():
    judge = np.linspace(0.0, 1.0, 50)
    theta = corrected_mean(judge, NAMES[:50], residual(judge[:20], judge[:20] - 0.3, NAMES[:20]))
    assert theta and theta.mean == pytest.approx(0.2)


def test_rows_of_one_group_count_once():
    one = residual([0.0, 2.0], [1.0, 2.0], ["a", "b"])
    often = residual([0.0, 0.0, 0.0, 2.0], [1.0, 1.0, 1.0, 2.0], ["a", "a", "a", "b"])
    assert one == often


def test_where_all_are_labelled_the_answer_is_that_of_the_labels():
    rng = np.random.default_rng(0)
    people = rng.normal(size=40)
    judge = people + rng.normal(size=40)
    rest, shared = residual(judge, people, NAMES[:40]), shared_part(judge, people, NAMES[:40])
    theta = corrected_mean(judge, NAMES[:40], rest, shared=shared)
    assert theta and theta.mean == pytest.approx(people.mean())
    half = (theta.high - theta.low) / 2
    assert half == pytest.approx(1.99 * people.std(ddof=1) / math.sqrt(40), rel=0.03)


def test_the_interval_holds_the_true_mean_as_often_as_it_says():
    held = 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        truth = rng.normal(size=140)
        judge = 0.5 + truth + 0.6 * rng.normal(size=140)
        theta = corrected_mean(judge[40:], NAMES[:100], residual(judge[:40], truth[:40], NAMES[:40]))
        assert theta is not None
        held += theta.low <= 0.0 <= theta.high
    assert 0.91 <= held / 300 <= 0.98


def test_for_a_gate_it_is_an_estimate_cut_where_the_mean_cannot_lie():
    found = corrected_estimate([60.0, 90.0], ["a", "b"], Residual(30.0, 4.0, 20), within=(0.0, 100.0))
    assert found.mean == 100.0 and found.interval and found.interval.high == 100.0
    assert found.interval.method == "t" and found.n == 2
    lone = corrected_estimate([60.0, 50.0], ["a", "a"], Residual(5.0, 4.0, 20))
    assert (lone.mean, lone.interval, lone.n) == (60.0, None, 1)


def test_too_few_labels_and_foreign_numbers_are_refused():
    with pytest.raises(ValueError, match="1 labelled groups, at least 2"):
        residual([1.0, 2.0], [1.0, 2.0], ["a", "a"])
    with pytest.raises(ValueError, match="finite"):
        corrected_mean([1.0, math.nan], ["a", "b"], Residual(0.0, 1.0, 5))
    assert corrected_mean([1.0], ["a"], Residual(0.0, 1.0, 5)) is None
