from __future__ import annotations

import pytest

from empa_graph.models.assessment import Assessment, Item, Vote
from empa_graph.models.episode import Episode
from empa_graph.models.failure import Failure
from empa_graph.models.latent import LatentState, Step
from empa_graph.report.judge_agreement import panel_agreement
from tests.records import episode

MISSING = Failure(turn=1, blame="evaluator", kind="judge_invalid", detail="prose")


def vote(judge: str, level: int | None) -> Vote:
    if level is None:
        return Vote(judge=judge, failure=MISSING)
    return Vote(judge=judge, items=(Item(dimension="calm", progress=level, progress_evidence="x", regress=0),))


def voted(*turns: tuple[int | None, ...]) -> Episode:
    latent = LatentState.opening(dimensions=("calm",), start=(0.0,), target=(1.0,), radius=0.1)
    for number, levels in enumerate(turns, start=1):
        votes = tuple(vote(f"judge{index}", level) for index, level in enumerate(levels))
        latent = latent.extended(
            Step(turn=number, increment=(0.0,), assessment=Assessment(evaluator="panel", items=(), votes=votes))
        )
    return episode(latent=latent)


def test_judges_that_always_agree_have_an_alpha_of_one():
    found = panel_agreement([voted((0, 0), (1, 1)), voted((2, 2))])
    assert found is not None
    assert (found.judges, found.turns, found.split) == (("judge0", "judge1"), 3, 0.0)
    assert found.by_item["calm progress"] == pytest.approx(1.0)


def test_without_variation_alpha_is_not_defined_and_not_zero():
    found = panel_agreement([voted((1, 1), (1, 1))])
    assert found is not None
    assert (found.by_item["calm progress"], found.by_item["calm regress"]) == (None, None)


def test_a_missing_vote_is_left_out_and_no_level():
    with_gap, without = panel_agreement([voted((0, 0), (2, 2), (1, None))]), panel_agreement([voted((0, 0), (2, 2))])
    assert with_gap is not None and without is not None
    assert with_gap.by_item["calm progress"] == without.by_item["calm progress"]


def test_the_share_of_split_items_counts_items_with_two_votes():
    found = panel_agreement([voted((0, 2), (1, 1), (1, None))])
    assert found is not None
    assert found.split == pytest.approx(1 / 4)


def test_an_episode_without_a_panel_has_no_agreement():
    assert panel_agreement([episode()]) is None
