from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from empa_graph.content.library import load_rubric
from empa_graph.models.behaviour import ADVERSE, AXES, BEHAVIOURS, FORMS, HANDOFF, SIGNS, TASTES, Code, strength_of
from empa_graph.models.reading import Reading

SUPPORT = {"pleasure": {"understanding": 0.5, "asking_danger": 0.3}}
HARM = {"pleasure": {"dismissing": 0.9}}


def reading(**changes: Any) -> Reading:
    return Reading.model_validate({"support": SUPPORT, "harm": HARM, **changes})


def test_a_reading_needs_no_more_than_what_supports_and_what_harms():
    known = load_rubric().reading
    assert known is not None
    told = {"support": reading().support, "harm": reading().harm, "unanswered": None}
    told |= {"unfit": {}, "needs": {}, "need_gain": 0.0}
    assert reading() == known.model_copy(update=told)


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("comfort_gate", {}, "comfort_gate: without the threshold 'low'"),
        ("comfort_gate", {"low": 1.0, "high": 0.3}, "comfort_gate: without the threshold 'medium'"),
        ("progress_at", (0.7, 0.3), "progress_at: 0.7 is not below 0.3"),
        ("regress_at", (0.6, 0.6), "regress_at: 0.6 is not below 0.6"),
        ("progress_at", (0.0, 0.5), "progress_at: a share of 0 is level 0, so 0 cannot be level 1"),
        ("noticed_from", 4.0, "less than 4"),
        ("window", 21, "less than or equal to 20"),
        ("unfit", {"pleasure": 0.0}, "greater than 0"),
        ("unfit", {"pleasure": 4.1}, "less than or equal to 4"),
        ("patience", {"dismissing": 3}, "Extra inputs are not permitted"),
    ],
)
def test_a_table_or_range_that_cannot_be_read_by_is_refused(field: str, value: object, complaint: str):
    with pytest.raises(ValidationError, match=complaint):
        reading(**{field: value})


@pytest.mark.parametrize("sign", [*sorted(ADVERSE)])
def test_what_can_only_harm_supports_nothing(sign: str):
    with pytest.raises(ValidationError, match=f"support.pleasure: '{sign}' belongs on the other side"):
        reading(support={"pleasure": {**SUPPORT["pleasure"], sign: 0.5}})


def test_what_helps_is_no_harm_and_advice_may_be_either():
    with pytest.raises(ValidationError, match=r"harm\.pleasure: 'validating' belongs on the other side"):
        reading(harm={"pleasure": {"validating": 0.5}})
    either = reading(support={"pleasure": {**SUPPORT["pleasure"], "advising": 0.2}}, harm={"pleasure": {"advising": 1}})
    assert (either.support["pleasure"]["advising"], either.harm["pleasure"]["advising"]) == (0.2, 1.0)


@pytest.mark.parametrize("part", HANDOFF)
def test_every_dimension_has_one_part_of_a_hand_off_at_least(part: str):
    with pytest.raises(ValidationError, match=r"support\.pleasure: without a part of a hand-off"):
        reading(support={"pleasure": {"understanding": 0.5}})
    assert reading(support={"pleasure": {part: 0.5}}).support["pleasure"] == {part: 0.5}


def test_a_behaviour_that_nobody_codes_is_refused():
    with pytest.raises(ValidationError, match="warmth"):
        reading(support={"pleasure": {"warmth": 0.5}})


def test_the_signs_are_the_behaviours_of_the_codebook_and_the_forms():
    assert SIGNS == BEHAVIOURS + FORMS and len(set(SIGNS)) == len(SIGNS)
    assert set(HANDOFF) | AXES.keys() | ADVERSE | set(TASTES.values()) <= set(SIGNS)
    assert not ADVERSE & {*HANDOFF, "validating", "understanding", "eliciting", "affirming", "leaving_choice"}


@pytest.mark.parametrize("strength", [-0.1, 4.1, float("nan")])
def test_a_code_is_on_the_scale_of_the_codebook(strength: float):
    with pytest.raises(ValidationError):
        Code(behaviour="advising", strength=strength)


def test_a_behaviour_is_as_strong_as_its_strongest_code():
    codes = [Code(behaviour="advising", strength=strength) for strength in (1.0, 3.0, 2.0)]
    assert (strength_of(codes, "advising"), strength_of(codes, "pressing")) == (3.0, 0.0)
