from __future__ import annotations

import pytest

from empa_graph.content.library import load_rubric
from empa_graph.episode.score import scored
from empa_graph.models.failure import Failure
from empa_graph.models.latent import LatentState, Step
from empa_graph.report.path import path_by_turn

LOST = Failure(turn=2, blame="evaluator", kind="judge_invalid", detail="prose")


def walked(*increments: tuple[float, float] | None, start: tuple[float, float] = (0.0, 0.0)) -> LatentState:
    latent = LatentState.opening(dimensions=("calm", "trust"), start=start, target=(0.6, 0.8), radius=0.3)
    for turn, increment in enumerate(increments, start=1):
        failure = LOST if increment is None else None
        latent = latent.extended(Step(turn=turn, increment=increment, failure=failure))
    return latent


def test_a_turn_without_a_judgement_has_no_figure():
    found = path_by_turn(walked((0.3, 0.4), None, (0.3, 0.4)))
    assert found.progress == pytest.approx((0.5, None, 1.0))
    assert found.distance == pytest.approx((0.5, None, 0.0))


def test_a_step_away_is_no_progress_and_more_distance():
    found = path_by_turn(walked((-0.6, -0.8)))
    assert (found.progress, found.distance) == ((0.0,), pytest.approx((2.0,)))


def test_a_start_on_the_target_has_no_way_to_go():
    assert path_by_turn(walked((0.1, 0.0), start=(0.6, 0.8))).progress == (0.0,)


def test_the_last_figure_is_the_progress_of_the_score():
    latent = walked((0.3, 0.1), (0.1, -0.2), None, (0.1, 0.3))
    score = scored(latent, load_rubric().stop, "balanced").score
    assert score is not None
    assert path_by_turn(latent).progress[-1] == pytest.approx(score.progress)
