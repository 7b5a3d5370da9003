from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from empa_graph.content.library import load_rubric
from empa_graph.models.rubric import Rubric, StepSizes
from empa_graph.models.stop_rule import RadiusStop

Sheet = dict[str, Any]


def an_anchor_short(sheet: Sheet) -> None:
    del sheet["anchors"]["calm"]


def a_prior_off_the_space(sheet: Sheet) -> None:
    sheet["prior_target"]["joy"] = 0.1


def a_prior_misspelt(sheet: Sheet) -> None:
    sheet["prior_target"]["clam"] = sheet["prior_target"].pop("calm")


def a_prior_outside_the_space(sheet: Sheet) -> None:
    sheet["prior_start"]["calm"] = 50


def a_prior_at_its_target(sheet: Sheet) -> None:
    sheet["prior_target"] = sheet["prior_start"]


def a_prior_that_progress_leads_away_from(sheet: Sheet) -> None:
    sheet["prior_target"]["calm"], sheet["prior_start"]["calm"] = -0.5, 0.8


def an_anchor_outside(sheet: Sheet) -> None:
    sheet["space"]["dimensions"][0]["anchors"][7.0] = "beyond"


def harm_without_a_dimension(sheet: Sheet) -> None:
    del sheet["reading"]["harm"]["autonomy"]


def an_adverse_behaviour_that_supports(sheet: Sheet) -> None:
    sheet["reading"]["support"]["calm"]["dismissing"] = 0.4


def a_supportive_behaviour_that_harms(sheet: Sheet) -> None:
    sheet["reading"]["harm"]["calm"]["validating"] = 0.4


def a_cue_in_place_of_a_behaviour(sheet: Sheet) -> None:
    sheet["reading"]["harm"]["calm"]["judging"] = 0.4


def unfit_off_the_space(sheet: Sheet) -> None:
    sheet["reading"]["unfit"]["joy"] = 0.4


def unanswered_off_the_space(sheet: Sheet) -> None:
    sheet["reading"]["unanswered"] = ["joy"]


def a_prompt_elsewhere(sheet: Sheet) -> None:
    sheet["judge_prompt"] = "../../secrets.md"


def an_unknown_field(sheet: Sheet) -> None:
    sheet["reading"]["mood"] = 1


def a_dimension_twice(sheet: Sheet) -> None:
    sheet["space"]["dimensions"].append(sheet["space"]["dimensions"][0])


def more_dimensions_than_any_space_has(sheet: Sheet) -> None:
    sheet["space"]["dimensions"] *= 13


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (an_anchor_short, "anchors: without the dimension 'calm'"),
        (a_prior_off_the_space, "prior_target: unknown dimension 'joy'; allowed are autonomy, "),
        (a_prior_misspelt, "prior_target: unknown dimension 'clam'; did you mean 'calm'"),
        (a_prior_outside_the_space, "prior_start.calm: 50, allowed is -1 to 1"),
        (a_prior_at_its_target, "prior_target: 0 from prior_start, within prior_radius 0.3"),
        (a_prior_that_progress_leads_away_from, "prior_target.calm: 1.3 below prior_start, .* only rises"),
        (an_anchor_outside, "an anchor at 7, allowed is -1 to 1"),
        (harm_without_a_dimension, "reading.harm: without the dimension 'autonomy'"),
        (an_adverse_behaviour_that_supports, "support.calm: 'dismissing' belongs on the other side"),
        (a_supportive_behaviour_that_harms, "harm.calm: 'validating' belongs on the other side"),
        (a_cue_in_place_of_a_behaviour, "^1 validation error for Rubric\nreading.harm.calm.judging"),
        (unfit_off_the_space, "reading.unfit: .*'joy'.* are no dimensions"),
        (unanswered_off_the_space, "reading.unanswered: .*'joy'.* are no dimensions"),
        (a_prompt_elsewhere, "should match pattern"),
        (an_unknown_field, "extra_forbidden"),
        (more_dimensions_than_any_space_has, "at most 50 items"),
        (a_dimension_twice, "dimension ids repeat"),
    ],
)
def test_a_rubric_that_breaks_a_rule_is_refused(spoil: Callable[[Sheet], None], complaint: str):
    sheet = load_rubric().model_dump(mode="json")
    spoil(sheet)
    with pytest.raises(ValidationError, match=complaint):
        Rubric.model_validate(sheet)


UP, DOWN = (0.0, 0.1, 0.2), (0.0, -0.1, -0.2)


@pytest.mark.parametrize("progress", [(0.1, 0.2, 0.3), (0.0, 0.2, 0.2), (0.0, 0.3, 0.2), (0.0, -0.1, 0.2)])
def test_progress_steps_start_at_zero_and_rise_with_each_level(progress: tuple[float, float, float]):
    with pytest.raises(ValidationError, match="progress steps rise from 0"):
        StepSizes(progress=progress, regress=DOWN)


@pytest.mark.parametrize("regress", [(0.0, 0.1, 0.2), (0.0, -0.2, -0.1), (-0.1, -0.2, -0.3)])
def test_regress_steps_fall_from_zero(regress: tuple[float, float, float]):
    with pytest.raises(ValidationError, match="regress steps fall from 0"):
        StepSizes(progress=UP, regress=regress)


def test_steps_may_fall_where_a_dimension_should_come_down():
    assert StepSizes(progress=DOWN, regress=UP).sign == -1
    with pytest.raises(ValidationError, match="regress steps rise from 0"):
        StepSizes(progress=DOWN, regress=DOWN)
    with pytest.raises(ValidationError, match="progress steps fall from 0"):
        StepSizes(progress=(0.0, 0.1, -0.2), regress=UP)


def test_a_deficit_of_indicators_can_only_rise():
    sheet = load_rubric("epm").model_dump(mode="json")
    sheet["steps"]["affective"] = {"progress": DOWN, "regress": UP}
    with pytest.raises(ValidationError, match="steps: 'affective' falls"):
        Rubric.model_validate(sheet)


def test_a_space_has_the_id_of_its_rubric_unless_it_names_another():
    sheet = load_rubric().model_dump(mode="json") | {"id": "strict"}
    assert Rubric.model_validate(sheet).space.id == "sdt"
    del sheet["space"]["id"]
    assert Rubric.model_validate(sheet).space.id == "strict"


def test_an_episode_may_not_end_before_it_may_stop():
    with pytest.raises(ValidationError, match="min_turns 9 is above max_turns 8"):
        RadiusStop(min_turns=9, max_turns=8, collapse_after=3)
    assert RadiusStop(min_turns=8, max_turns=8, collapse_after=3).max_turns == 8


def test_a_collapse_takes_more_than_one_turn():
    with pytest.raises(ValidationError, match="greater than or equal to 2"):
        RadiusStop(min_turns=1, max_turns=8, collapse_after=1)


def test_a_rubric_is_frozen():
    with pytest.raises(ValidationError, match="frozen"):
        load_rubric().stop.max_turns = 99


def test_the_bundled_rubric_comes_back_from_json():
    rubric = load_rubric()
    assert Rubric.model_validate_json(rubric.model_dump_json()) == rubric
