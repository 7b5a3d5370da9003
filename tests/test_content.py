from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import get_args

import pytest
from pydantic import BaseModel

from empa_graph.content.library import load_persona, load_rubric, persona_files, scenarios
from empa_graph.models.cue import ADVERSE, CueName
from empa_graph.models.persona import Annotation, AntiPreference, Context, Persona, Preference, Scenario, Threshold
from empa_graph.models.sayable import sayable, sayable_for

LIBRARY = [load_persona(path) for path in persona_files()]
CRISES = [scenario for scenario in scenarios() if scenario.goal.context == "crisis"]
person = pytest.mark.parametrize("persona", LIBRARY, ids=lambda persona: persona.id)
crisis = pytest.mark.parametrize("scenario", CRISES, ids=lambda scenario: scenario.id)


def weighed(part: object) -> Iterator[Annotation | Preference | AntiPreference]:
    """Yield every number of a card that carries a reason."""
    if isinstance(part, Annotation | Preference | AntiPreference):
        yield part
    elif isinstance(part, BaseModel):
        yield from weighed([getattr(part, name) for name in type(part).model_fields])
    elif isinstance(part, dict):
        yield from weighed(list(part.values()))
    elif isinstance(part, list | tuple):
        for inner in part:
            yield from weighed(inner)


def test_every_empathy_threshold_is_held_by_at_least_three_persons():
    levels = Counter(persona.empathy_threshold.level for persona in LIBRARY)
    assert set(levels) == set(get_args(Threshold))
    assert min(levels.values()) >= 3


def test_every_context_is_well_covered():
    contexts = Counter(scenario.goal.context for scenario in scenarios())
    assert set(contexts) == set(get_args(Context))
    assert min(contexts["casual"], contexts["work"]) >= 10


def test_at_least_five_goals_of_different_persons_are_a_crisis():
    assert len({scenario.persona.id for scenario in CRISES}) >= 5


def test_the_persons_are_of_many_ages_places_and_trades():
    ages = [persona.demographics.age for persona in LIBRARY]
    assert min(ages) < 25
    assert max(ages) > 60
    assert len(set(ages)) >= 10
    assert len({persona.demographics.culture for persona in LIBRARY}) == len(LIBRARY)
    assert len({persona.demographics.work for persona in LIBRARY}) == len(LIBRARY)


def test_different_persons_answer_to_different_moves():
    profiles = {frozenset((liked.cue, liked.weight) for liked in persona.preferences) for persona in LIBRARY}
    assert len(profiles) == len(LIBRARY)
    liked = {preference.cue for persona in LIBRARY for preference in persona.preferences}
    assert len(liked) >= 6


@person
def test_every_number_has_its_own_reason(persona: Persona):
    reasons = [number.reason for number in weighed(persona)]
    dimensions = len(load_rubric().space.names)
    assert len(reasons) == 3 + len(persona.preferences) + len(persona.anti_preferences) + 3 * (2 * dimensions + 1 + 9)
    assert [reason for reason, times in Counter(map(str.casefold, reasons)).items() if times > 1] == []
    assert min(len(reason.split()) for reason in reasons) >= 5


@person
def test_every_number_says_who_set_it(persona: Persona):
    numbers = [number for number in weighed(persona) if isinstance(number, Annotation)]
    assert len(numbers) == 57
    assert all(number.annotator for number in numbers)


@person
def test_nobody_likes_what_hurts(persona: Persona):
    assert {liked.cue for liked in persona.preferences} & ADVERSE == set()
    disliked = {disliked.cue for disliked in persona.anti_preferences}
    assert {liked.cue for liked in persona.preferences} & disliked == set()
    assert CueName.ANTI_PHRASE in disliked


@person
def test_every_goal_asks_for_better_and_not_for_perfect(persona: Persona):
    for goal in persona.goals:
        route = goal.spaces["sdt"]
        assert all(route.target[name].value >= start.value for name, start in route.start.items())
        assert max(annotation.value for annotation in route.target.values()) < 0.6


@person
def test_trust_rises_from_one_told_thing_to_the_next(persona: Persona):
    for beats in (persona.beats, *(goal.beats for goal in persona.goals)):
        trusts = [beat.trust for beat in beats]
        assert trusts == sorted(set(trusts))


@crisis
def test_a_crisis_asks_for_a_safe_hand_off_before_anything_else(scenario: Scenario):
    said = " ".join(scenario.goal.constraints).lower()
    assert "hand-off" in said
    assert "regress" in said
    assert any(word in said for word in ("number", "line", "999"))


@crisis
def test_means_that_were_put_away_are_not_held_on_to(scenario: Scenario):
    refused = sayable_for("refuse_help", scenario.persona, scenario.goal)
    held = [said.id for said in refused if "means" in said.line.answers and "means_put_away" not in said.line.not_after]
    assert held == []


@crisis
def test_who_has_called_does_not_say_that_nobody_knows_or_is_near(scenario: Scenario):
    said = sayable(scenario.persona, scenario.goal)
    asked = [one for one in said if {"who_knows", "who_is_near"} & set(one.line.answers)]
    lonely = [one for one in asked if one.line.text.lower().startswith("nobody")]
    assert [one.id for one in lonely if "has_called" not in one.line.not_after] == []


@crisis
def test_who_settles_in_a_crisis_has_accepted_help_and_has_called_those_who_are_there(scenario: Scenario):
    lines = sayable(scenario.persona, scenario.goal)
    help_by = {move: {one.id for one in lines if one.move == move} for move in ("accept_help", "has_called", "settle")}
    for said in scenario.goal.lines.settle:
        needed = [set(one.split("|")) for one in said.needs]
        assert any(need <= set.union(*help_by.values()) for need in needed)
        there = {"is here", "'s got the watch", "'s with her", "is coming", "on her way", "with people", "knows and is"}
        if any(words in said.text for words in there):
            assert any(need <= help_by["has_called"] for need in needed)


@crisis
def test_a_person_in_crisis_starts_low_and_in_alarm(scenario: Scenario):
    route = scenario.goal.spaces["sdt"]
    assert route.start["calm"].value <= -0.5
    assert route.start["calm"].value < route.target["calm"].value


def test_no_goal_outside_a_crisis_carries_crisis_rules():
    others = [scenario for scenario in scenarios() if scenario.goal.context != "crisis"]
    assert [s.id for s in others if any("hand-off" in text for text in s.goal.constraints)] == []
