from __future__ import annotations

from typing import Any

import pytest

from empa_graph.content.library import load_rubric
from empa_graph.models.assessment import Assessment, Item
from empa_graph.models.failure import Failure
from empa_graph.models.latent import Step
from empa_graph.roles.evaluator.offline import CueEvaluator
from empa_graph.roles.views import EvaluatorView, EvaluatorWrite
from empa_graph.testing import CheckError, check_evaluator

NAMES = load_rubric().space.names


class Fixed:
    """Gives every reply the same levels on every dimension."""

    def __init__(self, *, progress: int = 0, evidence: str = "", names: tuple[str, ...] = NAMES) -> None:
        self._items = tuple(
            Item(dimension=name, progress=progress, progress_evidence=evidence, regress=0) for name in names
        )

    async def __call__(self, view: EvaluatorView) -> EvaluatorWrite:
        turn = len(view["latent"].steps) + 1
        said = Assessment(evaluator="fixed", items=self._items) if self._items else None
        return EvaluatorWrite(latent=Step(turn=turn, increment=(0.0,) * 4, assessment=said))


def faults(evaluator: Any) -> tuple[str, ...]:
    with pytest.raises(CheckError) as caught:
        check_evaluator(evaluator)
    return caught.value.faults


@pytest.mark.parametrize("evaluator", [CueEvaluator, CueEvaluator(load_rubric()), Fixed()])
def test_a_sound_evaluator_or_the_class_that_makes_one_passes(evaluator: Any):
    check_evaluator(evaluator)


def test_evidence_that_nobody_said_is_a_fault():
    found = faults(Fixed(progress=1, evidence="perfect empathy and more"))
    assert "calm.progress is 1 on evidence the agent did not say: 'perfect empathy and more'" in "\n".join(found)


def test_a_level_without_evidence_is_a_fault():
    assert any("autonomy.progress is 2 on evidence" in fault for fault in faults(Fixed(progress=2)))


def test_progress_for_silence_is_a_fault():
    assert any("empty reply, turn 1: progress for a reply that says nothing" in f for f in faults(Fixed(progress=1)))


def test_levels_that_the_reply_asked_for_are_a_fault():
    assert any("every level that the reply asked for" in fault for fault in faults(Fixed(progress=2)))


@pytest.mark.parametrize("names", [(), NAMES[:3], (*NAMES, NAMES[0])])
def test_a_zero_in_place_of_a_missing_judgement_is_a_fault(names: tuple[str, ...]):
    assert any("a failure, not an increment" in fault for fault in faults(Fixed(names=names)))


def test_an_evaluator_that_judges_nothing_is_a_fault_with_its_causes():
    async def absent(view: EvaluatorView) -> EvaluatorWrite:
        turn = len(view["latent"].steps) + 1
        why = Failure(turn=turn, blame="evaluator", kind="judge_invalid", detail="no JSON")
        return EvaluatorWrite(latent=Step(turn=turn, increment=None, failure=why))

    (fault,) = faults(absent)
    assert fault == "no turn of an ordinary conversation was judged: no JSON"
