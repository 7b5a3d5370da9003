from __future__ import annotations

from empa_graph.models.dialogue import Message
from empa_graph.models.persona import Scenario
from empa_graph.roles.persona.heard import NOTHING, cue_context, heard
from tests.scripted_parts import CRISIS, SCENARIO, agent, asked, person


def test_before_the_first_reply_nothing_was_heard() -> None:
    assert heard(asked([])) == NOTHING


def test_a_reply_is_heard_with_what_it_asks_about_and_what_was_offered_before() -> None:
    opened = Message(turn=1, speaker="persona", content="I want to die.", move="open")
    talk = [
        opened,
        agent(1, "Are you thinking of suicide?"),
        person(2, "Yes."),
        agent(2, "Ring 109. How is your father?"),
    ]
    found = heard(asked(talk, scenario=CRISIS))
    assert "father" in found.topics and found.question and found.yes_no is None
    assert (found.parts, found.offered) == ({"service"}, {"service", "question"})
    assert (found.moves, found.last_move) == (("open", ""), "") and found.quiet


def test_nobody_out_of_danger_is_handed_over_by_the_replies_before() -> None:
    talk = [
        person(1, "I am tired."),
        agent(1, "Ring 109."),
        person(2, "Why?"),
        agent(2, "Are you thinking of suicide?"),
    ]
    found = heard(asked(talk, scenario=SCENARIO))
    assert (found.parts, found.before) == ({"question"}, ())


def test_a_message_with_something_to_take_up_is_not_quiet() -> None:
    said = person(1, "The boiler flooded the greenhouse and ruined my orchids.")
    assert not heard(asked([said, agent(1, "All of them?")], scenario=SCENARIO)).quiet


def test_cues_are_read_with_the_phrases_and_lengths_of_the_card() -> None:
    context = cue_context(SCENARIO, ("Hello.",), ())
    assert "you're a hero" in context.anti_phrases
    assert context.reply_words == SCENARIO.persona.voice.reply_words


def test_without_a_card_cues_are_read_with_the_defaults() -> None:
    nobody: Scenario | None = None
    context = cue_context(nobody, ("Hello.",), ("Hi.",))
    assert (context.person, context.replies, context.anti_phrases) == (("Hello.",), ("Hi.",), ())


def test_a_question_that_the_person_answered_in_its_words_is_still_the_agent_s() -> None:
    talk = [
        person(1, "I want to die."),
        agent(1, "Are you thinking of killing yourself tonight?"),
        person(2, "I am thinking of killing myself tonight."),
        agent(2, "Ring 109."),
    ]
    assert heard(asked(talk, scenario=CRISIS)).offered == {"question", "service"}
