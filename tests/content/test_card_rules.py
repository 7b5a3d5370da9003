from __future__ import annotations

from pathlib import Path
from typing import Any

from empa_graph.content.card_rules import OWN_IN_CRISIS, Rule, card_faults, placed
from empa_graph.content.library import scenarios
from empa_graph.content.loading import Document
from empa_graph.models.persona import Persona
from tests.persona_parts import OWN
from tests.scripted_parts import CRISIS, SCENARIO

GOAL = [goal.id for goal in SCENARIO.persona.goals].index("call_home")
RISK = [goal.id for goal in CRISIS.persona.goals].index("morning_bridge")


APART: frozenset[Rule] = frozenset({"crisis", "settle"})
"""The rules that the cards of the tests do not hold."""


def faults(persona: Persona, apart: frozenset[Rule] = APART) -> list[str]:
    """Return the faults of ``persona`` without file and line."""
    document = Document(Path("card.yaml"), None, {})
    return [fault.removeprefix("card.yaml: ") for fault in card_faults(document, persona, apart=apart)]


def changed(**own: Any) -> Persona:
    """Return the nurse with other fields in a goal (``goal``), in the card's lines (``lines``) or in the card."""
    card = SCENARIO.persona.model_dump(mode="json")
    card["goals"][GOAL] |= own.pop("goal", {})
    card["lines"] |= own.pop("lines", {})
    return Persona.model_validate(card | own)


def test_the_bundled_cards_hold_every_rule_that_is_held() -> None:
    personas = {scenario.persona.id: scenario.persona for scenario in scenarios()}
    assert len(personas) == 12
    assert {name: found for name, card in personas.items() if (found := faults(card, frozenset()))} == {}


def test_every_line_has_its_place() -> None:
    places = {said.id: field for field, said, _ in placed(SCENARIO.persona)}
    assert places["hesitate:2"] == ("lines", "hesitate", 1)
    assert places["call_home:open:1"] == ("goals", GOAL, "openings", 0)


def test_an_id_stands_once_in_a_card() -> None:
    twice = [{"text": "Hm, hm.", "id": "blue_gate"}, "B?", "C?"]
    assert [f for f in faults(changed(lines={"hesitate": twice})) if "'blue_gate' stands twice" in f]


def test_what_is_needed_can_be_said_in_the_same_goal() -> None:
    lost = [{"text": "So there.", "needs": ["blue_gat"]}, "B?", "C?"]
    (first, *_) = faults(changed(lines={"hesitate": lost}))
    assert first.startswith("lines.hesitate.0.needs: 'blue_gat' is no line that can be said in goal")
    assert "did you mean" in first
    either = [{"text": "So there.", "needs": ["blue_gat|fifteenth"], "not_in": _others()}, "B?", "C?"]
    assert faults(changed(lines={"hesitate": either})) == []


def test_what_bars_a_line_is_a_line_a_beat_or_a_move() -> None:
    barred = [{"text": "So there.", "not_after": ["has_called", "blue_gate"]}, "B?", "C?"]
    assert faults(changed(lines={"hesitate": barred})) == []
    unknown = [{"text": "So there.", "not_after": ["has_caled"]}, "B?", "C?"]
    (first, *_) = faults(changed(lines={"hesitate": unknown}))
    assert first.startswith(
        "lines.hesitate.0.not_after: 'has_caled' is no line, beat or move; did you mean 'has_called'"
    )


def _others() -> list[str]:
    return [goal.id for goal in SCENARIO.persona.goals if goal.id != "call_home"]


def test_needs_that_wait_for_each_other_are_a_fault() -> None:
    lines = {"hesitate": [{"text": "A?", "id": "aa", "needs": ["bb"]}, {"text": "B?", "id": "bb", "needs": ["aa"]}]}
    assert faults(changed(goal={"lines": lines})) == [
        f"goals.{GOAL}.lines.hesitate.{place}.needs: never met in goal 'call_home': its needs wait for each other"
        for place in (0, 1)
    ]


def test_an_excluded_goal_is_one_of_the_card() -> None:
    (fault,) = faults(changed(lines={"hesitate": [{"text": "A?", "not_in": ["call_hom"]}, "B?", "C?"]}))
    assert fault == "lines.hesitate.0.not_in: unknown goal 'call_hom'; did you mean 'call_home'?"


def test_brief_lines_and_connectives_have_few_words() -> None:
    brief = faults(changed(lines={"brief": ["Yes, I do think so."]}))
    assert brief == ["lines.brief.0: 5 words, allowed are 4"]
    assert faults(changed(connectives={"yes": ["Yes, yes.", "Well that is it then."]})) == [
        "connectives.yes.1: 5 words, allowed are 4"
    ]


def test_a_line_keeps_within_the_length_of_the_voice_but_for_answers_about_danger() -> None:
    long = "so " * 200
    assert "the voice writes" in faults(changed(lines={"hesitate": [long, "B?", "C?"]}))[0]
    assert faults(changed(lines={"answer_no": [long]})) == []


def test_two_lines_that_say_nearly_the_same_are_a_fault() -> None:
    twins = ["The corridor smells of bleach and toast.", "The corridor still smells of toast and bleach.", "C?"]
    assert faults(changed(lines={"hesitate": twins})) == ["lines.hesitate.1: says nearly the same as 'hesitate:1'"]


def test_two_lines_with_the_same_words_are_a_fault_however_short_they_are() -> None:
    twins = ["I don\u2019t know.", "Hm.", "i do not know", "..."]
    assert faults(changed(lines={"hesitate": twins})) == ["lines.hesitate.2: has the same words as 'hesitate:1'"]
    long = ["The corridor doesn't smell of toast.", "The corridor does not smell of toast!", "C?"]
    assert faults(changed(lines={"hesitate": long})) == ["lines.hesitate.1: has the same words as 'hesitate:1'"]


def test_the_same_words_may_stand_where_they_are_never_said_for_the_same() -> None:
    own = {"lines": {"hesitate": ["Hm, hm."], "settle": ["Right then.", "That will do."]}}
    assert faults(changed(lines={"hesitate": ["Hm, hm.", "B?", "C?"]}, goal=own)) == []


def all_held(persona: Persona) -> list[str]:
    return faults(persona, frozenset())


def risky(goal: dict[str, Any]) -> Persona:
    card = CRISIS.persona.model_dump(mode="json")
    for each in card["goals"]:
        each["lines"] = {"settle": ["I can go in now.", "That is done."]}
    card["goals"][RISK] |= goal
    return Persona.model_validate(card)


def test_a_goal_settles_in_its_own_words() -> None:
    found = all_held(SCENARIO.persona)
    assert f"goals.{GOAL}.lines.settle: a goal has two settle lines of its own, or more" in found


def test_a_crisis_says_what_is_true_about_danger_and_has_a_content_note() -> None:
    assert all_held(risky({})) == [
        f"goals.{RISK}.content_note: a crisis goal has a content note",
        f"goals.{RISK}.danger: a crisis goal says what is true about danger",
    ]


def test_a_crisis_has_lines_of_its_own_for_all_that_may_come() -> None:
    danger = {"suicidal": True, "means": "the railing", "note": "His sister is near."}
    goal: dict[str, Any] = {"danger": danger, "content_note": ["suicide"], "lines": {"settle": ["A?", "B?"]}}
    lacking = {fault.partition(":")[0].rpartition(".")[2] for fault in all_held(risky(goal))}
    assert lacking == {*OWN_IN_CRISIS, "push_back", "answer_yes", "means_put_away"} - {"settle"}
    whole = {move: ["One.", "Two."] for move in OWN_IN_CRISIS} | {"push_back": {"any": ["No.", "Nope."]}}
    goal["lines"] = whole | {name: OWN[name] for name in ("answer_yes", "means_put_away")}
    assert all_held(risky(goal)) == []


def test_a_danger_to_one_alone_needs_an_answer_for_the_other() -> None:
    danger = {"suicidal": False, "harm_to_others": True, "note": "She is afraid of herself."}
    found = all_held(risky({"danger": danger, "content_note": ["violence"]}))
    assert any(".answer_no: 0 lines of its own, a crisis goal has 2" in fault for fault in found)
