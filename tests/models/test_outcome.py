from __future__ import annotations

import pytest

from empa_graph.content.library import find_scenarios
from empa_graph.models.assessment import Assessment, Item
from empa_graph.models.episode import Episode
from empa_graph.models.failure import Failure
from empa_graph.models.latent import LatentState, Step
from empa_graph.models.outcome import RANGES, Outcome, outcomes
from empa_graph.models.run import Planned
from empa_graph.models.support import SupportJudgement
from tests.records import episode

BUSY = Failure(turn=2, blame="provider", kind="rate_limited", detail="busy", seat="support_judge")
CRISIS = "laid_off_father/morning_bridge"


def outcome(played: Episode | None, scenario: str = "someone/something") -> Outcome:
    plan = [Planned(scenario=scenario, variant="baseline", repeat=0, seed=1)]
    known = {CRISIS: find_scenarios([CRISIS])[0]}
    (found,) = outcomes(plan, [] if played is None else [played], known)
    return found


def test_an_episode_gives_its_numbers_by_metric():
    values = outcome(episode()).values
    assert (values["composite"], values["impact_index"], values["coverage"], values["turns"]) == (50.0, 0.25, 1.0, 1.0)
    assert (values["scored"], values["success"]) == (1.0, 0.0)
    assert "epm_q" not in values
    assert {name.partition(".")[0] for name in values} <= set(RANGES)


def test_support_by_a_model_is_a_number_of_its_own_and_its_failure_is_none():
    coded = episode(support_judged=SupportJudgement(judge="m", value=0.75))
    failed = episode(support_judged=SupportJudgement(judge="m", failure=BUSY))
    assert outcome(coded).values["support_judged"] == 0.75
    assert "support_judged" not in outcome(failed).values and outcome(failed).failed is None


def test_an_episode_that_was_not_played_is_known_by_its_plan():
    found = outcome(None, CRISIS)
    assert (found.failed, found.blame, found.context, found.threshold) == ("not played", "us", "crisis", "medium")
    assert found.values == {"coverage": 0.0, "scored": 0.0}
    assert (found.persona, found.goal) == ("laid_off_father", "morning_bridge")


def test_a_failed_episode_has_a_cause_and_no_number():
    failure = Failure(turn=1, blame="empathic", kind="reply_error", detail="too long")
    found = outcome(episode(ending="failed", score=None, unscored="reply_error", failure=failure))
    assert (found.failed, found.blame) == ("reply_error", "empathic")
    assert set(found.values) == {"coverage", "scored", "simulator_failures", "simulator_fallbacks"}


def test_a_scenario_that_is_not_known_has_no_context():
    assert outcome(episode()).context is None


def test_movement_is_the_way_won_towards_the_target():
    # From the origin towards (0.6, -0.8): 0.5 against the second axis and 0.3 along the first.
    latent = LatentState.opening(dimensions=("calm", "trust"), start=(0.0, 0.0), target=(0.6, -0.8), radius=0.3)
    values = outcome(episode(latent=latent.extended(Step(turn=1, increment=(0.3, 0.5))))).values
    assert values["movement"] == pytest.approx(0.3 * 0.6 - 0.5 * 0.8)
    assert values["movement.calm"] == pytest.approx(0.3)
    assert values["movement.trust"] == pytest.approx(-0.5)


def test_levels_are_means_per_judged_turn():
    latent = LatentState.opening(dimensions=("calm", "trust"), start=(0.0, 0.0), target=(0.6, 0.2), radius=0.3)
    for turn, level in ((1, 2), (2, 0)):
        items = (
            Item(dimension="calm", progress=1, progress_evidence="x", regress=level, regress_evidence="y"),
            Item(dimension="trust", progress=0, regress=level, regress_evidence="y"),
        )
        latent = latent.extended(
            Step(turn=turn, increment=(0.0, 0.1), assessment=Assessment(evaluator="cues", items=items))
        )
    values = outcome(episode(latent=latent)).values
    assert (
        values["regress_level"],
        values["regress_level.calm"],
        values["progress_level"],
        values["progress_level.trust"],
    ) == (2, 1, 1, 0)
