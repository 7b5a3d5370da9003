from __future__ import annotations

import numpy as np
import pytest

from empa_graph.scoring.ridge import PENALTIES, fitted, out_of_fold

RNG = np.random.default_rng(0)
GROUPS = [str(n) for n in range(60)]


def test_one_metric_is_fitted_as_by_hand():
    # standardised x is -1, 1 in equal parts, y is 0, 4: weight = (2 n) / (n + penalty n) = 2 / (1 + penalty)
    x, y = np.array([[0.0], [10.0]] * 10), np.array([0.0, 4.0] * 10)
    found = fitted(x, y, [str(n) for n in range(20)], seed=0)
    assert found.penalty == PENALTIES[0]
    assert found.weights == pytest.approx([2.0 / (1.0 + found.penalty)])
    assert (found.means[0], found.scales[0], found.intercept) == (5.0, 5.0, 2.0)
    assert found.predicted([[5.0], [10.0]]) == pytest.approx([2.0, 2.0 + found.weights[0]])


def test_weights_do_not_depend_on_the_units_of_a_metric():
    x = RNG.normal(size=(60, 2))
    y = x @ [1.0, -2.0] + RNG.normal(size=60)
    one, other = fitted(x, y, GROUPS, seed=0), fitted(x * [100.0, 0.01] + 7.0, y, GROUPS, seed=0)
    assert one.weights == pytest.approx(other.weights)
    assert one.weights[1] < 0.0 < one.weights[0]


def test_a_metric_that_does_not_vary_gets_no_weight():
    x = np.column_stack([RNG.normal(size=60), np.full(60, 0.1)])
    found = fitted(x, x[:, 0], GROUPS, seed=0)
    assert found.weights[1] == 0.0 and found.scales[1] == 1.0


def test_noise_is_shrunk_to_nothing():
    found = fitted(RNG.normal(size=(60, 5)), RNG.normal(size=60), GROUPS, seed=0)
    assert found.penalty >= 1.0


def test_what_is_predicted_of_a_group_knows_nothing_of_it():
    x, y = RNG.normal(size=(60, 3)), RNG.normal(size=60)
    y[7] += 1_000.0
    told = y.copy()
    told[7] = 0.0
    assert out_of_fold(x, y, GROUPS, seed=0)[7] == pytest.approx(out_of_fold(x, told, GROUPS, seed=0)[7])


def test_rows_of_one_group_are_left_out_together():
    x = np.eye(10)[np.repeat(np.arange(10), 6)]  # the metric is the group: nothing to be learnt of another
    y = np.repeat(RNG.normal(size=10), 6)
    groups = np.repeat(np.arange(10), 6).astype(str).tolist()
    apart = np.corrcoef(out_of_fold(x, y, groups, seed=0), y)[0, 1]
    leaking = np.corrcoef(out_of_fold(x, y, GROUPS, seed=0), y)[0, 1]
    assert apart < 0.1 and leaking > 0.9


def test_the_seed_decides_all():
    x, y = RNG.normal(size=(60, 3)), RNG.normal(size=60)
    one, two, other = (out_of_fold(x, y, GROUPS, seed=seed) for seed in (1, 1, 2))
    assert (one == two).all() and (one != other).any()


@pytest.mark.parametrize(
    ("x", "y", "groups", "why"),
    [
        ([[1.0], [2.0]], [1.0, 2.0], ["a", "a"], "one group"),
        ([[1.0], [np.nan]], [1.0, 2.0], ["a", "b"], "not finite"),
        ([1.0, 2.0], [1.0, 2.0], ["a", "b"], "allowed are"),
        ([[], []], [1.0, 2.0], ["a", "b"], "allowed are"),
    ],
)
def test_what_cannot_be_fitted_is_refused(x: object, y: object, groups: list[str], why: str):
    with pytest.raises(ValueError, match=why):
        fitted(x, y, groups, seed=0)  # type: ignore[arg-type]


def test_rows_that_may_not_be_learned_from_are_foretold_all_the_same():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(60, 1))
    told = np.arange(60) < 30
    y = np.where(told, x[:, 0], -x[:, 0])
    groups = [str(place) for place in range(60)]
    found = out_of_fold(x, y, groups, seed=0, told=told)
    assert np.corrcoef(found, x[:, 0])[0, 1] > 0.99
    assert abs(np.corrcoef(out_of_fold(x, y, groups, seed=0), x[:, 0])[0, 1]) < 0.99
    with pytest.raises(ValueError, match="leaves no row"):
        out_of_fold(x, y, groups, seed=0, told=np.zeros(60))
