from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import t

from empa_graph.scoring.correction import Residual, corrected_among, corrected_estimate, corrected_mean, residual

NAMES = [str(n) for n in range(400)]


def test_the_mean_and_its_variance_by_hand():
    # judge 1 2 3 4: mean 2.5, s2 5/3; people - judge 1 0 2: mean 1, s2 1
    found = residual([1.0, 2.0, 3.0], [2.0, 2.0, 5.0], list("abc"))
    assert found == pytest.approx((1.0, 1.0, 3))
    theta = corrected_mean([1.0, 2.0, 3.0, 4.0], list("abcd"), found)
    assert theta and (theta.mean, theta.uncorrected, theta.n, theta.labelled) == (3.5, 2.5, 4, 3)
    half = math.sqrt(t.ppf(0.975, 3) ** 2 * 5 / 3 / 4 + t.ppf(0.975, 2) ** 2 / 3)
    assert theta.high - theta.mean == pytest.approx(half)
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
    people = rng.normal(size=(40, 2)).mean(axis=1).repeat(2)
    judge = people + rng.normal(size=80)
    groups = [name for name in NAMES[:40] for _ in range(2)]
    theta = corrected_among(judge, people, groups)
    assert theta and theta.interval and (theta.n, theta.mean) == (40, pytest.approx(people.mean()))
    half = t.ppf(0.975, 39) * people[::2].std(ddof=1) / math.sqrt(40)
    assert theta.interval.high - theta.mean == pytest.approx(half)


@pytest.mark.parametrize(("people", "low", "high"), [([0.0, 25.0], -146.3, 171.3), ([0.0, 25.0, 100.0], -87.6, 170.9)])
def test_two_and_three_labels_are_no_surer_than_they_are_alone(people: list[float], low: float, high: float):
    judge = [12.0, 43.0, 71.0][: len(people)]
    found = corrected_among(judge, people, NAMES[: len(people)])
    assert found and found.interval and found.interval[:2] == pytest.approx((low, high), abs=0.05)
    cut = corrected_among(judge, people, NAMES[: len(people)], within=(0.0, 100.0))
    assert cut and cut.interval and cut.interval[:2] == (0.0, 100.0) and cut.mean == found.mean


def test_the_mean_of_rows_among_which_the_labels_are_by_hand():
    # residual 1 0 2; residual + 3/5 * judge: 1.6 1.2 3.8, s2 1.96; judge about its two means: (2 + 0.5) / 3
    found = corrected_among([1.0, 2.0, 3.0, 4.0, 5.0], [2.0, 2.0, 5.0, math.nan, math.nan], list("abcde"))
    half = math.sqrt(t.ppf(0.975, 2) ** 2 * 1.96 / 3 + t.ppf(0.975, 3) ** 2 * 2 / 25 * 2.5 / 3)
    assert found and found.interval and found.mean == 4.0
    assert found.interval.high - found.mean == pytest.approx(half)


def test_equal_labels_of_few_have_no_interval_and_one_group_has_no_mean():
    found = corrected_among([1.0, 2.0], [3.0, 3.0], ["a", "b"])
    assert found == (3.0, None, 2, "no interval: 2 equal values")
    assert corrected_among([1.0, 2.0, 5.0], [3.0, 4.0, math.nan], ["a", "a", "b"]) is None


@pytest.mark.parametrize(("labelled", "others"), [(2, 0), (2, 20), (3, 3), (5, 30)])
def test_few_labels_among_the_rows_hold_the_true_mean_as_often_as_they_say(labelled: int, others: int):
    held = 0
    rng = np.random.default_rng(2)
    for _ in range(400):
        truth = rng.normal(size=labelled + others)
        judge = 0.5 + 0.3 * truth + 0.3 * rng.normal(size=len(truth))
        truth[labelled:] = math.nan
        found = corrected_among(judge, truth, NAMES[: len(truth)])
        assert found and found.interval
        held += found.interval.low <= 0.0 <= found.interval.high
    assert 0.93 <= held / 400 <= 0.985


def test_two_labels_of_other_rows_hold_the_true_mean_as_often_as_they_say():
    held = 0
    rng = np.random.default_rng(3)
    for _ in range(400):
        truth = rng.normal(size=22)
        judge = 0.5 + 0.3 * truth + 0.3 * rng.normal(size=22)
        theta = corrected_mean(judge[2:], NAMES[:20], residual(judge[:2], truth[:2], NAMES[:2]))
        assert theta is not None
        held += theta.low <= 0.0 <= theta.high
    assert 0.93 <= held / 400 <= 0.985


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
    with pytest.raises(ValueError, match=r"judge of shape \(2,\) and people \(1,\)"):
        corrected_among([1.0, 2.0], [1.0], ["a", "b"])
    assert corrected_mean([1.0], ["a"], Residual(0.0, 1.0, 5)) is None
