from __future__ import annotations

from collections import Counter

from empa_graph.content.library import scenarios
from empa_graph.models.persona import Scenario
from empa_graph.study.suites.drawing import Asked, Hardness, Member, drawn, held_out

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
