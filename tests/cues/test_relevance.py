from __future__ import annotations

import pytest

from empa_graph.cues import fitting as module
from empa_graph.cues.fitting import BRIEF, fitting, relevance
from empa_graph.cues.tokens import stems

BUS = "The 14 bus does not stop at the market any longer. I was on it. Had nothing to buy."
IN_OTHER_WORDS = "You rode there although you needed no shopping. Which street did they let you off at?"
COMFORT = "Your feelings are valid and they matter."


def test_a_reply_in_other_words_is_told_by_what_they_mean() -> None:
    said, mine = stems(BUS), stems(IN_OTHER_WORDS)
    assert not said & mine
    assert module._by_words(mine, said) <= 0.5
    assert module._by_meaning(mine, said) > 0.75
    assert relevance(IN_OTHER_WORDS, (BUS,)) == (module._by_words(mine, said) + module._by_meaning(mine, said)) / 2
    assert relevance(COMFORT, (BUS,)) < 0.5


def test_words_that_nobody_knows_have_no_place() -> None:
    assert relevance("bzzk trmp", (BUS,)) == relevance("", (BUS,)) == relevance("", ()) == 0.5
    assert module._by_meaning(stems(IN_OTHER_WORDS), frozenset()) == 0.5


@pytest.mark.parametrize(("words", "own"), [(BRIEF - 1, 3.0), (BRIEF, 0.0)])
def test_a_brief_reply_need_bring_no_words_of_its_own(words: int, own: float) -> None:
    """Of nothing but everyday words; where all replies are brief, none is held against the agent."""
    assert fitting([BUS], [" ".join(["you"] * words)], window=5).own == own


def test_brief_replies_are_left_out_of_the_words_brought() -> None:
    longer = "A ladder, a lantern, a saddle, and all of it is there for you."
    assert fitting([BUS] * 3, ["Or not.", longer, "You would know."], window=5).own == 3.0
