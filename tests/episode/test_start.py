from __future__ import annotations

import pytest

from empa_graph.content.library import load_rubric, scenarios
from empa_graph.episode.start import initial_deficit, opening
from empa_graph.errors import ContentError
from empa_graph.models.persona import Annotation, Route, Scenario
from tests.scripted_parts import SCENARIO

SDT, EPM = load_rubric("sdt"), load_rubric("epm")

ZERO = {indicator.id: 0 for indicator in EPM.initial}


def with_goal(**changes: object) -> Scenario:
    return SCENARIO.model_copy(update={"goal": SCENARIO.goal.model_copy(update=changes)})


def in_epm(found: dict[str, Annotation]) -> Scenario:
    return with_goal(spaces={"epm": Route(levels=found)})


def levels(**given: int) -> dict[str, Annotation]:
    return {
        name: Annotation(value=level, annotator="somebody", reason="Seen.") for name, level in (ZERO | given).items()
    }


@pytest.mark.parametrize(
    ("indicator", "deficit"),
    [
        ("c1", (-2, 0, 0)),
        ("c2", (-2, 0, 0)),
        ("c3", (-3, 0, 0)),
        ("a1", (0, -2, 0)),
        ("a2", (0, -4, 0)),
        ("a3", (0, -3, 0)),
        ("p1", (0, 0, -2)),
        ("p2", (0, 0, -4)),
        ("p3", (0, 0, -3)),
    ],
)
def test_each_indicator_weighs_on_its_axis_as_published(indicator: str, deficit: tuple[int, int, int]):
    assert initial_deficit(EPM, ZERO | {indicator: 1}) == deficit
    assert initial_deficit(EPM, ZERO | {indicator: 3}) == tuple(3 * x for x in deficit)


def test_the_order_of_the_levels_does_not_matter():
    given = ZERO | {"c1": 1, "a2": 2, "p3": 3}
    assert initial_deficit(EPM, dict(reversed(given.items()))) == initial_deficit(EPM, given) == (-2, -8, -9)


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        ({"c1": 1}, "^without the indicator 'c2' of 'epm'$"),
        ({}, "^without the indicator 'c1' of 'epm'$"),
        ({**ZERO, "zz": 1}, "^unknown indicator 'zz' for 'epm'; allowed are c1, c2, c3"),
    ],
)
def test_a_missing_or_an_unknown_indicator_is_named(wrong: dict[str, int], line: str):
    with pytest.raises(ContentError, match=line):
        initial_deficit(EPM, wrong)


def test_a_goal_of_levels_starts_at_its_deficit_and_aims_at_the_origin():
    start = opening(EPM, in_epm(levels(c1=3, a2=2)))
    assert (start.start, start.target) == ((-6, -8, 0), (0, 0, 0))
    assert start.radius == pytest.approx(0.1 * 10)


def test_a_goal_of_points_starts_where_it_says():
    start = opening(SDT, SCENARIO)
    assert start.start == (-0.25, 0.0, -0.7, -0.3)
    assert start.radius == 0.21


def test_without_a_scenario_the_start_is_the_rubric_s_prior():
    assert opening(EPM).start == tuple(EPM.prior_start[name] for name in EPM.space.names)
    assert opening(EPM).supposed and not opening(SDT, SCENARIO).supposed


@pytest.mark.parametrize(
    ("found", "line"),
    [
        (levels(), "every level is 0; there is no deficit to work on"),
        ({"c1": levels()["c1"]}, "without the indicator 'c2' of 'epm'"),
    ],
)
def test_a_goal_that_the_rubric_cannot_start_from_is_one_line(found: dict[str, Annotation], line: str):
    with pytest.raises(ContentError) as caught:
        opening(EPM, in_epm(found))
    assert str(caught.value) == f"scenario 'night_nurse/call_home': spaces.epm.levels: {line}"


def test_a_goal_without_a_start_in_the_rubrics_space_is_one_line_with_the_spaces_it_has():
    pad = SDT.model_copy(update={"id": "mood", "space": SDT.space.model_copy(update={"id": "pad"})})
    with pytest.raises(ContentError) as caught:
        opening(pad, SCENARIO)
    said = "rubric 'mood' is played in space 'pad', the goal's spaces are sdt, epm"
    assert str(caught.value) == f"scenario 'night_nurse/call_home' has no start for it: {said}"


def test_levels_are_no_start_for_a_rubric_that_needs_points():
    with pytest.raises(ContentError, match=r"spaces\.sdt\.start: without the dimension 'autonomy'$"):
        opening(SDT, with_goal(spaces={"sdt": Route(levels=levels(c1=1))}))


def test_rubrics_that_share_a_space_share_its_starts():
    assert opening(SDT.model_copy(update={"id": "strict"}), SCENARIO) == opening(SDT, SCENARIO)


@pytest.mark.parametrize("scenario", scenarios(), ids=lambda scenario: scenario.id)
def test_every_bundled_scenario_has_a_deficit_on_every_axis(scenario: Scenario):
    start = opening(EPM, scenario).start
    assert all(-27 <= axis < 0 for axis in start)
    assert min(int(annotated.value) for annotated in scenario.goal.spaces["epm"].levels.values()) < 3
