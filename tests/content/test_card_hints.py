from __future__ import annotations

from empa_graph.content.card_hints import hints
from empa_graph.models.persona import Persona
from tests.scripted_parts import SCENARIO


def hinted(*lines: str) -> list[str]:
    """Return the hints of a card whose hesitant lines are ``lines``, without those it has anyway."""
    card = SCENARIO.persona.model_dump(mode="json")
    card["lines"] |= {"hesitate": [*lines, "Hm.", "So.", "Well."]}
    return [hint for hint in hints(Persona.model_validate(card)) if "hesitate:" in hint]


def test_a_name_in_two_forms_is_hinted_with_its_places() -> None:
    assert hinted("My cousin Kwame came.", "Cousin or not.", "My cousin, Kofi, left.") == [
        "night_nurse: 'cousin Kwame' (hesitate:1); 'cousin Kofi' (hesitate:3)"
    ]


def test_a_thing_counted_twice_is_hinted_in_words_and_figures() -> None:
    assert hinted("Nine gulls sat there.", "I saw 11 gulls.") == [
        "night_nurse: 'nine gulls' (hesitate:1); '11 gulls' (hesitate:2)"
    ]


def test_what_agrees_or_is_no_thing_is_not_hinted() -> None:
    assert hinted("Nine gulls.", "Nine gulls again.", "Two with sugar, one with milk.") == []


def test_days_on_which_the_settle_lines_of_a_goal_differ_are_hinted() -> None:
    card = SCENARIO.persona.model_dump(mode="json")
    goal = card["goals"][0]
    goal["lines"]["settle"] = ["Tuesday I go.", "It is every Thursday, then.", "Still going."]
    (hint,) = [hint for hint in hints(Persona.model_validate(card)) if ":settle:" in hint]
    assert hint == f"night_nurse: 'tuesday' ({goal['id']}:settle:1); 'thursday' ({goal['id']}:settle:2)"
