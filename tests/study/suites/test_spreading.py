from __future__ import annotations

import pytest

from empa_graph.study.suites.spreading import distances, spread_out

ROWS = [("a", "x", 1.0), ("a", "x", 1.1), ("a", "x", 1.2), ("b", "y", 9.0), ("b", "x", 5.0), ("c", "z", None)]


def test_few_of_many_lie_as_far_apart_as_can_be():
    assert {ROWS[place][0] for place in spread_out(ROWS, 3)} == {"a", "b", "c"}
    assert spread_out(ROWS, 2)[0] == 5


def test_all_come_where_fewer_are_there_and_none_of_none():
    assert sorted(spread_out(ROWS, 99)) == [0, 1, 2, 3, 4, 5]
    assert spread_out([], 3) == [] == spread_out(ROWS, 0)


def test_the_same_comes_out_again_and_twins_last():
    twins = [*ROWS, *ROWS]
    assert spread_out(twins, 6) == spread_out(twins, 6)
    assert {place % 6 for place in spread_out(twins, 6)} == {0, 1, 2, 3, 4, 5}


def test_distances_are_those_computed_by_hand():
    found = distances([("a", 1.0), ("a", 3.0), ("b", 2.0), ("b", None)])
    assert found[0].tolist() == pytest.approx([0.0, 0.5, 0.75, 1.0])
    assert found[2].tolist() == pytest.approx([0.75, 0.75, 0.0, 0.5])
    assert (found == found.T).all()
