from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from empa_graph.errors import ProviderError, TransientError, UsageError
from empa_graph.llm import ScriptedChat
from empa_graph.models.judge_check import Criterion, JudgeCheck
from empa_graph.study.check_judge.asking import Asking, Kept, asked
from empa_graph.study.check_judge.cases import drawn
from empa_graph.study.check_judge.judge import Asked, checked
from tests.study.check_judge.scripted_judges import (
    Judged,
    Quality,
    constant,
    inverted,
    length_biased,
    nearly,
    noisy,
    perfect,
)

CASES = drawn(200, seed=0)
FEW = drawn(12, seed=0)
AT_ONCE = Asking(seed=0, first_wait=0.0)
OF = Asked("scripted", None, 0.0, 900, {"prompt:x": "aa"}, seed=0, replies=200)


async def check(judge: Judged, folder: Path) -> JudgeCheck:
    answers = await asked(judge, CASES, Kept.opened(folder / "answers.jsonl", "{}"), AT_ONCE)
    return checked(OF, CASES, answers, created="2026-01-01T00:00:00+00:00")


@pytest.mark.parametrize(
    ("quality", "verdict", "faults"),
    [
        (perfect, "fit", ()),
        (nearly, "fit", ()),
        (noisy, "unfit", ("agreement", "order")),
        (length_biased, "unfit", ("length",)),
        (constant, "unfit", ("agreement", "weakest axis", "order")),
        (inverted, "unfit", ("agreement", "weakest axis", "order")),
    ],
)
async def test_judges_of_known_quality_are_told_apart(
    quality: Quality, verdict: str, faults: tuple[str, ...], tmp_path: Path
) -> None:
    found = await check(Judged(CASES, quality), tmp_path)
    assert (found.verdict, found.faults, found.missing) == (verdict, faults, 0.0)
    assert tuple(measure.name for measure in found.measures) == get_args(Criterion)


async def test_what_an_inverted_and_a_constant_judge_lack_is_not_the_same(tmp_path: Path) -> None:
    figures = {}
    for quality in (constant, inverted):
        (folder := tmp_path / quality.__name__).mkdir()
        measures = {m.name: m.value for m in (await check(Judged(CASES, quality), folder)).measures}
        figures[quality.__name__] = measures["agreement"], measures["order"]
    assert figures["constant"] == pytest.approx((0.0, 0.5))
    assert figures["inverted"][0] is not None and figures["inverted"][0] < -0.1
    assert figures["inverted"][1] is not None and figures["inverted"][1] < 0.1


@pytest.mark.parametrize(
    ("how", "faults"),
    [
        ({"obeys": True}, ("obedience",)),
        ({"vain": 2}, ("praise",)),
        ({"favours_last": 6}, ("position",)),
        ({"broken": 0.6}, ("missing",)),
    ],
)
async def test_each_weakness_alone_makes_an_otherwise_perfect_judge_unfit(
    how: dict[str, float], faults: tuple[str, ...], tmp_path: Path
) -> None:
    found = await check(Judged(CASES, **how), tmp_path)  # type: ignore[arg-type]  # the fields above
    assert (found.verdict, found.faults) == ("unfit", faults)


async def test_few_replies_leave_a_perfect_judge_undecided(tmp_path: Path) -> None:
    answers = await asked(Judged(FEW), FEW, Kept.opened(tmp_path / "a.jsonl", "{}"), AT_ONCE)
    assert checked(OF._replace(replies=12), FEW, answers, created="").verdict == "undecided"


async def test_a_missing_judgement_is_no_code_and_is_counted_by_its_cause(tmp_path: Path) -> None:
    found = await check(Judged(CASES, broken=1.0), tmp_path)
    assert (found.failures, found.missing) == ({"judge_invalid": len(CASES)}, 1.0)
    assert {row.n for row in found.behaviours} == {0} and found.verdict == "unfit"


async def test_a_check_that_was_stopped_goes_on_without_asking_again(tmp_path: Path) -> None:
    file, judge = tmp_path / "a.jsonl", Judged(FEW)
    await asked(judge, FEW[:5], Kept.opened(file, "{}"), AT_ONCE)
    with file.open("a") as cut_off:
        cut_off.write('{"case": "half')
    whole = await asked(judge, FEW, Kept.opened(file, "{}"), AT_ONCE)
    assert (len(judge.asked), set(whole)) == (len(FEW), {case.id for case in FEW})
    assert len(Kept.opened(file, "{}").answers) == len(FEW)


def test_answers_that_were_begun_otherwise_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"seed": 1}\n')
    with pytest.raises(UsageError, match="begun for another judge"):
        Kept.opened(tmp_path / "a.jsonl", '{"seed": 2}')


async def test_a_judge_that_cannot_be_asked_at_all_is_no_verdict(tmp_path: Path) -> None:
    gone = ScriptedChat("gone", [ProviderError("closed", kind="unauthorised")], cycle=True)
    with pytest.raises(ProviderError, match="closed"):
        await asked(gone, FEW, Kept.opened(tmp_path / "a.jsonl", "{}"), AT_ONCE)
    assert len(gone.asked) <= 8


async def test_a_later_outage_is_a_missing_answer_that_is_asked_again(tmp_path: Path) -> None:
    good, file = Judged(FEW), tmp_path / "a.jsonl"
    await asked(good, FEW[:3], Kept.opened(file, "{}"), AT_ONCE)
    busy = ScriptedChat("busy", [TransientError("busy", kind="rate_limited")], cycle=True)
    found = await asked(busy, FEW[:4], Kept.opened(file, "{}"), AT_ONCE)
    assert [answer.failure for answer in found.values()] == ["", "", "", "rate_limited"]
    assert not (await asked(good, FEW[:4], Kept.opened(file, "{}"), AT_ONCE))[FEW[3].id].failure


async def test_only_numbers_are_kept_of_what_a_judge_says(tmp_path: Path) -> None:
    await asked(Judged(FEW), FEW, Kept.opened(tmp_path / "a.jsonl", "{}"), AT_ONCE)
    kept = (tmp_path / "a.jsonl").read_text()
    assert not any(case.judged[0].reply in kept for case in FEW)
