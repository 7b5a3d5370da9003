from __future__ import annotations

import random

from empa_graph.models.episode import PersonaState
from empa_graph.models.line import Beat, Line
from empa_graph.models.persona import Scenario
from empa_graph.models.sayable import Move
from empa_graph.roles.persona.heard import Heard
from empa_graph.roles.persona.lines import SILENCE, Spoken, fitting, line_for, next_beat, untold
from tests.persona_parts import with_lines
from tests.scripted_parts import SCENARIO

STATE = PersonaState(trust=0.4, openness=0.4)
NURSE = SCENARIO.persona


def said_until_leave(move: Move, scenario: Scenario) -> list[Spoken]:
    state, said = STATE, []
    while not said or said[-1].move != "leave":
        said.append(line_for(move, state, scenario, random.Random(len(said))))
        state = state.model_copy(update={"spoken": (*state.spoken, said[-1].id)})
    return said


def with_beats(*beats: Beat) -> Scenario:
    goal = SCENARIO.goal.model_copy(update={"beats": beats})
    return Scenario(persona=NURSE.model_copy(update={"beats": ()}), goal=goal)


def test_no_line_is_ever_said_twice_and_after_the_last_the_person_leaves() -> None:
    for move in ("elaborate", "push_back", "settle"):
        said = said_until_leave(move, SCENARIO)
        assert len({spoken.id for spoken in said}) == len(said)
        assert said[0].move == move and said[-1].move == "leave"


def test_a_move_without_lines_gives_way_to_another_then_to_few_words_then_to_a_goodbye() -> None:
    scenario = with_lines(settle=["It is lighter."], soften=["Yes, that."], brief=["Hm."], leave=["Bye now."])
    assert [(spoken.move, spoken.text) for spoken in said_until_leave("settle", scenario)] == [
        ("settle", "It is lighter."),
        ("soften", "Yes, that."),
        ("brief", "Hm."),
        ("leave", "Bye now."),
    ]


def test_a_card_without_goodbyes_leaves_with_its_last_words_and_then_with_none() -> None:
    gone = tuple(spoken.id for spoken in said_until_leave("withdraw", SCENARIO)[:-1])
    last = line_for("leave", STATE, SCENARIO, random.Random(1))
    assert last.move == "leave" and last.text in {line.text for line in NURSE.lines.withdraw}
    empty = line_for("leave", STATE.model_copy(update={"spoken": gone}), SCENARIO, random.Random(1))
    assert (empty.id, empty.text) == ("silence", SILENCE)


def test_the_line_that_shares_most_content_words_with_the_reply_is_said() -> None:
    scenario = with_lines(hesitate=["My garden is a mess.", "The bus never comes.", "I count the stairs."])
    reply = Heard("How do you get home from there, is there a bus?")
    for seed in range(5):
        assert line_for("hesitate", STATE, scenario, random.Random(seed), heard=reply).text == "The bus never comes."


def test_the_seed_decides_between_lines_that_are_equally_near() -> None:
    heard = Heard("And you?")
    texts = {line_for("hesitate", STATE, SCENARIO, random.Random(seed), heard=heard).text for seed in range(30)}
    again = {line_for("hesitate", STATE, SCENARIO, random.Random(7), heard=heard).text for _ in range(5)}
    assert len(texts) > 1 == len(again)


def test_a_caller_may_measure_nearness_otherwise() -> None:
    scenario = with_lines(hesitate=["One.", "Two, two.", "Three, three, three."])

    def longest(reply: str, lines: list[str] | tuple[str, ...]) -> list[float]:
        return [float(len(line)) for line in lines]

    chosen = line_for("hesitate", STATE, scenario, random.Random(1), heard=Heard("So."), nearness=longest)  # type: ignore[arg-type]
    assert chosen.text == "Three, three, three."


def test_a_line_waits_for_what_it_needs() -> None:
    scenario = with_lines(hesitate=[{"text": "That gate again.", "needs": ["blue_gate|call_home:open:1"]}])
    assert fitting("hesitate", STATE, scenario) == ()
    for known in ({"told": ("blue_gate",)}, {"spoken": ("call_home:open:1",)}):
        (one,) = fitting("hesitate", STATE.model_copy(update=known), scenario)
        assert one.id == "call_home:hesitate:1"


def test_a_line_of_the_card_is_not_said_in_a_goal_it_excludes_nor_beside_the_goals_own() -> None:
    excluded = with_lines(card=True, hesitate=[{"text": "A", "not_in": ["call_home"]}, "B", "C"])
    assert {one.line.text for one in fitting("hesitate", STATE, excluded)} == {"B", "C"}
    own = with_lines(hesitate=["Mine."])
    assert {one.line.text for one in fitting("hesitate", STATE, own)} == {"Mine."}


def test_a_line_may_want_a_question_or_a_statement_before_it() -> None:
    scenario = with_lines(
        hesitate=[{"text": "Ask me later.", "after": "question"}, {"text": "So.", "after": "statement"}]
    )
    assert [one.line.text for one in fitting("hesitate", STATE, scenario, heard=Heard("Why?", question=True))] == [
        "Ask me later."
    ]
    assert [one.line.text for one in fitting("hesitate", STATE, scenario, heard=Heard("I see."))] == ["So."]


def test_a_push_back_answers_what_hurt_and_any_stands_in() -> None:
    scenario = with_lines(push_back={"advice": ["Was I asking?"], "any": ["No."]})
    assert [one.line.text for one in fitting("push_back", STATE, scenario, hurt="advice")] == ["Was I asking?"]
    assert [one.line.text for one in fitting("push_back", STATE, scenario, hurt="judging")] == ["No."]


def test_a_line_that_answers_what_was_asked_goes_first_and_is_kept_for_that() -> None:
    scenario = with_lines(
        elaborate=[{"text": "Ten months, since the spring.", "answers": ["since_when"]}, "How long the corridor is."]
    )
    asked = Heard("How long has it been?", topics=frozenset({"since_when"}), question=True)
    assert line_for("elaborate", STATE, scenario, random.Random(0), heard=asked).text.startswith("Ten months")
    other = {line_for("elaborate", STATE, scenario, random.Random(seed), heard=Heard("So.")).text for seed in range(40)}
    assert "Ten months, since the spring." not in other and len(other) > 1


FATHER = Beat(id="father", trust=0.35, text="My father does not write.", answers=("father",))
FLAT = Beat(id="flat", trust=0.30, text="The flat is full of notes.")
ROPE = Beat(id="shelf", trust=0.90, text="They lie on the shelf.", answers=("means",))


def test_a_question_brings_up_the_beat_that_answers_it_once_trust_is_there_or_nearly() -> None:
    scenario, asked = with_beats(FLAT, FATHER, ROPE), Heard("And your father?", topics=frozenset({"father"}))
    assert next_beat(STATE, scenario, heard=asked) == FATHER
    assert next_beat(STATE, scenario) == FLAT
    assert next_beat(PersonaState(trust=0.32, openness=0.3), scenario, heard=asked) == FATHER
    assert next_beat(PersonaState(trust=0.29, openness=0.3), scenario, heard=asked) is None
    private = FATHER.model_copy(update={"trust": 0.5})
    assert next_beat(PersonaState(trust=0.32, openness=0.3), with_beats(FLAT, private), heard=asked) is None


def test_a_beat_told_ahead_of_trust_is_in_place_of_one_that_was_due() -> None:
    letter = Beat(id="letter", trust=0.45, text="A letter came from the ministry.")
    scenario, heard = with_beats(FLAT, letter, ROPE), Heard("That letter from the ministry, what did it say?")
    wary = PersonaState(trust=0.32, openness=0.3)
    assert next_beat(wary, scenario, heard=heard) == letter
    after = wary.model_copy(update={"told": ("letter",)})
    assert next_beat(after, scenario, heard=heard) is None
    assert next_beat(after.model_copy(update={"trust": 0.45}), scenario, heard=heard) == FLAT
    assert next_beat(wary, with_beats(letter, ROPE), heard=heard) is None


def test_an_answer_about_danger_is_not_counted_as_told_ahead_of_trust() -> None:
    state = PersonaState(trust=0.32, openness=0.3, told=("shelf",))
    assert next_beat(state, with_beats(FLAT, ROPE), heard=Heard("So.")) == FLAT


def test_a_question_about_danger_brings_up_its_beat_at_any_trust() -> None:
    asked = Heard("What is there?", topics=frozenset({"means"}))
    assert next_beat(PersonaState(trust=0.0, openness=0.0), with_beats(FLAT, ROPE), heard=asked) == ROPE


def test_of_the_beats_within_reach_the_nearest_to_the_reply_is_told() -> None:
    pay = Beat(id="pay", trust=0.1, text="The pay comes late.")
    assert next_beat(STATE, with_beats(pay, FLAT), heard=Heard("Is the flat quiet at night?")) == FLAT
    assert next_beat(STATE, with_beats(FLAT, pay)) == pay


def test_a_beat_waits_for_what_it_needs_and_keeps_out_of_goals_it_excludes() -> None:
    waiting = FLAT.model_copy(update={"needs": ("father",)})
    assert next_beat(STATE, with_beats(waiting, FATHER)) == FATHER
    assert untold(STATE, with_beats(FLAT.model_copy(update={"not_in": ("call_home",)}), FATHER)) == (FATHER,)


def test_plain_text_is_a_line_without_conditions_and_is_written_back_as_text() -> None:
    assert Line.model_validate("So.").model_dump() == "So."
    assert Line.model_validate({"text": "So.", "needs": ["flat"]}).model_dump(exclude_defaults=True) == {
        "text": "So.",
        "needs": ("flat",),
    }
