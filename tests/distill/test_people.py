from __future__ import annotations

import pytest

from empa_graph.distill.people import People
from empa_graph.distill.vocabulary import Names

FIND = People(Names())


def names(text: str) -> list[str]:
    return [text[span.start : span.end] for span in FIND(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("my name is zorblat and i cannot sleep", ["zorblat"]),
        ("My sister Ana left.", ["Ana"]),
        ("i told ana everything", ["ana"]),
        ("Then Dr. Okonkwo changed my dose", ["Okonkwo"]),
        ("dr quillfeather says it is nothing", ["quillfeather"]),
        ("I miss Kwabena Ofori-Atta so much", ["Kwabena Ofori-Atta"]),
        ("Will you and Mark come to see Ruth's mother?", ["Mark", "Ruth"]),
        ("Robin Zimmer talked about that", ["Robin Zimmer"]),
        ("Zbigniew is ashamed of me", ["Zbigniew"]),
        ("Rose said it was my fault", ["Rose"]),
        ("I saw Ludwig van Hoorn there", ["Ludwig van Hoorn"]),
        ("I told J. everything", ["J"]),
        ("WHY DID DIEGO LEAVE ME", ["DIEGO"]),
        ("I'm Thandiwe, hello", ["Thandiwe"]),
    ],
)
def test_a_name_is_found_by_its_capital_its_list_or_what_stands_before_it(text: str, found: list[str]):
    assert names(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "God, I am so tired on Mondays. They put me on Prozac!",
        "I will hope for grace and mark my words",
        "my name is not important",
        "Everything Feels So Heavy And I Do Not Know Why",
        "I'm Muslim and my English is not good",
        "call me stupid. Call me later. call me crazy",
        "Hahaha. Sadly nothing helps, L.O.L",
        "They think it's Alzheimer's",
        "Overthinking is all I do. Flabbergasted again",
        "I Feel Such Ennui And Malaise Every Weekend",
        "Acceptance is hard. I want Closeness",
        "WHY DOES THIS KEEP HAPPENING TO ME",
    ],
)
def test_words_that_name_nobody_are_left_alone(text: str):
    assert names(text) == []


def test_names_that_are_known_are_those_that_were_given():
    assert [*People(Names(frozenset(["zorblat"])))("i saw zorblat")] != [] == names("i saw zorblat")
