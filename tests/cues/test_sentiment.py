from __future__ import annotations

import pytest

from empa_graph.cues.sentiment import NEGATORS, VALENCE, sentiment


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0.0),
        ("the table", 0.0),
        ("good", 1.0),
        ("awful", -1.0),
        ("a good and lovely day", 2 / 5**0.5),
        ("it is not good", -1 / 2.0),
        ("I am not lonely", 0.5 / 2.0),
        ("it isn't good", -1 / 2.0),
        ("not on the first of them good", 1 / 7**0.5),
        ("never", -1.0),
    ],
)
def test_words_add_up_by_the_root_of_the_length(text: str, expected: float):
    assert sentiment(text) == pytest.approx(expected)


def test_no_word_is_both_and_all_are_folded():
    assert set(VALENCE.values()) == {1.0, -1.0}
    assert all(word == word.lower().strip() and word for word in {*VALENCE, *NEGATORS})


@pytest.mark.parametrize("text", ["\ud800", "good " * 30_000, "\u202e\x00", "?!"])
def test_any_text_has_a_sentiment(text: str):
    assert abs(sentiment(text)) < 150.0
