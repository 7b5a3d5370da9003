from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, strategies as st

from empa_graph.scoring.agreement import agreement, ordinal_alpha, vote_table, weighted_kappa

NAN = math.nan
TABLES = st.integers(2, 4).flatmap(
    lambda judges: st.lists(
        st.lists(st.sampled_from([0.0, 1.0, 2.0, NAN]), min_size=judges, max_size=judges), min_size=1, max_size=12
    ).map(lambda units: np.array(units).T)
)


def test_krippendorffs_published_example_of_four_observers() -> None:
    """K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), table D: twelve units, ordinal 0.815."""
    observers = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, NAN, NAN, NAN],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NAN, 3],
        [NAN, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NAN],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NAN],
    ]
    assert ordinal_alpha(observers) == pytest.approx(0.815, abs=5e-4)


def test_alpha_by_hand() -> None:
    """Pairs (0,0) (1,1) (2,2) (0,1): n = 3, 3, 2 of 0, 1, 2.

    Ordinal distances: d01 = 3^2 = 9, d12 = 2.5^2 = 6.25, d02 = 5.5^2 = 30.25. Observed: one pair 0-1, both ways, 18.
    Expected: 2 * (3*3*9 + 3*2*6.25 + 3*2*30.25) / 7 = 600 / 7. Alpha = 1 - 18 * 7 / 600 = 0.79.
    """
    assert ordinal_alpha([[0, 1, 2, 0], [0, 1, 2, 1]]) == pytest.approx(0.79)


def test_agreement_is_1_and_systematic_disagreement_is_below_0() -> None:
    assert ordinal_alpha([[0, 1, 2], [0, 1, 2]]) == 1.0
    found = ordinal_alpha([[0, 2], [2, 0]])
    assert found is not None and found < 0


@pytest.mark.parametrize(
    "levels",
    [
        [[1, 1, 1], [1, 1, 1]],
        [[0, 1, 2]],
        [[0, 1, NAN], [NAN, NAN, 2]],
        [[NAN, NAN], [NAN, NAN]],
        [[1, 0, 2], [1, NAN, NAN]],
        [[], []],
    ],
)
def test_where_alpha_is_not_defined_it_is_none_and_never_0(levels: list[list[float]]) -> None:
    assert ordinal_alpha(levels) is None


@given(TABLES)
def test_alpha_is_at_most_1_and_defined_by_what_can_be_paired(levels: np.ndarray) -> None:
    found = ordinal_alpha(levels)
    paired = [unit[~np.isnan(unit)] for unit in levels.T if np.count_nonzero(~np.isnan(unit)) >= 2]
    assert (found is None) == (len({level for unit in paired for level in unit}) < 2)
    assert found is None or found <= 1.0


@given(TABLES)
def test_votes_that_cannot_be_paired_and_the_order_of_judges_change_nothing(levels: np.ndarray) -> None:
    lonely = np.full((levels.shape[0], 1), NAN)
    lonely[0] = 2.0
    found = ordinal_alpha(levels)
    again = ordinal_alpha(np.hstack([levels, lonely])[::-1])
    assert (found is None) == (again is None)
    assert found is None or found == pytest.approx(again)


def test_agreement_is_by_item_and_overall_over_the_units_of_all() -> None:
    good, bad = [[0, 1, 2, 0], [0, 1, 2, 1]], [[0, 2], [2, 0]]
    found = agreement({"calm": good, "proactive": bad, "flat": [[1], [1]]})
    assert found.by_item == {"calm": ordinal_alpha(good), "proactive": ordinal_alpha(bad), "flat": None}
    assert found.overall == ordinal_alpha(np.hstack([good, bad, [[1], [1]]]))


def test_no_items_agree_on_nothing() -> None:
    assert agreement({}) == (None, {})


def test_votes_become_a_table_with_nan_for_the_missing() -> None:
    table = vote_table([{"a": 1, "b": 2}, {"b": 0}], ["a", "b", "c"])
    assert np.array_equal(table, [[1, NAN], [2, 0], [NAN, NAN]], equal_nan=True)
    assert vote_table([], ["a", "b"]).shape == (2, 0)


@pytest.mark.parametrize("levels", [[0, 1], [[[0]]], [[0, math.inf], [0, 1]]])
def test_what_is_no_table_of_levels_is_refused(levels: object) -> None:
    with pytest.raises(ValueError, match="level"):
        ordinal_alpha(levels)  # type: ignore[arg-type]  # wrong on purpose


def test_items_of_different_panels_are_refused() -> None:
    with pytest.raises(ValueError, match="different numbers of judges"):
        agreement({"a": [[0], [1]], "b": [[0], [1], [2]]})


def test_weighted_kappa_by_hand():
    # observed (0 + 1 + 0) / 3; by chance (0 + 4 + 4 + 1 + 1 + 1 + 4 + 0 + 0) / 9
    assert weighted_kappa([0, 1, 2], [0, 2, 2]) == pytest.approx(1 - (1 / 3) / (15 / 9))


def test_weighted_kappa_of_the_same_is_one_of_the_opposite_below_zero_and_of_one_number_none():
    assert weighted_kappa([0, 1, 2, 3], [0, 1, 2, 3]) == 1.0
    assert weighted_kappa([0, 1, 2, 3], [3, 2, 1, 0]) == pytest.approx(-1.0)
    assert weighted_kappa([1, 1], [1, 1]) is None


@pytest.mark.parametrize(("first", "second"), [([1.0], [1.0, 2.0]), ([[1.0]], [[1.0]]), ([float("nan")], [1.0])])
def test_weighted_kappa_refuses_other_shapes(first: list[float], second: list[float]):
    with pytest.raises(ValueError, match="needed are two of"):
        weighted_kappa(first, second)
