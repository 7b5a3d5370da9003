from __future__ import annotations

import pytest

from empa_graph.cues import CueContext, detect, strength
from empa_graph.models.cue import CueName

SCENE = CueContext(person=("My dog died and I cannot stop crying.",), anti_phrases=("it's only a dog", "..."))


def measured(reply: str, name: CueName, context: CueContext = SCENE) -> float:
    return strength(detect(reply, context), name)


@pytest.mark.parametrize(
    ("reply", "name"),
    [
        ("You are being so dramatic.", CueName.JUDGING),
        ("It's your own fault.", CueName.JUDGING),
        ("At least you had him.", CueName.DISMISSING),
        ("Others have it worse.", CueName.DISMISSING),
        ("You'll get over it.", CueName.DISMISSING),
        ("When I was young my dog died and I cried.", CueName.SELF_TURNING),
        ("The same thing happened to me.", CueName.SELF_TURNING),
    ],
)
def test_a_hurtful_bearing_is_found(reply: str, name: CueName) -> None:
    assert measured(reply, name) >= 0.4


@pytest.mark.parametrize(
    ("reply", "name"),
    [
        ("You are not weak for crying.", CueName.JUDGING),
        ("You cry because you loved him.", CueName.JUDGING),
        ("You cry because you loved him.", CueName.DISMISSING),
        ("I hear how much you loved him.", CueName.SELF_TURNING),
        ("I'm here with you.", CueName.SELF_TURNING),
    ],
)
def test_a_hurtful_bearing_is_not_seen_where_there_is_none(reply: str, name: CueName) -> None:
    assert measured(reply, name) == 0.0


def test_length_is_measured_against_this_voice() -> None:
    context = CueContext(person=SCENE.person, reply_words=(4, 10))
    assert measured("one two three four", CueName.OVERSHORT, context) == 0.0
    assert measured("one two", CueName.OVERSHORT, context) == pytest.approx(0.5)
    assert measured("word " * 15, CueName.OVERLONG, context) == pytest.approx(0.5)
    assert measured("word " * 40, CueName.OVERLONG, context) == 1.0


def test_an_unwelcome_phrase_is_found_whatever_its_case_and_punctuation() -> None:
    assert measured("Well, IT\u2019S only -- a dog!", CueName.ANTI_PHRASE) == 1.0
    assert measured("It is a dog you loved.", CueName.ANTI_PHRASE) == 0.0


def test_what_the_person_told_is_no_talk_of_the_agent_s_own_life() -> None:
    assert measured("You told me she cuts fruit.", CueName.SELF_TURNING) == 0.0
    assert measured("My doctor told me to walk more.", CueName.SELF_TURNING) >= 0.5
