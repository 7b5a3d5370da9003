from __future__ import annotations

import pytest

from empa_graph.report.text import excerpt, many, shortened

SAID = "It makes sense that you lie awake when everybody at work leans on you every single night."


def test_what_fits_stands_as_it_is():
    assert excerpt("You lie\nawake.") == "You lie awake."
    assert excerpt(SAID[:60]) == SAID[:60]


@pytest.mark.parametrize("room", range(12, len(SAID)))
def test_an_excerpt_ends_behind_a_whole_word(room: int):
    found = excerpt(SAID, room)
    assert len(found) <= room and found.endswith("...")
    kept = found.removesuffix("...").split()
    assert kept and kept == SAID.split()[: len(kept)]


def test_a_word_that_is_longer_than_there_is_room_for_is_cut_and_no_comma_stands_before_the_dots():
    assert excerpt("w" * 100, 20) == "w" * 17 + "..."
    assert excerpt("He said, and everybody heard it.", 12) == "He said..."


def test_a_shortened_text_is_one_line_and_says_where_it_was_cut():
    assert shortened("a\n b") == "a b"
    assert shortened("x" * 500, 160) == "x" * 157 + "..."


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((0, "turn"), "0 turns"),
        ((1, "turn"), "1 turn"),
        ((1, "reply", "replies"), "1 reply"),
        ((1200, "reply", "replies"), "1,200 replies"),
    ],
)
def test_a_count_stands_with_its_noun(words: tuple[int, str], said: str):
    assert many(*words) == said
