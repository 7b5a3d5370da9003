from __future__ import annotations

import math

import pytest

from empa_graph.scoring.support import CAP, SCALE, Reference, support

SIGNS = (1, -1)
QUANTILES = (-2.0, -1.0, 0.0, 1.0, 2.0)
SPREAD = math.sqrt(2.0)


def of(told: tuple[float, float]) -> Reference:
    return Reference(means=(1.0, 0.5), spreads=(0.5, 0.25), told=told, quantiles=QUANTILES)


def logistic(total: float) -> float:
    return 1.0 / (1.0 + math.exp(-total / SPREAD / SCALE))


@pytest.mark.parametrize(
    ("told", "total"),
    [((1.0, 1.0), 1.0), ((1.0, 0.0), 2.0), ((0.5, 1.0), 0.0), ((0.0, 0.5), -0.5)],
)
def test_an_axis_counts_as_much_as_the_coder_tells_it(told: tuple[float, float], total: float):
    # One reply: two spreads above the mean supporter on the good axis, one spread on the bad one.
    found = support([[2.0, 0.75]], SIGNS, of(told))
    assert found.value == pytest.approx(logistic(total))
    assert found.percentile == pytest.approx((total + 2.0) / 4.0)
    assert found.low is None and found.high is None


def test_the_mean_over_replies_is_placed_with_an_interval_around_it():
    found = support([[2.0, 0.5], [1.0, 0.5]], SIGNS, of((1.0, 1.0)))
    assert found.value == pytest.approx(logistic(1.0))
    assert found.low is not None and found.high is not None and found.low < found.value < found.high


def test_a_capped_conversation_is_placed_no_higher_than_the_lowest_supporters_and_loses_nothing_below():
    high, low = ([[axis, 0.5]] for axis in (3.0, 0.0))
    assert support(high, SIGNS, of((1.0, 1.0)), capped=True).percentile == pytest.approx(CAP)
    assert support(low, SIGNS, of((1.0, 1.0)), capped=True) == support(low, SIGNS, of((1.0, 1.0)))


@pytest.mark.parametrize("codes", [[], [[1.0]], [1.0, 2.0]])
def test_codes_of_another_shape_are_refused(codes: list[object]):
    with pytest.raises(ValueError, match="expected is"):
        support(codes, SIGNS, of((1.0, 1.0)))
