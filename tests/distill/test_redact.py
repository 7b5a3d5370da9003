from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from empa_graph.distill.records import KINDS
from empa_graph.distill.redact import finders, found_in, redacted
from empa_graph.distill.spans import Span, settled
from tests.distill.parts import turns

OWN = finders(extra=False)


def texts(*said: str) -> list[str]:
    return [turn.text for turn in redacted(turns(*said), OWN).turns]


def test_the_same_name_has_the_same_placeholder_in_every_message():
    assert texts("My sister Anneke left.", "Where is Anneke?", "With Piotr. anneke's phone is off, ANNEKE!") == [
        "My sister [name 1] left.",
        "Where is [name 1]?",
        "With [name 2]. [name 1]'s phone is off, [name 1]!",
    ]


def test_a_name_found_by_its_capital_is_taken_out_in_small_letters_too():
    assert texts("I saw Zorblat again", "You saw him?", "yes zorblat was there, and zorblats too") == [
        "I saw [name 1] again",
        "You saw him?",
        "yes [name 1] was there, and zorblats too",
    ]


def test_a_part_of_a_name_has_the_number_of_the_whole():
    assert texts("I met Ana Quillfeather", "Oh?", "Yes, Ana.", "And Mr Quillfeather?") == [
        "I met [name 1]",
        "Oh?",
        "Yes, [name 1].",
        "And Mr [name 1]?",
    ]


def test_numbers_begin_anew_in_every_conversation_and_are_counted():
    first, second = (redacted(turns(f"I love {name} in Lisbon"), OWN) for name in ("Ewa", "Olga"))
    assert first == second
    assert first.placeholders == {"place": 1, "name": 1}


def test_a_placeholder_of_the_source_gets_a_number_of_ours():
    assert texts("[name 7] and [name] and Ewa and [name 7]", "x") == [
        "[name 1] and [name 2] and [name 3] and [name 1]",
        "x",
    ]


def test_an_ordinary_word_that_is_a_name_is_not_taken_out_elsewhere():
    assert texts("I think Hope lies", "You have hope?", "no hope") == [
        "I think [name 1] lies",
        "You have hope?",
        "no hope",
    ]


@given(st.text(max_size=200))
def test_redacting_twice_is_redacting_once(text: str):
    once = texts(text)
    assert texts(*once) == once or any(found_in(part, OWN) for part in once)


@given(st.lists(st.builds(Span, st.integers(0, 50), st.integers(51, 60), st.sampled_from(KINDS)), max_size=8))
def test_settled_spans_cover_what_was_claimed_and_never_overlap(spans: list[Span]):
    whole = settled(spans)
    covered = {at for span in whole for at in range(span.start, span.end)}
    assert covered == {at for span in spans for at in range(span.start, span.end)}
    assert sum(span.end - span.start for span in whole) == len(covered)


def test_of_claims_on_the_same_words_the_first_kind_counts():
    assert settled([Span(0, 5, "name"), Span(3, 9, "email")]) == (Span(0, 9, "email"),)


@pytest.mark.parametrize("extra", [False, True])
def test_every_message_is_searched_without_a_network(extra: bool):
    if extra:
        pytest.importorskip("presidio_analyzer")
        pytest.importorskip("faker")
    text = "mail a.b@mail.example.org or call 212-555-0188, my ssn is 078-05-1120"
    left = redacted(turns(text), finders(extra=extra)).turns[0].text
    assert left == "mail [email 1] or call [phone 1], my ssn is [id 1]"
