from __future__ import annotations

import pytest

from empa_graph.distill.places import Places
from empa_graph.distill.vocabulary import Names

FIND = Places(Names())


def places(text: str) -> list[str]:
    return [text[span.start : span.end] for span in FIND(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("i live in san francisco now", ["san francisco"]),
        ("we moved to Zzyzx last year", ["Zzyzx"]),
        ("I'm in Nice with people I hate", ["Nice"]),
        ("my ex is in jordan", ["jordan"]),
        ("We live next to Lake Wobegon", ["Lake Wobegon"]),
        ("Chicago's winters", ["Chicago"]),
    ],
)
def test_a_place_is_found_by_the_list_or_by_what_stands_around_it(text: str, found: list[str]):
    assert sorted(set(places(text))) == found


@pytest.mark.parametrize(
    "text",
    [
        "a nice bath and some reading",
        "I live in fear",
        "we ate turkey",
        "I drove back to Anna",
        "Happy New Year",
        "new york" + "er",
    ],
)
def test_words_that_are_no_place_are_left_alone(text: str):
    assert places(text) == []
