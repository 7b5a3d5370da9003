from __future__ import annotations

import random

import pytest

from empa_graph.cues.topics import asks_yes_or_no
from empa_graph.models.line import Connectives
from empa_graph.models.persona import Scenario
from empa_graph.models.sayable import Move
from empa_graph.roles.persona.heard import Heard
from empa_graph.roles.persona.lines import taken_up
from tests.scripted_parts import SCENARIO

WORDS = Connectives.model_validate(
    {"yes": ["Aye."], "no": ["Naw."], "not_quite": ["Sort of."], "dont_know": ["Dunno."]}
)
SCOT = Scenario(persona=SCENARIO.persona.model_copy(update={"connectives": WORDS}), goal=SCENARIO.goal)


def said(text: str, move: Move, reply: str) -> set[str]:
    """Return all that is said over many seeds."""
    heard = Heard(reply, yes_no=asks_yes_or_no(reply))
    return {taken_up(text, move, heard, SCOT, random.Random(seed)) for seed in range(20)}


@pytest.mark.parametrize(
    ("move", "reply", "opening"),
    [
        ("answer_yes", "Are you thinking of suicide?", "Aye."),
        ("answer_yes", "Are you safe?", "Naw."),
        ("answer_no", "Are you thinking of suicide?", "Naw."),
        ("answer_no", "Are you safe?", "Aye."),
    ],
)
def test_a_question_about_danger_is_taken_up_by_what_is_true(move: Move, reply: str, opening: str) -> None:
    assert said("I think about it.", move, reply) == {f"{opening} I think about it."}


@pytest.mark.parametrize(
    ("move", "reply", "opening"),
    [
        ("disclose", "Did the new desk stand in the corridor?", "Aye."),
        ("disclose", "Is it about money?", "Sort of."),
        ("hesitate", "Is it about money?", "Dunno."),
    ],
)
def test_other_questions_are_taken_up_now_and_then(move: Move, reply: str, opening: str) -> None:
    text = "My desk is in the corridor."
    assert said(text, move, reply) == {text, f"{opening} {text}"}


@pytest.mark.parametrize("reply", ["What is it about?", "Tell me more.", "Is it this or that?"])
def test_what_yes_or_no_would_not_answer_is_not_taken_up(reply: str) -> None:
    assert said("My desk.", "disclose", reply) == {"My desk."}


@pytest.mark.parametrize("text", ["Aye, that.", "Yes. My desk.", "Dunno. Something."])
def test_a_line_that_takes_it_up_itself_is_left_alone(text: str) -> None:
    assert said(text, "answer_yes", "Are you thinking of suicide?") == {text}


def test_a_card_without_connectives_says_the_line() -> None:
    heard = Heard("Are you safe?", yes_no="Are you safe?")
    assert taken_up("I am not.", "answer_yes", heard, SCENARIO, random.Random(1)) == "I am not."
