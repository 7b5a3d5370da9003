from __future__ import annotations

import pytest

from empa_graph.distill.forms import identifiers


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("date", "3 July 1988"),
        ("date", "march 14th"),
        ("date", "04/11/1999"),
        ("date", "2024-02-17"),
        ("handle", "@sad.girl.22"),
        ("handle", "ghost#4412"),
        ("handle", "u/throwaway_dad77"),
        ("address", "14 Maple Street"),
        ("address", "221 west 45th street, apt 6"),
        ("address", "8 Rue des Lilas"),
        ("address", "SW1A 2AA"),
        ("id", "078-05-1120"),
        ("url", "https://example.org/my-divorce"),
        ("url", "annasmith.com"),
        ("email", "a.b@example.org"),
        ("phone", "+44 7700 900123"),
        ("iban", "DE89 3704 0044 0532 0130 00"),
        ("card", "4111 1111 1111 1111"),
        ("ip", "203.0.113.77"),
    ],
)
def test_what_has_a_form_of_its_own_is_found_whole(kind: str, said: str):
    text = f"well, {said} it is"
    assert (kind, said) in [(span.kind, text[span.start : span.end]) for span in identifiers(text)]


def test_only_what_is_told_is_taken_and_not_the_words_before_it():
    text = "my snap is luna_bby04, my student id is s1048822"
    assert {text[span.start : span.end] for span in identifiers(text)} == {"luna_bby04", "s1048822"}


@pytest.mark.parametrize(
    "text",
    [
        "I'm 34 with 3 kids and make 15 dollars an hour",
        "4 mins to close the shop",
        "it was 2019",
        "in may i cried. In March too",
        "on Instagram comparing myself",
        "24/7 and 50/50",
        "ok.Tell me",
    ],
)
def test_numbers_that_name_nobody_are_left_alone(text: str):
    assert [*identifiers(text)] == []
