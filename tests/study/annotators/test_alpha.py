"""Alpha by hand, and as the ``krippendorff`` package has it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pytest
from hypothesis import given, strategies as st

from empa_graph.study.annotators.alpha import FEWEST, alpha
from empa_graph.study.annotators.distances import Measure, Value

NUMBERS: list[list[Value]] = [[1.0, 1.0], [2.0, 3.0], [3.0, 3.0, 2.0], [1.0]]
"""Four conversations; the last was marked once and does not count."""


def test_interval_alpha_by_hand():
    # Pairable values: 1 1 | 2 3 | 3 3 2, n = 7; two 1s, two 2s, three 3s.
    # Observed: within (2 3) both ordered pairs differ by 1: 2 * 1 / (2 - 1) = 2; within (3 3 2) four ordered pairs
    # differ by 1: 4 / (3 - 1) = 2. (2 + 2) / 7 = 4/7.
    # Expected: 1-2: 2 * 2 pairs by 1, 1-3: 2 * 3 by 4, 2-3: 2 * 3 by 1: 4 + 24 + 6 = 34, both ways 68; 68 / (7 * 6).
    assert alpha(Measure("interval"), NUMBERS).value == pytest.approx(1 - (4 / 7) / (68 / 42))


def test_nominal_alpha_by_hand():
    # Observed as above, for every pair that differs counts 1: 4/7. Expected: 4 + 6 + 6 = 16, both ways 32; 32 / 42.
    assert alpha(Measure("nominal"), NUMBERS).value == pytest.approx(1 - (4 / 7) / (32 / 42)) == 0.25


def test_ordinal_alpha_by_hand():
    # With 2, 2 and 3 values of the levels: 1-2: (2 + 2)/2 = 2 squared 4; 2-3: (2 + 3)/2 = 2.5 squared 6.25;
    # 1-3: 2/2 + 2 + 3/2 = 4.5 squared 20.25.
    # Observed: (2 * 6.25 + 2 * 6.25) / 7 = 25/7. Expected: 4 * 4 + 6 * 20.25 + 6 * 6.25 = 175, both ways 350 / 42.
    measure = Measure("ordinal", (1.0, 2.0, 3.0))
    assert alpha(measure, NUMBERS).value == pytest.approx(1 - (25 / 7) / (350 / 42))


def test_alpha_of_sets_by_hand():
    # MASI: a-ab: 2/3. Values: a a | a ab, n = 4, three a and one ab.
    # Observed: 2 * 2/3 / 4 = 1/3. Expected: 3 * 1 * 2/3 both ways = 4; 4 / 12 = 1/3.
    units: list[list[Value]] = [[("a",), ("a",)], [("a",), ("a", "b")]]
    assert alpha(Measure("set"), units).value == pytest.approx(0.0)


def test_alpha_of_orders_by_hand():
    # Kendall: ab-ba: 1. ab ab | ba ba: observed 0.
    units: list[list[Value]] = [[("a", "b"), ("a", "b")], [("b", "a"), ("b", "a")]]
    assert alpha(Measure("order"), units).value == pytest.approx(1.0)


@pytest.mark.parametrize("scale", ["interval", "ordinal", "nominal"])
def test_it_is_what_the_library_gives(scale: Literal["interval", "ordinal", "nominal"]):
    krippendorff = pytest.importorskip("krippendorff")
    dice = np.random.default_rng(7)
    tables = [dice.integers(0, 4, (3, 30)).astype(float) for _ in range(3)]
    for table in tables:
        table[:, :20] = np.clip(table[0, :20] + dice.integers(-1, 2, (3, 20)), 0, 3)
        table[dice.random(table.shape) < 0.2] = np.nan
    tables.append(np.array([[1, 2, 3, 1], [1, 3, 3, np.nan], [np.nan, np.nan, 2, np.nan]]))
    for table in tables:
        units: list[Sequence[Value]] = [[float(v) for v in row if not np.isnan(v)] for row in table.T]
        ours = alpha(Measure(scale, (0.0, 1.0, 2.0, 3.0)), units)
        theirs = krippendorff.alpha(reliability_data=table, level_of_measurement=scale)
        assert ours.value == pytest.approx(theirs, abs=1e-12)


def test_an_interval_needs_conversations_and_holds_the_value():
    few, many = NUMBERS, NUMBERS * 5
    assert alpha(Measure("interval"), few)[1:] == (
        None,
        None,
        3,
        f"an interval needs {FEWEST} conversations that two marked",
    )
    found = alpha(Measure("interval"), many, seed=1)
    assert found.n == 15 and found.low is not None and found.high is not None and found.value is not None
    assert found.low < found.value < found.high <= 1
    assert found == alpha(Measure("interval"), many, seed=1)


def test_where_alpha_is_not_defined_it_is_none_and_says_why():
    assert alpha(Measure("nominal"), [["work"], []])[0::4] == (None, "no conversation was marked by two")
    assert alpha(Measure("nominal"), [["work", "work"]])[0::4] == (None, "all gave the same value throughout")


@given(st.lists(st.lists(st.sampled_from([0.0, 1.0, 2.0, 3.0]), min_size=1, max_size=4), min_size=1, max_size=8))
def test_who_gave_a_value_does_not_count_and_it_is_never_above_1(units: list[list[Value]]):
    for scale in ("interval", "ordinal", "nominal"):
        measure = Measure(scale, (0.0, 1.0, 2.0, 3.0))  # type: ignore[arg-type]
        one, turned = alpha(measure, units), alpha(measure, [unit[::-1] for unit in units[::-1]])
        assert one.value is None or one.value <= 1.0
        assert turned.value == pytest.approx(one.value)
