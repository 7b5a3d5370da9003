from __future__ import annotations

import pytest

from empa_graph.cues import CueContext, detect, strength
from empa_graph.models.cue import CueName

PERSON = (
    "My manager moved me to the night shift and I never see my children any more.",
    "I am worried that my marriage will break, because we only argue about money now.",
)
SCENE = CueContext(person=PERSON)


def measured(reply: str, name: CueName, context: CueContext = SCENE) -> float:
    return strength(detect(reply, context), name)


def test_content_given_back_in_other_words_is_a_reflection() -> None:
    reply = "It sounds like the night shift costs you your children, and the money quarrels frighten you."
    assert measured(reply, CueName.REFLECTION) > 0.7


@pytest.mark.parametrize("reply", ["The weather is fine.", "Is your manager nice?", "I like the night shift."])
def test_what_gives_nothing_back_is_hardly_a_reflection(reply: str) -> None:
    assert measured(reply, CueName.REFLECTION) < 0.15


def test_copying_is_parroting_and_no_reflection() -> None:
    reply = "You are worried that your marriage will break, because you only argue about money now."
    assert measured(reply, CueName.PARROTING) > 0.9
    assert measured(reply, CueName.REFLECTION) < 0.2


def test_a_short_quotation_is_not_parroting() -> None:
    reply = "You say you only argue about money now; before the move there was laughter at home, and rest."
    assert measured(reply, CueName.PARROTING) < 0.2


def test_a_constant_reply_is_repetition_from_the_second_time() -> None:
    reply = "I'm so sorry, that sounds really hard."
    assert measured(reply, CueName.REPETITION) == 0.0
    assert measured(reply, CueName.REPETITION, CueContext(person=PERSON, replies=(reply,))) == 1.0


def test_a_copied_opening_is_some_repetition() -> None:
    context = CueContext(person=PERSON, replies=("It sounds like you miss home.",))
    assert 0.2 < measured("It sounds like you fear for your marriage.", CueName.REPETITION, context) < 0.6


@pytest.mark.parametrize(
    "reply",
    ["I'm so sorry, that sounds really hard.", "Stay strong, things will get better.", "I understand how you feel."],
)
def test_comfort_for_anyone_is_unspecific(reply: str) -> None:
    assert measured(reply, CueName.UNSPECIFIC) > 0.8


def test_a_short_reply_that_takes_up_a_word_is_specific() -> None:
    assert measured("And the children?", CueName.UNSPECIFIC) < 0.35
    assert measured("How long have the two of you argued about money?", CueName.UNSPECIFIC) < 0.35


def test_nobody_can_be_specific_before_the_person_has_spoken() -> None:
    assert measured("What brings you here?", CueName.UNSPECIFIC, CueContext(person=("Hi",))) == 0.0


def test_a_run_of_mere_questions_becomes_interrogation() -> None:
    asked = ("How long is the shift?", "Who decided it?", "Why did they do that?")
    runs = [
        measured("What does your wife say?", CueName.INTERROGATION, CueContext(person=PERSON, replies=asked[:n]))
        for n in range(4)
    ]
    assert runs[0] == 0.0
    assert runs == sorted(runs)
    assert runs[-1] == 1.0


def test_a_question_after_a_reflection_is_no_interrogation() -> None:
    context = CueContext(person=PERSON, replies=("How long is the shift?", "Who decided it?"))
    reply = "It sounds like you miss them. What is the hardest hour?"
    assert measured(reply, CueName.INTERROGATION, context) == 0.0


def test_style_match_grows_with_likeness_and_is_damped_for_short_replies() -> None:
    alike = measured(PERSON[0] + " " + PERSON[1], CueName.STYLE_MATCH)
    assert alike > 0.7
    assert measured("Night shift children money.", CueName.STYLE_MATCH) < 0.1
