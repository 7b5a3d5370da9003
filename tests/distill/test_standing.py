"""Which of several values stands."""

from __future__ import annotations

import pytest

from empa_graph.content.library import load_rubric
from empa_graph.distill.marks import Mark, Value, is_person
from empa_graph.distill.standing import standing, widths
from tests.distill.marked import SPACE, mark


def stands(*marks: Mark) -> list[tuple[str, Value]]:
    return [(one.annotator, one.value) for one in standing(marks, (), SPACE)]


def test_people_stand_before_models_and_models_before_the_offline_axes():
    offline, early, late = (mark("danger", "none", by) for by in ("offline", "openai:small", "local:large"))
    assert stands(offline) == [("offline", "none")]
    assert stands(early, late, offline) == [("local:large", "none")]
    assert stands(mark("danger", "stated"), late) == [("ewa", "stated")]


def test_people_who_differ_leave_a_variable_open_whatever_machines_say():
    assert stands(mark("danger", "none"), mark("danger", "stated", "tom"), mark("danger", "none", "offline")) == []


@pytest.mark.parametrize(
    ("values", "standing"), [((0.2, 0.4), 0.2), ((0.2, 0.3, 0.4), 0.3), ((-0.1, 0.11), None), ((0.5, 0.5), 0.5)]
)
def test_positions_within_a_tenth_of_the_anchors_width_are_agreed(values: tuple[float, ...], standing: float | None):
    marks = [mark("start.calm", value, f"p{number}") for number, value in enumerate(values)]
    assert [value for _, value in stands(*marks)] == ([] if standing is None else [standing])


def test_the_width_is_that_of_the_anchors_and_not_of_the_bounds():
    assert widths(load_rubric("epm").space)["start.cognitive"] == 27
    assert widths(SPACE)["end.calm"] == 2


def test_they_come_in_the_order_of_the_variables():
    marks = [mark("threshold", "low"), mark("context", "work"), mark("start.calm", 0)]
    assert [one.variable for one in standing(marks, (), SPACE)] == ["context", "start.calm", "threshold"]


def test_a_name_with_a_provider_is_a_model():
    assert [is_person(name) for name in ("ewa", "offline", "openai:gpt", "j.doe@clinic")] == [True, False, False, True]
