from __future__ import annotations

import pytest

from empa_graph.models.episode import Episode
from empa_graph.report.contrast import contrasts
from empa_graph.scoring.power import minimum_detectable_effect
from tests.records import episode, score


def played(*composites: float, repeat: int = 0) -> list[Episode]:
    """One episode a scenario."""
    return [
        episode(scenario=f"someone/goal{number}", repeat=repeat, score=score(composite=composite))
        for number, composite in enumerate(composites)
    ]


def test_a_variant_is_set_against_the_first_scenario_by_scenario():
    before, after = [10.0, 20.0, 30.0, 60.0], [12.0, 26.0, 34.0, 64.0]
    (found,) = contrasts({"plain": played(*before), "tuned": played(*after)}, seed=1)
    assert (found.variant, found.baseline, found.scenarios) == ("tuned", "plain", 4)
    assert found.difference == pytest.approx(4.0)
    half = 3.182446 * (8 / 3 / 4) ** 0.5  # the 97.5% point of t with 3 degrees of freedom
    assert (found.low, found.high) == pytest.approx((4.0 - half, 4.0 + half), abs=1e-5)
    assert found.p_value == pytest.approx(2 / 16)
    assert found.detectable == pytest.approx(minimum_detectable_effect((8 / 3) ** 0.5, 4))


def test_the_interval_of_a_difference_ends_where_two_composites_cannot_lie_further_apart():
    (found,) = contrasts({"plain": played(0.0, 60.0), "tuned": played(100.0, 70.0)}, seed=1)
    assert (found.difference, found.low, found.high) == (55.0, -100.0, 100.0)


def test_only_what_both_have_a_score_for_is_compared():
    lost = [*played(50.0, 50.0), episode(scenario="someone/goal2", score=None, unscored="timeout: no answer")]
    (found,) = contrasts({"plain": played(10.0, 20.0, 90.0), "tuned": lost}, seed=1)
    assert (found.scenarios, found.difference) == (2, pytest.approx(35.0))


def test_repeats_weigh_as_one_scenario():
    before = [*played(10.0, 20.0), *played(30.0, repeat=1)]
    after = [*played(20.0, 20.0), *played(60.0, repeat=1)]
    (found,) = contrasts({"plain": before, "tuned": after}, seed=1)
    assert (found.scenarios, found.difference) == (2, pytest.approx((20.0 + 0.0) / 2))


def test_one_scenario_has_a_difference_and_nothing_to_test_it_with():
    (found,) = contrasts({"plain": played(10.0), "tuned": played(15.0)}, seed=1)
    assert found.difference == pytest.approx(5.0)
    assert (found.low, found.high, found.p_value, found.detectable) == (None, None, None, None)


def test_variants_that_share_no_scored_scenario_are_not_set_against_each_other():
    assert contrasts({"plain": [], "tuned": played(1.0)}, seed=1) == ()
    assert contrasts({"plain": played(1.0)}, seed=1) == ()
