"""Variables of a conversation, the values they take, and what marks say together."""

from __future__ import annotations

import pytest

from empa_graph.content.library import load_rubric
from empa_graph.distill.marks import Mark, Value, fault, profile, variables
from empa_graph.distill.records import Conversation
from tests.distill.parts import ANSWERS, LONG, turns

SPACE = load_rubric("sdt").space
KNOWN = {variable.id: variable for variable in variables(SPACE)}
TALK = Conversation(id="abc", line=1, turns=turns(LONG[0], ANSWERS[0]), placeholders={})


def mark(variable: str, value: Value, by: str = "ewa") -> Mark:
    """A mark without words that it stands on."""
    return Mark(conversation="abc", variable=variable, annotator=by, value=value)


PLACES = [mark(f"{time}.{name}", 0.25) for time in ("start", "end") for name in SPACE.names]


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("start.calm", -1),
        ("indicator.c1", 3),
        ("danger", "hinted"),
        ("needs", ("affective", "cognitive", "motivational")),
        ("wanted", ()),
        ("rejected", ("judging", "dismissing")),
    ],
)
def test_allowed(variable: str, value: Value) -> None:
    assert fault(KNOWN[variable], value) is None


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("start.calm", 1.5),
        ("start.calm", True),
        ("start.calm", "low"),
        ("indicator.c1", 1.5),
        ("indicator.c1", 4),
        ("danger", "hint"),
        ("danger", ("none",)),
        ("needs", ("affective", "cognitive")),
        ("needs", ("affective", "affective", "cognitive")),
        ("wanted", "reflection"),
        ("wanted", ("judging",)),
        ("rejected", ("anti_phrase",)),
    ],
)
def test_what_is_no_value_is_told_with_what_is_allowed(variable: str, value: Value) -> None:
    assert (fault(KNOWN[variable], value) or "").startswith(f"{variable}: allowed ")


def test_the_later_mark_stands() -> None:
    told = profile(TALK, SPACE, [*PLACES, mark("danger", "none", "offline"), mark("danger", "hinted")])
    assert told.danger == "hinted"
    assert told.start == dict.fromkeys(SPACE.names, 0.25)
    assert told.annotators == ("ewa",)


def test_a_place_that_nobody_marked_is_no_zero() -> None:
    with pytest.raises(ValueError, match=r"not marked: end\.calm"):
        profile(TALK, SPACE, [mark for mark in PLACES if mark.variable != "end.calm"])
