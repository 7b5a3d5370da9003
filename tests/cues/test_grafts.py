from __future__ import annotations

import pytest

from empa_graph.cues.grafts import Grafts, grafts

SAID = ("We had the boiler for years.", "I asked, and then it flooded my orchids.")


@pytest.mark.parametrize(
    ("reply", "found"),
    [
        ("A lantern and a saddle.", Grafts(5, 0, 0, 0, 0, 0)),
        ("Orchids, of all things.", Grafts(4, 1, 1, 0, 0, 0)),
        ("The boiler is old.", Grafts(4, 0, 1, 1, 0, 0)),
        ("So the flooded is over.", Grafts(5, 1, 1, 1, 1, 0)),
        ("You see flooded orchids.", Grafts(4, 2, 2, 0, 0, 0)),
        ("The asked can wait.", Grafts(4, 1, 0, 0, 0, 1)),
        ("Her asked is over.", Grafts(4, 1, 0, 0, 0, 0)),
        ("The then can wait.", Grafts(4, 1, 1, 1, 1, 1)),
        ("The with can wait.", Grafts(4, 0, 0, 0, 0, 0)),
        ("", Grafts(0, 0, 0, 0, 0, 0)),
    ],
)
def test_words_taken_up_are_counted_by_where_they_stand(reply: str, found: Grafts) -> None:
    assert grafts(reply, SAID) == found
