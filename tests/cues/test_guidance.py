from __future__ import annotations

import pytest

from empa_graph.cues import CueContext, detect, strength
from empa_graph.models.cue import CueName

PERSON = ("My boss shouts at me every day and I lie awake.",)
COLD = CueContext(person=PERSON)
LISTENED = CueContext(
    person=("Hi.", "It is my boss.", *PERSON),
    replies=("What happened at work?", "It sounds like you dread the mornings. What is the worst part?"),
)
DANGER = CueContext(person=("I want to die.",))


def measured(reply: str, name: CueName, context: CueContext = COLD) -> float:
    return strength(detect(reply, context), name)


@pytest.mark.parametrize(
    ("reply", "name"),
    [
        ("It's up to you.", CueName.AUTONOMY_SUPPORT),
        ("What would you like to do with this evening?", CueName.AUTONOMY_SUPPORT),
        ("Would it be okay if I shared a thought?", CueName.PERMISSION),
        ("May I suggest something?", CueName.PERMISSION),
        ("We could write down three sentences for tomorrow.", CueName.CONCRETE_HELP),
        ("You should quit your job.", CueName.PREMATURE_ADVICE),
        ("Talk to your boss about it.", CueName.PREMATURE_ADVICE),
        ("Have you tried meditation?", CueName.PREMATURE_ADVICE),
    ],
)
def test_a_guidance_cue_is_found(reply: str, name: CueName) -> None:
    assert measured(reply, name) >= 0.5


@pytest.mark.parametrize(
    ("reply", "name"),
    [
        ("He shouts at you.", CueName.OPEN_QUESTION),
        ("He shouts at you every day.", CueName.AUTONOMY_SUPPORT),
        ("He shouts at you every day.", CueName.PERMISSION),
        ("Your nights have become long.", CueName.CONCRETE_HELP),
        ("You lie awake because of the shouting.", CueName.PREMATURE_ADVICE),
        ("You lie awake because of the shouting.", CueName.SAFE_HANDOFF),
        ("Is there someone with you at work?", CueName.SAFE_HANDOFF),
    ],
)
def test_a_guidance_cue_is_not_seen_where_there_is_none(reply: str, name: CueName) -> None:
    assert measured(reply, name) == 0.0


def test_an_open_question_weighs_more_than_a_closed_one_and_that_more_than_advice_as_a_question() -> None:
    opened = measured("What happens when he shouts?", CueName.OPEN_QUESTION)
    closed = measured("Is he your only boss?", CueName.OPEN_QUESTION)
    advice = measured("Have you considered quitting?", CueName.OPEN_QUESTION)
    assert opened > 0.7 > closed > 0.3 > advice > 0.0


def test_an_invitation_without_a_question_mark_is_an_open_question() -> None:
    assert measured("Tell me more about the mornings.", CueName.OPEN_QUESTION) >= 0.5


def test_advice_weighs_less_after_the_agent_has_listened() -> None:
    advice = "You should write down what he says."
    assert measured(advice, CueName.PREMATURE_ADVICE, LISTENED) < 0.6 * measured(advice, CueName.PREMATURE_ADVICE)


def test_advice_weighs_less_after_leave_was_asked_or_when_it_was_wanted() -> None:
    advice = "You should write down what he says."
    bare = measured(advice, CueName.PREMATURE_ADVICE)
    asked = measured(f"May I suggest something? {advice}", CueName.PREMATURE_ADVICE)
    wanted = measured(advice, CueName.PREMATURE_ADVICE, CueContext(person=(*PERSON, "What should I do?")))
    assert asked < 0.5 * bare
    assert wanted < 0.5 * bare


def test_a_handoff_grows_with_what_it_contains() -> None:
    asks = "Are you thinking about killing yourself?"
    service = f"{asks} You can call 988 at any hour."
    nearby = f"{service} Is there someone with you tonight?"
    grown = [measured(reply, CueName.SAFE_HANDOFF, DANGER) for reply in (asks, service, nearby)]
    assert grown == [0.4, 0.7, 0.9]


def test_naming_a_crisis_service_is_not_premature_advice() -> None:
    assert measured("Please call 988 now.", CueName.PREMATURE_ADVICE, DANGER) == 0.0


def test_a_question_that_opens_with_do_is_no_advice() -> None:
    for reply in ("Do you sleep?", "Do your parents see it?"):
        assert measured(reply, CueName.PREMATURE_ADVICE) == 0.0
    assert measured("Do your exercises daily.", CueName.PREMATURE_ADVICE) > 0.0
