from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given, strategies as st

from empa_graph.content.library import scenarios
from empa_graph.models.persona import Scenario
from empa_graph.study.suites.drawing import Asked, Hardness, Member, drawn, even, held_out

NAMES = [f"person_{number}" for number in range(2_000)]

ALL = scenarios()
HARD = {one.id: Hardness(float(place), 0.1) for place, one in enumerate(ALL)}
"""The later in the list, the harder."""


def suite(asked: Asked, pool: tuple[Scenario, ...] = ALL, **more: object) -> tuple[Member, ...]:
    return drawn(pool, asked, **{"hard": {}, **more})  # type: ignore[arg-type]


def ids(members: tuple[Member, ...]) -> list[str]:
    return [one.scenario.id for one in members]


def test_a_suite_is_even_over_what_it_is_balanced_by():
    found = suite(Asked(12, ("context",)))
    assert Counter(one.stratum for one in found) == {("casual",): 4, ("work",): 4, ("crisis",): 4}
    assert len(set(ids(found))) == 12


def test_two_aspects_are_balanced_together():
    found = Counter(one.stratum for one in suite(Asked(9, ("threshold", "context"))))
    assert len(found) == 9 and set(found.values()) == {1}


def test_persons_are_spread_within_a_stratum():
    found = suite(Asked(12, ("language",)))
    assert len({one.scenario.persona.id for one in found}) == 12


def test_the_seed_draws_the_same_again_and_another_one_others():
    assert suite(Asked(12)) == suite(Asked(12))
    assert ids(suite(Asked(12))) != ids(suite(Asked(12, seed=1)))


def test_the_hardest_come_first_up_to_their_share():
    found = suite(Asked(8, ("language",), adversarial=0.5), hard=HARD)
    hardest = [one.scenario.id for one in found if one.how == "adversarial"]
    assert sorted(hardest) == sorted(one.id for one in ALL[-4:])
    assert len(found) == 8


def test_where_agents_lie_apart_is_harder_too():
    apart = HARD | {ALL[3].id: Hardness(34.5, 9.0)}
    (first,) = (one for one in suite(Asked(4, ("language",), adversarial=0.25), hard=apart) if one.how == "adversarial")
    assert first.scenario.id == ALL[3].id


def test_no_stratum_takes_more_than_twice_its_share_of_the_hardest():
    hard = {one.id: Hardness(50.0 if one.goal.context == "work" else 1.0, 0.0) for one in ALL}
    found = suite(Asked(12, ("context",), adversarial=0.5), hard=hard)
    assert Counter(one.stratum for one in found if one.how == "adversarial")[("work",)] == 4
    assert Counter(one.stratum for one in found) == {("casual",): 4, ("work",): 4, ("crisis",): 4}


def test_of_unknown_hardness_none_is_taken_as_hard():
    hard = {ALL[0].id: Hardness(9.0, 0.1), ALL[1].id: Hardness(None, 0.9)}
    found = suite(Asked(4, ("language",), adversarial=1.0), hard=hard)
    assert [one.scenario.id for one in found if one.how == "adversarial"] == [ALL[0].id] and len(found) == 4


def test_a_person_is_on_one_side_and_stays_there_when_others_come():
    few, asked = ALL[:18], Asked(36, held_out=0.4)
    before, after = suite(asked, few), suite(asked)
    sides = {one.scenario.persona.id: one.part for one in before}
    assert all(sides.get(one.scenario.persona.id, one.part) == one.part for one in after)
    assert {one.part for one in after} == {"public", "held-out"}
    held = {one.scenario.persona.id for one in after if one.part == "held-out"}
    assert all(held_out(name, share=0.4) for name in held)


def test_a_part_without_enough_scenarios_comes_out_smaller():
    assert len(suite(Asked(36, held_out=0.0))) == 36
    assert len(suite(Asked(100))) == 36


def test_values_that_stand_on_no_card_can_be_balanced_over():
    known = {one.id: {"difficulty": "hard" if place < 2 else "easy"} for place, one in enumerate(ALL)}
    found = suite(Asked(4, ("difficulty",)), known=known)
    assert Counter(one.stratum for one in found) == {("hard",): 2, ("easy",): 2}


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5])
def test_about_the_share_of_persons_is_held_out(share: float):
    assert sum(held_out(name, share=share) for name in NAMES) / len(NAMES) == pytest.approx(share, abs=0.03)


def test_whom_a_smaller_share_holds_out_a_larger_one_keeps():
    small = {name for name in NAMES if held_out(name, share=0.1)}
    assert small and small <= {name for name in NAMES if held_out(name, share=0.3)}


def test_another_salt_gives_another_split_and_the_same_one_the_same():
    one, other = ([held_out(name, share=0.5, salt=salt) for name in NAMES] for salt in ("a", "b"))
    assert one != other and 0.4 < sum(a == b for a, b in zip(one, other, strict=True)) / len(NAMES) < 0.6


def test_the_split_is_the_one_that_was_published():
    names = ("night_nurse", "exam_student", "farm_heir", "apprentice_electrician")
    assert [held_out(name, share=0.25) for name in names] == [False, False, False, True]


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
