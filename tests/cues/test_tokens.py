from __future__ import annotations

from hypothesis import given, settings, strategies as st

from empa_graph.cues.tokens import LIMIT, fold, opened, read, stems


def test_contractions_are_opened_and_possessives_closed() -> None:
    assert opened("Don\u2019t") == ("do", "not")
    assert opened("they've") == ("they", "have")
    assert opened("mother's") == ("mother",)


def test_sentences_know_whether_they_ask() -> None:
    assert [s.question for s in read("I see. Where was it?! Tell me").sentences] == [False, True, False]


def test_a_token_keeps_its_place_in_the_text() -> None:
    reading = read("Well…  I\u2019m here.")
    assert [reading.text[t.start : t.end] for t in reading.tokens] == ["Well", "I\u2019m", "I\u2019m", "here"]
    assert [t.word for t in reading.tokens] == ["well", "i", "am", "here"]


def test_length_counts_a_contraction_once() -> None:
    assert read("I don't know").length == 3


def test_only_content_has_stems() -> None:
    assert stems("She was working on the nights") == {"work", "night"}


def test_invisible_characters_are_folded_away() -> None:
    assert fold("so\u200bR\u00adry") == "sorry"


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(), max_size=200))
def test_sentences_cover_the_tokens_in_order(text: str) -> None:
    reading = read(text)
    edges = [edge for s in reading.sentences for edge in (s.first, s.last)]
    assert edges == sorted(edges)
    assert sum(s.last - s.first for s in reading.sentences) == len(reading.tokens)
    assert len(reading.text) <= LIMIT
