from __future__ import annotations

from itertools import pairwise

import pytest

from empa_graph.cues.phrasebook import PHRASES, affirmed, attention, hits
from empa_graph.cues.tokens import read


def test_every_list_is_read_and_none_is_empty() -> None:
    assert len(PHRASES) > 20
    assert all(text.strip() for text in PHRASES.values())


def test_fillers_and_contractions_do_not_hide_a_phrase() -> None:
    assert hits(read("That's really very understandable."), "validation")
    assert hits(read("thats understandable"), "validation")


def test_an_opening_phrase_counts_only_where_a_clause_opens() -> None:
    assert hits(read("Honestly, at least you tried."), "dismissing")
    assert not hits(read("There were at least four of them."), "dismissing")


def test_a_phrase_does_not_cross_the_end_of_a_sentence() -> None:
    assert not hits(read("It happened to. Me and him."), "self")


def test_a_negation_in_the_same_clause_turns_a_phrase_round() -> None:
    assert not affirmed(read("I do not think you are angry."), "feeling")
    assert affirmed(read("It is not your fault, you are angry."), "feeling")


def test_hits_of_one_list_do_not_overlap() -> None:
    places = hits(read("You should try to talk to your boss and you should try to rest."), "advice")
    assert all(left.end <= right.start for left, right in pairwise(places))


def test_an_unknown_list_is_refused() -> None:
    with pytest.raises(KeyError, match="nonsense"):
        hits(read("hello"), "nonsense")


def test_attention_tells_asking_from_giving_back() -> None:
    assert attention("Where was that?") == (True, False)
    assert attention("It sounds like you were afraid.") == (False, True)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("It is not fair to you.", "dismissing"),
        ("That is a big deal.", "dismissing"),
        ("I would be happy to.", "dismissing"),
        ("You need to decide whether to let it go or not.", "dismissing"),
        ("You do not need to cheer up.", "dismissing"),
        ("That sounds really difficult.", "judging"),
        ("I hope they stop being mean.", "judging"),
        ("You never know what comes.", "judging"),
        ("I don't think that is something you did wrong.", "judging"),
        ("How could you say it in your own words?", "judging"),
    ],
)
def test_what_makes_nobody_small_is_no_dismissing_phrase(said: str, name: str) -> None:
    assert not affirmed(read(said), name)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("It is just a phase.", "dismissing"),
        ("That's no big deal.", "dismissing"),
        ("You need to move on.", "dismissing"),
        ("Just be grateful for what you have.", "dismissing"),
        ("You should have known better.", "judging"),
        ("Stop whining.", "judging"),
        ("How could you say that to her?", "judging"),
        ("I don't think you can do it.", "judging"),
        ("Well, you chose to lie to her.", "judging"),
    ],
)
def test_what_makes_somebody_small_is_one(said: str, name: str) -> None:
    assert affirmed(read(said), name)
