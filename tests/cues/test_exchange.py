from __future__ import annotations

import pytest

from empa_graph.cues.exchange import HEARD, welcome


@pytest.mark.parametrize(
    "said",
    [
        "Any other ideas?",
        "I just don't know what to do about him.",
        "That's a good idea, I hadn't thought of that.",
        "I will try that tonight!",
        "Maybe I should do that.",
        "Thanks for the advice.",
        "ok awesome",
    ],
)
def test_who_asks_or_takes_an_idea_up_is_open_to_advice_and_to_the_agents_own(said: str) -> None:
    assert welcome([said]) == {"advising", "self_turning"}
    assert welcome([said, "He works at night."])
    assert not welcome([said, "He works at night.", "And on Sundays."])


@pytest.mark.parametrize("said", ["He left me.", "That is not a good idea.", "I can't sleep.", "Thank you."])
def test_who_tells_is_not(said: str) -> None:
    assert not welcome([said])


def test_once_the_matter_was_heard_an_idea_is_welcome_and_the_agents_own_story_is_not() -> None:
    told = ["He left me."] * HEARD
    assert welcome(told) == {"advising"}
    assert not welcome(told[1:])
