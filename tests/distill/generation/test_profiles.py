from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from empa_graph.content.library import load_rubric, scenarios
from empa_graph.distill.generation.profiles import JITTER, counted, draw_profiles
from empa_graph.distill.generation.specification import Specification, read_specification
from empa_graph.distill.marks import fault, variables
from empa_graph.errors import ContentError, UsageError

SPACE = load_rubric("sdt").space


def specified(**changes: object) -> Specification:
    return Specification.model_validate({"about": "An example.", "scenarios": 20} | changes)


def test_shares_are_met_as_exactly_as_so_many_profiles_can():
    shares = {"need": {"affective": 0.5, "cognitive": 0.5}, "threshold": {"low": 0.25, "high": 0.75}}
    found = draw_profiles(specified(candidates=40, shares=shares), SPACE)
    assert len(found) == 40 and len({one.conversation for one in found}) == 40
    assert Counter(one.needs[0] for one in found) == {"affective": 20, "cognitive": 20}
    assert Counter(one.threshold for one in found) == {"low": 10, "high": 30}
    assert set(Counter(one.matter for one in found).values()) == {3, 4}


def test_one_more_goes_to_the_largest_remainder():
    assert counted({"a": 0.5, "b": 0.3, "c": 0.2}, 7) == {"a": 4, "b": 2, "c": 1}
    assert counted({"a": 1.0}, 3) == {"a": 3}
    assert sum(counted(dict.fromkeys("abcdefg", 1 / 7), 40).values()) == 40


def test_danger_is_stated_in_a_crisis_and_goes_there_first():
    usual = draw_profiles(specified(), SPACE)
    assert {(one.context, one.danger) for one in usual} == {("crisis", "stated"), ("casual", "none"), ("work", "none")}
    shares = {"context": {"crisis": 0.5, "work": 0.5}, "danger": {"stated": 0.3, "hinted": 0.3, "none": 0.4}}
    found = Counter((one.context, one.danger) for one in draw_profiles(specified(candidates=20, shares=shares), SPACE))
    assert found == {("crisis", "stated"): 6, ("crisis", "hinted"): 4, ("work", "hinted"): 2, ("work", "none"): 8}


def test_every_value_is_one_that_could_be_marked():
    known = {variable.id: variable for variable in variables(SPACE)}
    for one in draw_profiles(specified(), SPACE):
        told = {f"{time}.{name}": value for time in ("start", "end") for name, value in getattr(one, time).items()}
        told |= {f"indicator.{name}": level for name, level in one.indicators.items()}
        told |= {name: getattr(one, name) for name in ("context", "matter", "danger", "threshold", "needs")}
        told |= {name: getattr(one, name) for name in ("wanted", "rejected")}
        assert [wrong for name, value in told.items() if (wrong := fault(known[name], value))] == []
        assert one.annotators == ("drawn",) and one.wanted and one.rejected


def test_the_seed_draws_the_same_again():
    spec = specified(seed=4)
    assert draw_profiles(spec, SPACE) == draw_profiles(spec, SPACE, seed=4)
    assert draw_profiles(spec, SPACE) != draw_profiles(spec, SPACE, seed=5)


def test_the_way_is_that_of_a_goal_moved_a_little():
    routes = [one.goal.spaces["sdt"] for one in scenarios()]
    for one in draw_profiles(specified(), SPACE):
        assert any(
            all(abs(one.start[name] - route.start[name].value) <= JITTER + 0.01 for name in SPACE.names)
            for route in routes
        )


def test_a_space_without_bundled_points_is_refused():
    other = SPACE.model_copy(update={"id": "other"})
    with pytest.raises(UsageError, match="has a start and a target in space 'other'"):
        draw_profiles(specified(), other)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("about: x\nscenarios: 3\nshares: {need: {affective: 0.4}}\n", "shares sum to 0.4, allowed is 1"),
        ("about: x\nscenarios: 3\ncandidates: 2\n", "2 candidates for 3 scenarios"),
        ("about: x\nscenarios: 3\nshares: {matter: {wrok: 1}}\n", "matter"),
        ("about: x\nscenarios: 0\n", "scenarios"),
    ],
)
def test_a_wrong_specification_is_one_line_with_its_file(tmp_path: Path, text: str, told: str):
    file = tmp_path / "spec.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ContentError, match=r"spec\.yaml:\d+") as raised:
        read_specification(file)
    assert told in str(raised.value) and "\n" not in str(raised.value)


def test_three_times_as_many_are_drawn_as_are_wanted():
    assert specified().drawn == 60 and specified(candidates=25).drawn == 25
