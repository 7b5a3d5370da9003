from __future__ import annotations

import json
from pathlib import Path

import pytest

from empa_graph.cues import relevance as module
from empa_graph.cues.fitting import BRIEF, fitting
from empa_graph.cues.relevance import EDGE, MOST, Shared, evidence, is_answerable, odds, shared, weights
from empa_graph.cues.tokens import stems

BUS = "The 14 bus does not stop at the market any longer. I was on it. Had nothing to buy."
FLOOD = "The boiler flooded the greenhouse and ruined my orchids."
IN_OTHER_WORDS = "You rode there although you needed no shopping. Which street did they let you off at?"
COMFORT = "Your feelings are valid and they matter."


def test_a_reply_in_other_words_is_told_by_what_they_mean() -> None:
    assert not stems(BUS) & stems(IN_OTHER_WORDS)
    found = shared(IN_OTHER_WORDS, [BUS])
    assert found.words <= 0.5 and found.meaning > 0.75
    assert evidence(IN_OTHER_WORDS, [BUS]) > 0.0 > evidence(COMFORT, [BUS])


def test_what_is_shared_is_a_place_among_what_other_people_said() -> None:
    assert shared("bzzk trmp", [BUS]) == shared("", [BUS]) == shared("", []) == Shared(0.5, 0.5)
    assert shared("Orchids.", [FLOOD]).words == 1.0
    assert 0.0 <= shared("My boss and my sleep.", [FLOOD]).words < 0.5
    assert module._by_meaning(stems(IN_OTHER_WORDS), frozenset()) == 0.5


def test_evidence_is_the_sum_of_the_weights_and_at_most_what_one_reply_may_tell() -> None:
    found, by = shared(COMFORT, [BUS]), weights()[True]
    told = by.words * odds(found.words) + by.meaning * odds(found.meaning) + by.constant
    assert evidence(COMFORT, [BUS]) == pytest.approx(told)
    assert evidence("The 14 bus to the market, and it does not stop there.", [BUS]) == MOST


def test_a_reply_that_shares_nothing_tells_less_where_there_was_little_to_take_up() -> None:
    quiet = "Boiler. Orchids."
    assert is_answerable(FLOOD) and not is_answerable(quiet)
    assert evidence("bzzk", [FLOOD]) == pytest.approx(weights()[True].constant)
    assert evidence("bzzk", [FLOOD, quiet]) == pytest.approx(weights()[False].constant)
    assert weights()[True].constant < weights()[False].constant < 0.0


@pytest.mark.parametrize("said", [[], ["Hm."], ["I am so tired today.", "Hm."], [FLOOD, "Hm.", "Yes.", "So so."]])
def test_where_there_was_next_to_nothing_to_take_up_no_reply_tells_against_its_agent(said: list[str]) -> None:
    assert evidence("Orchids.", said) == 0.0


def test_what_is_taken_up_of_next_to_nothing_tells_for_its_agent() -> None:
    assert not is_answerable("Boiler. Orchids.") and evidence("Both of the orchids?", ["Boiler. Orchids."]) > 0.0


def test_the_last_three_messages_are_answered() -> None:
    assert shared("Orchids.", [FLOOD, "Hm.", "Yes."]) == shared("Orchids.", [f"{FLOOD} Hm. Yes."])
    assert shared("Orchids.", [FLOOD, "Hm.", "Yes.", BUS]).words < 1.0


def test_odds_are_finite_and_even_in_the_middle() -> None:
    assert odds(0.5) == 0.0
    assert odds(1.0) == -odds(0.0) == pytest.approx(3.932, abs=0.001) and EDGE == 0.02


def test_the_shipped_weights_credit_what_is_shared() -> None:
    assert set(json.loads(Path(module.EVIDENCE).read_text())) == {"answerable", "quiet"}
    assert all(by.words > 0 and by.meaning > 0 > by.constant for by in weights().values())


@pytest.mark.parametrize(("words", "own"), [(BRIEF - 1, 3.0), (BRIEF, 0.0)])
def test_a_brief_reply_need_bring_no_words_of_its_own(words: int, own: float) -> None:
    """Of nothing but everyday words; where all replies are brief, none is held against the agent."""
    assert fitting([BUS], [" ".join(["you"] * words)], window=5).own == own


def test_brief_replies_are_left_out_of_the_words_brought() -> None:
    longer = "A ladder, a lantern, a saddle, and all of it is there for you."
    assert fitting([BUS] * 3, ["Or not.", longer, "You would know."], window=5).own == 3.0
