from __future__ import annotations

import pytest

from empa_graph.distill.organisations import Organisations
from empa_graph.distill.spans import settled
from empa_graph.distill.vocabulary import Names

FIND = Organisations(Names())


def bodies(text: str) -> set[str]:
    return {text[span.start : span.end] for span in settled(FIND(text))}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("I go to Lincoln High School", {"Lincoln High School"}),
        ("i go to lincoln high school", {"lincoln high school"}),
        ("I study at the University of Leiden", {"University of Leiden"}),
        ("I was fired from Amazon", {"Amazon"}),
        ("i work at zorbex and hate it", {"zorbex"}),
        ("They kept me at St. Mary's Hospital", {"St. Mary's Hospital"}),
        ("I manage a Starbucks", {"Starbucks"}),
    ],
)
def test_a_body_is_found_by_its_form_or_by_who_works_there(text: str, found: set[str]):
    assert bodies(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "i work at night",
        "My old High School",
        "I work for myself",
        "i go to college",
        "I was met by Anna",
        "I was hired by French people and bullied by Everybody",
        "at a hospital",
    ],
)
def test_words_that_are_no_body_are_left_alone(text: str):
    assert bodies(text) == set()
