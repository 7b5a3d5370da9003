from __future__ import annotations

import pytest

from empa_graph.cues.exchange import open_to_advice


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
def test_who_asks_or_takes_an_idea_up_is_open_to_advice(said: str) -> None:
    assert open_to_advice([said])
    assert open_to_advice([said, "He works at night."])
    assert not open_to_advice([said, "He works at night.", "And on Sundays."])


@pytest.mark.parametrize("said", ["He left me.", "That is not a good idea.", "I can't sleep.", "Thank you."])
def test_who_tells_is_not(said: str) -> None:
    assert not open_to_advice([said])
