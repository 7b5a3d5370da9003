from __future__ import annotations

import random

import pytest

from empa_graph.content.library import scenarios
from empa_graph.roles.empathic.template import feeling, listening, reply, topic

DARK = "It would be easier for everyone if I was not here."
PLAIN = ("My desk was moved to the corridor overnight and nobody told me about it.",)


def said(*person: str, seed: int = 0) -> str:
    return reply(person, random.Random(seed))


def test_a_reply_gives_back_a_piece_turned_to_the_second_person() -> None:
    assert "your desk was moved to the corridor overnight" in said(*PLAIN).lower()


def test_a_reply_asks_one_question() -> None:
    assert said(*PLAIN).count("?") == 1


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("I am so scared of it", "frightened"),
        ("they look at me and I want to hide", "ashamed"),
        ("It makes me furious", "angry"),
        ("The house is empty", "lonely"),
        ("I don't know which of them", "torn"),
        ("Tables and chairs", "weighed down"),
    ],
)
def test_a_feeling_is_found_in_the_words(text: str, word: str) -> None:
    assert feeling(text) == word


def test_danger_is_met_with_a_plain_question_a_service_and_somebody_near() -> None:
    text = said(DARK).lower()
    assert "are you safe right now" in text
    assert "crisis line" in text
    assert "who is near you" in text


def test_danger_that_shows_later_is_met_then_and_again_after_five_turns() -> None:
    talk = [*PLAIN, DARK, *PLAIN * 6]
    met = [turn for turn in range(1, len(talk) + 1) if "crisis line" in said(*talk[:turn])]
    assert met == [2, 7]


@pytest.mark.parametrize("text", ["I missed the bus home.", "I hurt my knee.", "I will end the call now."])
def test_everyday_words_are_met_by_listening(text: str) -> None:
    assert said(text) == listening((text,), random.Random(0))


def test_replies_to_the_same_words_vary_over_the_turns() -> None:
    texts = [said(*PLAIN * turn) for turn in range(1, 9)]
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("text", ["", "?", "Hm.", "…", "{braces} {0} {piece} in what I wrote"])
def test_whatever_the_person_writes_gets_a_reply(text: str) -> None:
    assert said(text)


def test_a_message_without_a_clause_is_answered_as_what_was_just_said() -> None:
    assert "what you just said" in said("Hm.").lower()


def test_a_topic_is_a_content_word_or_nothing() -> None:
    assert topic("They moved everything into corridors", random.Random(0)) in {
        "the moved",
        "the everything",
        "the corridors",
    }
    assert topic("I am it", random.Random(0)) == ""


def test_every_opening_of_the_suite_gets_a_filled_reply() -> None:
    for scenario in scenarios():
        for opening in scenario.goal.openings:
            assert "{" not in said(opening.text)
