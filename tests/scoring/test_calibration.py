from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from empa_graph.scoring.calibration import deciles

NUMBERS = st.lists(st.tuples(st.integers(0, 9), st.integers(1, 5)), min_size=1, max_size=80)


def test_a_hundred_rows_make_ten_parts_in_order():
    bins = deciles(range(100), [n / 10 for n in range(100)], [str(n) for n in range(100)], seed=0)
    assert [part.n for part in bins] == [10] * 10
    assert [part.metric for part in bins] == [4.5 + 10 * n for n in range(10)]
    assert [part.rating for part in bins] == pytest.approx([0.45 + n for n in range(10)])
    assert all(part.low is not None and part.low < part.rating < (part.high or 0.0) for part in bins)


def test_few_rows_make_fewer_parts():
    assert [part.n for part in deciles(range(12), range(12), list("abcdefghijkl"), seed=0)] == [6, 6]
    assert [part.n for part in deciles([3.0], [4.0], ["a"], seed=0)] == [1]


def test_rows_of_equal_metric_stay_together_and_leave_no_crumbs():
    metric = [0.0] * 40 + [1.0] + [2.0] * 9
    bins = deciles(metric, [1.0] * 50, [str(n) for n in range(50)], seed=0)
    assert [part.n for part in bins] == [41, 9]


@given(NUMBERS)
def test_every_row_stands_in_one_part_and_the_parts_rise(rows: list[tuple[int, int]]):
    metric, rating = zip(*rows, strict=True)
    bins = deciles(metric, rating, [str(n) for n in range(len(rows))], seed=0)
    assert sum(part.n for part in bins) == len(rows) and len(bins) <= 10
    assert [part.metric for part in bins] == sorted(part.metric for part in bins)
    assert sum(part.n * part.rating for part in bins) == pytest.approx(sum(rating))


def test_other_lengths_are_refused():
    with pytest.raises(ValueError, match="as many of each"):
        deciles([1.0], [1.0, 2.0], ["a", "b"], seed=0)
