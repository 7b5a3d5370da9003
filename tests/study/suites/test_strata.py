from __future__ import annotations

import random

from hypothesis import given, strategies as st

from empa_graph.study.suites.drawing import even


def test_strata_get_the_same_and_the_rest_goes_where_there_is_room():
    assert even(9, {"a": 5, "b": 5, "c": 5}, random.Random(0)) == {"a": 3, "b": 3, "c": 3}
    assert even(9, {"a": 1, "b": 5, "c": 5}, random.Random(0)) == {"a": 1, "b": 4, "c": 4}
    assert even(9, {"a": 1, "b": 2}, random.Random(0)) == {"a": 1, "b": 2}


def test_what_a_stratum_had_counts_for_it():
    assert even(4, {"a": 5, "b": 5}, random.Random(0), had={"a": 3}) == {"a": 1, "b": 3}


def test_one_more_is_drawn_by_the_seed():
    won = {
        max(found, key=found.__getitem__)
        for seed in range(20)
        if (found := even(1, {"a": 1, "b": 1}, random.Random(seed)))
    }
    assert won == {"a", "b"}
    assert even(1, {}, random.Random(0)) == {}


@given(st.integers(0, 60), st.dictionaries(st.integers(0, 9), st.integers(0, 12), max_size=8), st.integers(0, 9))
def test_no_stratum_is_behind_another_while_it_has_room(n: int, room: dict[int, int], seed: int):
    found = even(n, room, random.Random(seed))
    assert sum(found.values()) == min(n, sum(room.values()))
    assert all(found[key] <= room[key] for key in room)
    behind = [key for key in room if found[key] < room[key]]
    assert all(found[other] <= found[key] + 1 for key in behind for other in room)
