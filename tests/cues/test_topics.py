from __future__ import annotations

from typing import get_args

import pytest

from empa_graph.cues.topics import asked_about, asks, asks_yes_or_no, topics
from empa_graph.models.line import Topic

EXAMPLES: dict[Topic, str] = {
    "danger": "Are you safe right now?",
    "suicide": "Are you thinking of suicide?",
    "self_harm": "Did you want to hurt yourself?",
    "harm_to_others": "Are you afraid you could hurt her?",
    "means": "Are the tablets within reach?",
    "plan": "Have you decided how?",
    "who_is_near": "Is anybody there with you?",
    "who_knows": "Have you told anyone?",
    "service": "Would you call a helpline?",
    "since_when": "How long has it been like this?",
    "what_helped": "What has helped before?",
    "what_happened": "What happened then?",
    "why": "Why that one?",
    "what_next": "What would you like to do next, tomorrow?",
    "feeling": "How do you feel about it?",
    "body": "Where in your body is it?",
    "sleep": "Do you sleep at all?",
    "food": "Have you eaten today?",
    "alcohol": "Are you drinking?",
    "work": "How is your boss?",
    "study": "When is the exam?",
    "money": "Who pays the rent?",
    "family": "Do your parents see it?",
    "mother": "And your mum?",
    "father": "What does your dad say?",
    "sibling": "Is your sister in on it?",
    "partner": "How is it with your wife?",
    "children": "How old is your daughter?",
    "friends": "Do you still see your friends?",
    "home": "What is the flat like?",
    "faith": "Do you pray?",
    "health": "What did the hospital find?",
    "loss": "When was the funeral?",
}


@pytest.mark.parametrize("topic", get_args(Topic))
def test_each_topic_is_found_in_a_question_about_it(topic: Topic) -> None:
    assert topic in asked_about(EXAMPLES[topic])


@pytest.mark.parametrize(
    ("reply", "topic"),
    [("Where were you when she died?", "suicide"), ("What happens in the night?", "sleep")],
)
def test_a_death_and_a_night_are_no_question_about_suicide_and_sleep(reply: str, topic: Topic) -> None:
    assert topic not in asked_about(reply)


@pytest.mark.parametrize(
    ("reply", "topic"),
    [
        ("What would you have had to hand over?", "body"),
        ("What comes up under that heading?", "body"),
        ("What did it save you from hearing?", "money"),
        ("Where does the explaining begin?", "since_when"),
        ("Is there room for a question?", "home"),
    ],
)
def test_a_figure_of_speech_is_no_question_about_the_thing_it_is_taken_from(reply: str, topic: Topic) -> None:
    assert topic not in asked_about(reply)


@pytest.mark.parametrize(
    ("reply", "topic"),
    [
        ("Is there someone you can talk to about it?", "who_knows"),
        ("Could you hurt anybody?", "harm_to_others"),
        ("Are you thinking about dying?", "suicide"),
        ("Do you remember how it started?", "since_when"),
        ("Are your hands cold?", "body"),
        ("Do you have any savings?", "money"),
    ],
)
def test_plain_questions_have_a_topic(reply: str, topic: Topic) -> None:
    assert topic in asked_about(reply)


def test_only_questions_and_invitations_ask_about_something() -> None:
    assert asked_about("Your father was there. How did you get home?").isdisjoint({"father"})
    assert "father" in asked_about("Tell me more about your father.")
    assert "father" in topics("Your father was there.")


@pytest.mark.parametrize(("text", "is_one"), [("Why?", True), ("I see. Gone?", True), ("I see.", False), ("", False)])
def test_a_question_is_known_by_its_mark(text: str, is_one: bool) -> None:
    assert asks(text) == is_one


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("I see. Noa, are you alone?", "Noa, are you alone?"),
        ("Does she know? What then?", None),
        ("Is it the money or the time?", None),
        ("You left.", None),
    ],
)
def test_a_yes_or_no_question_opens_with_its_verb_and_comes_last(text: str, question: str | None) -> None:
    assert asks_yes_or_no(text) == question
