from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from empa_graph.content.library import scenarios
from empa_graph.models.persona import AntiPreference, Persona, Scenario

SCENARIO = scenarios()[0]
CARD = SCENARIO.persona
Card = dict[str, Any]


def crisis_without_constraints(card: Card) -> None:
    card["goals"][0].update(context="crisis", constraints=[])


def no_goal(card: Card) -> None:
    card["goals"] = []


def a_goal_without_a_start(card: Card) -> None:
    card["goals"][0]["spaces"] = {}


def half_a_start(card: Card) -> None:
    card["goals"][0]["spaces"]["sdt"].update(radius=None)


def points_and_levels(card: Card) -> None:
    spaces = card["goals"][0]["spaces"]
    spaces["sdt"]["levels"] = spaces["epm"]["levels"]


def neither_points_nor_levels(card: Card) -> None:
    card["goals"][0]["spaces"]["sdt"] = {}


def too_many_spaces(card: Card) -> None:
    spaces = card["goals"][0]["spaces"]
    spaces.update({f"space_{number}": spaces["sdt"] for number in range(20)})


def an_old_start(card: Card) -> None:
    card["goals"][0] |= card["goals"][0].pop("spaces")["sdt"]


def old_levels(card: Card) -> None:
    card["goals"][0]["epm"] = card["goals"][0].pop("spaces")["epm"]["levels"]


def a_level_above_three(card: Card) -> None:
    card["goals"][0]["spaces"]["epm"]["levels"] = {"c1": {"value": 4, "annotator": "somebody", "reason": "Too much."}}


def half_a_level(card: Card) -> None:
    card["goals"][0]["spaces"]["epm"]["levels"] = {
        "c1": {"value": 1.5, "annotator": "somebody", "reason": "In between."}
    }


def a_goal_twice(card: Card) -> None:
    card["goals"][1]["id"] = card["goals"][0]["id"]


def a_beat_of_the_person_told_again_by_a_goal(card: Card) -> None:
    card["goals"][2]["beats"][0]["id"] = card["beats"][0]["id"]


def a_negative_weight(card: Card) -> None:
    values = [card["priorities"][need] for need in ("cognitive", "affective", "motivational")]
    for weight, value in zip(values, (1.2, -0.4, 0.2), strict=True):
        weight["value"] = value


def weights_above_one(card: Card) -> None:
    card["priorities"]["cognitive"]["value"] += 0.25


def a_falling_range(card: Card) -> None:
    card["voice"]["words"] = [40, 3]


def a_minor(card: Card) -> None:
    card["demographics"]["age"] = 17


def an_unknown_cue(card: Card) -> None:
    card["preferences"][0]["cue"] = "flattery"


def a_name_with_a_slash(card: Card) -> None:
    card["id"] = "../etc"


def a_number_without_a_reason(card: Card) -> None:
    del card["goals"][0]["spaces"]["sdt"]["radius"]["reason"]


def an_infinite_target(card: Card) -> None:
    card["goals"][0]["spaces"]["sdt"]["target"]["calm"]["value"] = float("inf")


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (crisis_without_constraints, "states its constraints"),
        (no_goal, "at least 1 item"),
        (a_goal_without_a_start, "spaces[^$]*at least 1 item"),
        (points_and_levels, "a space holds either start, target and radius, or levels"),
        (neither_points_nor_levels, "a space holds either start, target and radius, or levels"),
        (too_many_spaces, "at most 20 items"),
        (an_old_start, r"'start' stands under spaces: \{sdt: \{start, target, radius\}\}"),
        (old_levels, r"'epm' stands under spaces: \{epm: \{levels\}\}"),
        (half_a_start, "start, target and radius come together"),
        (a_level_above_three, "4 is no level, allowed are 0, 1, 2 and 3"),
        (half_a_level, "1.5 is no level"),
        (a_goal_twice, "goal ids repeat"),
        (a_beat_of_the_person_told_again_by_a_goal, "beat ids repeat"),
        (a_negative_weight, "the priority 'affective' is -0.4, allowed is 0 to 1"),
        (weights_above_one, "sum to 1.25, allowed is 1"),
        (a_falling_range, "rises from low to high"),
        (a_minor, "greater than or equal to 18"),
        (an_unknown_cue, "Input should be 'style_match'"),
        (a_name_with_a_slash, "should match pattern"),
        (a_number_without_a_reason, "Field required"),
        (an_infinite_target, "finite number"),
    ],
)
def test_a_card_that_breaks_a_rule_is_refused(spoil: Callable[[Card], None], complaint: str):
    card = CARD.model_dump(mode="json")
    spoil(card)
    with pytest.raises(ValidationError, match=complaint):
        Persona.model_validate(card)


def test_an_anti_preference_names_either_a_cue_or_phrases():
    for wrong in ({"cue": "judging", "phrases": ["calm down"]}, {"phrases": []}):
        with pytest.raises(ValidationError, match="either a cue or phrases"):
            AntiPreference.model_validate({"weight": 0.5, "reason": "heard it too often", **wrong})


def test_a_card_is_frozen_to_its_leaves():
    parts: list[BaseModel] = [CARD, CARD.voice, CARD.goals[0], CARD.goals[0].beats[0], CARD.goals[0].spaces["sdt"]]
    for part in parts:
        with pytest.raises(ValidationError, match="frozen"):
            setattr(part, next(iter(type(part).model_fields)), "other")


@pytest.mark.parametrize("where", ["voice", "demographics", "traits", "lines", "priorities", "empathy_threshold"])
def test_each_part_of_a_card_refuses_a_field_it_does_not_know(where: str):
    card = CARD.model_dump(mode="json")
    card[where]["mood"] = "blue"
    with pytest.raises(ValidationError, match="extra_forbidden") as caught:
        Persona.model_validate(card)
    assert caught.value.errors()[0]["loc"] == (where, "mood")


@pytest.mark.parametrize("scenario", scenarios(), ids=lambda scenario: scenario.id)
def test_every_bundled_scenario_comes_back_from_json(scenario: Scenario):
    assert Scenario.model_validate_json(scenario.model_dump_json()) == scenario


def test_a_scenario_is_named_after_its_person_and_its_goal():
    assert SCENARIO.id == f"{CARD.id}/{CARD.goals[0].id}"
