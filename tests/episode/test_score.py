from __future__ import annotations

import numpy as np
import pytest

from empa_graph.episode.score import check_profile, scored
from empa_graph.errors import UsageError
from empa_graph.scoring.epmq import epmq
from tests.recorded_parts import EPM, recording
from tests.scripted_parts import RUBRIC, opening, walked

FORWARD = [(1, 0), (2, 0), (1, 0)]
MIXED = [(1, 1), (0, 2), (2, 0)]
HARD = (2, 2, 3, 2, 2, 2, 1, 2, 1)


def test_a_path_of_deficits_has_both_families_of_scores():
    latent = recording(HARD, [FORWARD, MIXED]).latent
    score = scored(latent, EPM.stop, "balanced").score
    assert score is not None
    expected = epmq(
        latent.start,
        np.array([[1, 3, 1], [1 - 2, -5, 3]]),
        progress=np.array([[1, 2, 1], [1, 0, 2]]),
        regress=np.array([[0, 0, 0], [1, 2, 0]]),
    )
    assert score.epmq["published"].composite == pytest.approx(expected.composite)
    assert set(score.epmq) == {"published", "paper"}
    assert score.epmq["paper"] != score.epmq["published"]
    assert score.composite > 0


def test_a_rubric_without_energy_has_the_trio_alone():
    score = scored(walked([(0.1,) * 4], opening()), RUBRIC.stop, "balanced").score
    assert score is not None
    assert score.epmq == {}


def test_a_missing_judgement_is_left_out_of_both_families():
    dense = scored(recording(HARD, [FORWARD, MIXED]).latent, EPM.stop, "balanced").score
    gaps = scored(recording(HARD, [FORWARD, None, MIXED]).latent, EPM.stop, "balanced").score
    assert dense and gaps
    assert gaps.epmq == dense.epmq
    assert (gaps.coverage, dense.coverage) == (pytest.approx(2 / 3), 1.0)


@pytest.mark.parametrize(
    ("profile", "line"),
    [
        ("balancd", "unknown weight profile 'balancd'. Did you mean 'balanced'?"),
        ("0.5,0.5", "found 2 weights, allowed are three"),
        ("0.5,0.5,0.5", "sum to 1.5, allowed is 1"),
        ("a,b,c", "are no numbers; allowed are three"),
    ],
)
def test_wrong_weights_are_one_line(profile: str, line: str):
    with pytest.raises(UsageError) as caught:
        check_profile(profile)
    assert line in str(caught.value)


def test_own_weights_are_weights():
    check_profile("0.5,0.3,0.2")
