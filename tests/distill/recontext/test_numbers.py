from __future__ import annotations

import math

import pytest

from empa_graph.content.library import load_rubric
from empa_graph.distill.marks import EPM_INDICATORS
from empa_graph.distill.recontext.numbers import (
    anti_preferences,
    levels,
    preferences,
    priorities,
    route,
)
from empa_graph.models.cue import CueName
from tests.distill.recontext.parts import profile

RUBRIC = load_rubric("sdt")


def at(value: float) -> dict[str, float]:
    """A point with the same value on every dimension."""
    return dict.fromkeys(RUBRIC.space.names, value)


def test_the_target_goes_on_from_the_end_half_the_way_to_the_usual_one():
    found = route(profile(start=at(-0.4), end=at(-0.2)), RUBRIC, crisis=False)
    assert found is not None
    target = {name: note.value for name, note in found.target.items()}
    # autonomy: 0.2 on the way, then half of the 0.4 from -0.2 to 0.2; calm: half of the 0.5 to 0.3.
    assert target == pytest.approx({"autonomy": 0.0, "competence": 0.0, "relatedness": 0.05, "calm": 0.05})
    way = math.dist([-0.4] * 4, target.values())
    assert found.radius is not None and found.radius.value == round(0.2 * way, 2)


def test_a_crisis_leads_less_far():
    calm, crisis = (route(profile(start=at(-0.8), end=at(-0.8)), RUBRIC, crisis=one) for one in (False, True))
    assert calm is not None and crisis is not None
    assert crisis.target["calm"].value < calm.target["calm"].value


def test_who_got_worse_still_has_somewhere_to_go():
    found = route(profile(start=at(0.3), end=at(-0.5)), RUBRIC, crisis=False)
    assert found is not None and found.target["calm"].value == pytest.approx(0.45)


def test_there_is_no_route_where_nothing_is_left_to_reach():
    assert route(profile(start=at(1.0), end=at(1.0)), RUBRIC, crisis=False) is None


def test_levels_stand_only_where_all_nine_are_marked_and_one_is_above_zero():
    assert levels(profile(indicators={"c1": 2})) is None
    assert levels(profile(indicators=dict.fromkeys(EPM_INDICATORS, 0))) is None
    assert levels(profile(indicators=dict.fromkeys(EPM_INDICATORS, 1))) is not None


def test_priorities_follow_the_order_and_are_even_without_one():
    ordered = priorities(profile(needs=["motivational", "cognitive", "affective"]))
    assert (ordered.motivational.value, ordered.cognitive.value, ordered.affective.value) == (0.5, 0.3, 0.2)
    assert priorities(profile(needs=[])).affective.value == 0.34


def test_tastes_are_filled_up_to_two_and_say_so():
    wanted = preferences(profile(wanted=["warmth"], needs=["cognitive", "affective", "motivational"]), crisis=False)
    assert [one.cue for one in wanted] == [CueName.WARMTH, CueName.REFLECTION]
    assert wanted[1].reason.startswith("Not marked")
    assert len(anti_preferences(profile(rejected=[]))) == 2


def test_a_hand_off_is_wanted_in_a_crisis_alone():
    asked = profile(wanted=["safe_handoff", "warmth"])
    assert CueName.SAFE_HANDOFF not in {one.cue for one in preferences(asked, crisis=False)}
    assert CueName.SAFE_HANDOFF in {one.cue for one in preferences(asked, crisis=True)}
