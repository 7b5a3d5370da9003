from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from empa_graph.errors import ProviderError, RoleError, TransientError, UsageError
from empa_graph.graph.node import seat
from empa_graph.llm import Completion, ScriptedChat
from empa_graph.models.assessment import Assessment, Item
from empa_graph.models.dialogue import Usage
from empa_graph.models.latent import Step
from empa_graph.models.rubric import Rubric
from empa_graph.roles.evaluator.asking import ATTEMPTS
from empa_graph.roles.evaluator.judge import JudgeEvaluator
from empa_graph.roles.evaluator.movement import increment
from empa_graph.roles.evaluator.panel import PanelEvaluator, medians
from empa_graph.roles.views import EvaluatorRole, EvaluatorView, EvaluatorWrite
from tests.roles.judging import EPM, EPM_SCENARIO, epm_judgement, epm_path, talk, viewed
from tests.scripted_parts import RUBRIC

USAGE = Usage(tokens_in=10, tokens_out=2)
PATH = epm_path()


def graded(level: int, **fields: Any) -> Completion:
    return Completion(text=json.dumps(epm_judgement(level=level, **fields)), usage=USAGE)


def judge(*answers: Completion | Exception | str, every: int = 1) -> JudgeEvaluator:
    return JudgeEvaluator(ScriptedChat("judge", answers, cycle=True), EPM, every=every)


def panel(*judges: EvaluatorRole) -> PanelEvaluator:
    return PanelEvaluator([(f"judge_{at}", one) for at, one in enumerate(judges)], EPM, pause=0.0)


async def step(*judges: EvaluatorRole) -> Step:
    return (await panel(*judges)(viewed(talk(1), PATH)))["latent"]


def item(progress: int, regress: int = 0, said: str = "") -> tuple[Item]:
    return (
        Item(
            dimension="calm",
            progress=progress,
            progress_evidence=said,
            progress_serves=said.upper(),
            regress=regress,
            regress_evidence=said,
        ),
    )


@pytest.mark.parametrize(
    ("levels", "median"),
    [([2], 2), ([0, 2, 1], 1), ([2, 2, 0], 2), ([1, 2], 1), ([0, 1, 1, 2], 1), ([0, 0, 2, 2], 0), ([2, 1, 2, 1], 1)],
)
def test_the_level_is_the_median_and_the_lower_one_of_an_even_number(levels: list[int], median: int) -> None:
    (found,) = medians([item(level, 2 - level) for level in levels])
    assert found.progress == median
    assert found.regress == sorted(2 - level for level in levels)[(len(levels) - 1) // 2]


def test_evidence_and_card_part_come_from_the_first_judge_of_that_level() -> None:
    (found,) = medians([item(2, 0, "a"), item(1, 0, "b"), item(1, 1, "c"), item(0, 1, "d")])
    assert (found.progress, found.progress_evidence, found.progress_serves) == (1, "b", "B")
    assert (found.regress, found.regress_evidence) == (0, "a")


async def test_the_panel_moves_the_path_by_its_medians_and_keeps_every_vote() -> None:
    found = await step(judge(graded(2)), judge(graded(1, serves="values")), judge(graded(0)))
    assert found.assessment is not None
    assert found.increment == (1.0, 0.0, 0.0) == increment(found.assessment.items, PATH, EPM)
    assert (found.assessment.evaluator, found.assessment.items[0].progress_serves) == ("panel", "values")
    votes = {vote.judge: vote.items[0].progress for vote in found.assessment.votes}
    assert votes == {"judge_0": 2, "judge_1": 1, "judge_2": 0}


@pytest.mark.parametrize(("saw", "offered"), [(0, False), (1, False), (2, True), (3, True)])
async def test_a_hand_off_counts_when_more_than_half_of_the_judges_saw_it(saw: int, offered: bool) -> None:
    def vote(seen: bool) -> JudgeEvaluator:
        handoff = {"evidence": "Nobody told you.", "level": 2} if seen else {"evidence": "", "level": 0}
        return judge(json.dumps({**epm_judgement(), "safe_handoff": handoff}))

    goal = EPM_SCENARIO.goal.model_copy(update={"context": "crisis", "constraints": ("A hand-off first.",)})
    crisis = EPM_SCENARIO.model_copy(update={"goal": goal})
    asked = panel(*(vote(at < saw) for at in range(3)))
    found = (await asked(viewed(talk(1), PATH, scenario=crisis)))["latent"].assessment
    assert found is not None and bool(found.handoff) == offered
    assert [bool(given.handoff) for given in found.votes] == [at < saw for at in range(3)]


async def test_usage_is_summed_over_valid_and_failed_judgements() -> None:
    bad = Completion(text="no", usage=USAGE)
    found = await step(judge(graded(1)), judge(bad), judge(bad, graded(1)))
    assert found.assessment is not None
    assert found.assessment.usage == Usage(tokens_in=50, tokens_out=10)
    assert found.assessment.repaired


async def test_a_failed_vote_is_kept_with_its_cause_and_is_no_zero() -> None:
    found = await step(judge(graded(2)), judge("no"), judge(graded(2)))
    assert found.increment == (3.0, 0.0, 0.0)
    assert found.assessment is not None
    failures = [vote.failure and vote.failure.kind for vote in found.assessment.votes]
    assert failures == [None, "judge_invalid", None]
    assert found.assessment.votes[1].items == ()


@pytest.mark.parametrize(
    ("valid", "invalid", "quorum"), [(1, 0, True), (2, 1, True), (1, 1, False), (2, 2, False), (1, 2, False)]
)
async def test_a_majority_of_valid_judgements_is_needed(valid: int, invalid: int, quorum: bool) -> None:
    found = await step(*[judge(graded(1))] * valid, *[judge("no")] * invalid)
    assert (found.increment is not None) == quorum
    assert (found.failure and found.failure.kind) == (None if quorum else "panel_no_quorum")


async def test_without_a_quorum_the_votes_and_the_usage_are_kept() -> None:
    found = await step(judge(graded(2)), judge("no"), judge(ProviderError("closed", kind="unauthorised")))
    assert found.failure is not None and found.assessment is not None
    assert (found.failure.blame, found.usage, found.assessment.items) == ("evaluator", USAGE, ())
    assert "1 of 3 judges" in found.failure.detail and "judge_2: unauthorised" in found.failure.detail
    assert [len(vote.items) for vote in found.assessment.votes] == [3, 0, 0]


async def test_judges_that_are_all_out_of_reach_are_the_providers_blame() -> None:
    found = await step(*[judge(ProviderError("gone", kind="bad_request"))] * 3)
    assert found.failure is not None
    assert (found.failure.blame, found.failure.kind) == ("provider", "panel_no_quorum")


async def test_a_busy_judge_is_asked_again_and_no_other_judge_is_paid_twice() -> None:
    busy = ScriptedChat("busy", [TransientError("busy"), TransientError("busy"), graded(1)])
    calm = ScriptedChat("calm", [graded(1)])
    found = await step(JudgeEvaluator(busy, EPM), JudgeEvaluator(calm, EPM), judge(graded(1)))
    assert found.increment == (1.0, 0.0, 0.0)
    assert (len(busy.asked), len(calm.asked)) == (3, 1)


async def test_a_judge_that_stays_busy_is_a_failed_vote_after_bounded_attempts() -> None:
    busy = ScriptedChat("busy", [TransientError("busy", kind="rate_limited")], cycle=True)
    found = await step(JudgeEvaluator(busy, EPM), judge(graded(1)), judge(graded(1)))
    assert found.increment is not None and found.assessment is not None
    failure = found.assessment.votes[0].failure
    assert failure is not None and (failure.kind, failure.blame) == ("rate_limited", "provider")
    assert len(busy.asked) == ATTEMPTS


async def test_all_judges_are_asked_at_the_same_time() -> None:
    gate = asyncio.Barrier(3)

    async def waiting(view: EvaluatorView) -> EvaluatorWrite:
        async with asyncio.timeout(5):
            await gate.wait()
        return await judge(graded(1))(view)

    assert (await step(waiting, waiting, waiting)).increment == (1.0, 0.0, 0.0)


def stuck(ended: list[str]) -> Callable[[EvaluatorView], Any]:
    async def role(view: EvaluatorView) -> EvaluatorWrite:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("stopped")
        raise AssertionError

    return role


async def test_a_crash_of_one_judge_stops_the_others_and_is_raised() -> None:
    ended: list[str] = []

    async def crashing(view: EvaluatorView) -> EvaluatorWrite:
        await asyncio.sleep(0)
        raise ZeroDivisionError("a bug")

    with pytest.raises(ZeroDivisionError):
        await step(stuck(ended), crashing, stuck(ended))
    assert ended == ["stopped", "stopped"]


async def test_a_cancelled_panel_leaves_no_judge_running() -> None:
    ended: list[str] = []
    task = asyncio.create_task(step(stuck(ended), stuck(ended)))
    for _ in range(3):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == ["stopped", "stopped"]


async def test_judges_of_one_model_draw_different_seeds_and_the_same_ones_again() -> None:
    chats = [ScriptedChat("judge", [graded(1)], cycle=True) for _ in range(2)]
    for _ in range(2):
        await step(*[JudgeEvaluator(chat, EPM) for chat in chats])
    (first, again), (other, _) = [[call.seed for call in chat.asked] for chat in chats]
    assert first == again != other


async def test_a_turn_that_no_judge_is_due_at_is_not_due() -> None:
    found = await step(judge(graded(1), every=2), judge(graded(1), every=2))
    assert (found.due, found.failure, found.increment) == (False, None, None)


async def test_judges_that_are_due_at_different_turns_are_a_fault_of_the_panel() -> None:
    with pytest.raises(RoleError, match="not due at the same turns"):
        await step(judge(graded(1), every=2), judge(graded(1)))


async def test_levels_of_another_rubric_do_not_count() -> None:
    async def foreign(view: EvaluatorView) -> EvaluatorWrite:
        moved = Assessment(evaluator="foreign", items=item(2))
        return EvaluatorWrite(latent=Step(turn=1, increment=(1.0, 0.0, 0.0), assessment=moved))

    found = await step(judge(graded(1)), judge(graded(1)), foreign)
    assert found.assessment is not None
    failure = found.assessment.votes[2].failure
    assert failure is not None and failure.kind == "no_levels"


def test_the_panel_takes_its_rubric_from_its_judges() -> None:
    assert PanelEvaluator([("a", judge(graded(1)))]).rubric is EPM


@pytest.mark.parametrize(
    ("names", "rubric", "told"),
    [([], EPM, "1 judge or more"), (["a", "b", "a"], EPM, "called 'a'"), (["a"], None, "carries a rubric")],
)
def test_a_panel_that_cannot_be_is_refused(names: list[str], rubric: Rubric | None, told: str) -> None:
    async def plain(view: EvaluatorView) -> EvaluatorWrite:
        raise AssertionError

    with pytest.raises(UsageError, match=told):
        PanelEvaluator([(name, plain) for name in names], rubric)


def test_a_panel_of_two_rubrics_is_refused() -> None:
    other = JudgeEvaluator(ScriptedChat("judge", []), RUBRIC)
    with pytest.raises(UsageError, match="rubric 'sdt'"):
        PanelEvaluator([("a", judge(graded(1))), ("b", other)])


def test_a_panel_keeps_to_the_evaluators_seat() -> None:
    assert seat("evaluator", panel(judge(graded(1)))).schema.__name__ == "evaluator_view"
