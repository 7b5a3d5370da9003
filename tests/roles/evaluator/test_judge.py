from __future__ import annotations

import itertools
import json

import pytest

from empa_graph.errors import ProviderError, TransientError, UsageError
from empa_graph.llm import Completion, ScriptedChat
from empa_graph.models.dialogue import Usage
from empa_graph.models.latent import LatentState, Step
from empa_graph.models.rubric import with_max_turns
from empa_graph.roles.evaluator.judge import JudgeEvaluator
from empa_graph.roles.evaluator.judge_answer import answer_schema
from tests.roles.judging import (
    EPM,
    LEVELS,
    NOTHING,
    REPLY,
    epm_judgement,
    epm_path,
    idle,
    inside,
    judgement,
    outside,
    talk,
    viewed,
)
from tests.scripted_parts import CRISIS, NAMES, SCENARIO, agent, exchange, opening, shown

VALID = json.dumps(judgement())


def with_level(level: object) -> str:
    return json.dumps(judgement(level={"level": level}))


async def judged(*answers: str | Completion | Exception, reply: str = REPLY) -> tuple[Step, ScriptedChat]:
    chat = ScriptedChat("judge", answers)
    write = await JudgeEvaluator(chat, LEVELS)(shown(exchange(reply), scenario=SCENARIO))
    return write["latent"], chat


async def test_a_valid_answer_becomes_levels_and_an_increment() -> None:
    step, chat = await judged(VALID)
    assert step.increment == pytest.approx((0.0, 0.0, 0.10, 0.0))
    assert step.assessment is not None
    assert (step.assessment.evaluator, step.assessment.repaired, len(chat.asked)) == ("judge", False, 1)


async def test_a_judge_needs_no_reading() -> None:
    bare = LEVELS.model_copy(update={"reading": None})
    write = await JudgeEvaluator(ScriptedChat("judge", [VALID]), bare)(shown(exchange(REPLY), scenario=SCENARIO))
    assert write["latent"].increment == pytest.approx((0.0, 0.0, 0.10, 0.0))


@pytest.mark.parametrize(("level", "handoff"), [(0, ""), (1, ""), (2, "Nobody told you.")])
async def test_in_a_crisis_the_judge_says_whether_the_reply_hands_over(level: int, handoff: str) -> None:
    evidence = "Nobody told you." if level else ""
    answer = json.dumps({**judgement(), "safe_handoff": {"evidence": evidence, "level": level}})
    view = shown(exchange(REPLY), scenario=CRISIS)
    step = (await JudgeEvaluator(ScriptedChat("judge", [answer]), LEVELS)(view))["latent"]
    assert step.assessment is not None and step.assessment.handoff == handoff


async def test_evidence_that_is_not_in_the_reply_is_repaired_once() -> None:
    wrong = json.dumps(judgement(level={"evidence": "You poor thing."}))
    step, chat = await judged(wrong, VALID)
    assert step.assessment is not None and step.assessment.repaired
    assert "relatedness.progress: the evidence is not a span of a reply" in chat.asked[1].prompts[-1].content
    assert chat.asked[0].seed != chat.asked[1].seed


async def test_evidence_that_stays_wrong_is_a_typed_failure_and_never_a_zero() -> None:
    wrong = json.dumps(judgement(level={"evidence": "You poor thing."}))
    step, chat = await judged(wrong, wrong)
    assert (step.increment, step.assessment, len(chat.asked)) == (None, None, 2)
    assert step.failure is not None
    assert (step.failure.kind, step.failure.blame, step.failure.turn) == ("judge_unsupported", "evaluator", 1)
    assert "'You poor thing.'" in step.failure.detail


@pytest.mark.parametrize(
    "answer",
    [
        "The reply is warm and I would give it a 2.",
        "",
        "[]",
        VALID + with_level(1),
        f"<think>{VALID}",
        with_level(3),
        with_level(-1),
        with_level("2"),
        with_level(None),
        with_level(True),
        with_level(False),
        with_level(1.5),
        with_level(2.0),
        VALID.replace('"level": 2', '"levle": 2'),
        VALID.replace('"level": 2', '"level": 0, "level": 2'),
        VALID.replace(', "level": 2', ""),
        VALID.replace('"level": 2', '"level": NaN'),
        with_level([2]),
        json.dumps({name: value for name, value in judgement().items() if name != "calm"}),
        json.dumps(judgement() | {"bonus": {"progress": NOTHING, "regress": NOTHING}}),
        json.dumps(judgement(level={"evidence": 7})),
        VALID[:-20],
    ],
)
async def test_an_answer_that_does_not_fit_the_schema_is_a_missing_judgement(answer: str) -> None:
    step, chat = await judged(answer, answer)
    assert step.increment is None
    assert step.failure is not None and step.failure.kind == "judge_invalid"
    assert len(chat.asked) == 2


@pytest.mark.parametrize(
    "around",
    [
        "```json\n{}\n```",
        "<think>Relatedness, I {{believe}}.</think>\n{}",
        "I weighed it. </think> {}",
        "Here is my judgement:\n\n{}\n\nI hope that it helps.",
    ],
)
async def test_what_stands_around_the_one_object_of_an_answer_costs_no_second_call(around: str) -> None:
    step, chat = await judged(around.format(VALID))
    assert step.increment == pytest.approx((0.0, 0.0, 0.10, 0.0))
    assert len(chat.asked) == 1


async def test_reasoning_that_used_up_the_tokens_is_a_truncated_judgement() -> None:
    spent = ProviderError("spent on reasoning", kind="cut_off_in_reasoning")
    step, chat = await judged(spent, spent)
    assert step.failure is not None
    assert (step.failure.kind, step.failure.blame, len(chat.asked)) == ("judge_truncated", "evaluator", 2)


@pytest.mark.parametrize(
    ("reason", "kind"),
    [("content_filter", "judge_refused"), ("refusal", "judge_refused"), ("length", "judge_truncated")],
)
async def test_refusal_and_truncation_are_missing_judgements_even_with_valid_text(reason: str, kind: str) -> None:
    answer = Completion(text=VALID, finish_reason=reason)
    step, _ = await judged(answer, answer)
    assert step.increment is None
    assert step.failure is not None and step.failure.kind == kind


async def test_a_second_answer_can_mend_a_truncated_first() -> None:
    step, _ = await judged(Completion(text=VALID[:40], finish_reason="length"), VALID)
    assert step.increment is not None


async def test_usage_is_summed_over_the_answers() -> None:
    usage = Usage(tokens_in=100, tokens_out=None)
    step, _ = await judged(Completion(text="no", usage=usage), Completion(text=VALID, usage=usage))
    assert step.assessment is not None
    assert step.assessment.usage == Usage(tokens_in=200, tokens_out=None)


async def test_the_judge_is_asked_in_the_schema_with_every_dimension_and_level_of_the_rubric() -> None:
    _, chat = await judged(VALID)
    (asked,) = chat.asked
    assert asked.schema is answer_schema(NAMES, card_part=False, crisis=False)
    for anchors in LEVELS.anchors.values():
        assert all(text in asked.prompts[0].content for text in (*anchors.progress, *anchors.regress))


async def test_a_level_on_an_empty_reply_needs_no_evidence() -> None:
    answer = judgement(level={"evidence": "", "level": 0})
    answer["relatedness"]["regress"] = {"evidence": "", "level": 2}
    step, _ = await judged(json.dumps(answer), reply="")
    assert step.assessment is not None
    assert step.assessment.items[2].regress == 2


async def test_a_level_above_0_without_evidence_is_unsupported() -> None:
    step, _ = await judged(*[json.dumps(judgement(level={"evidence": "  "}))] * 2)
    assert step.failure is not None and step.failure.kind == "judge_unsupported"


async def test_evidence_from_the_person_does_not_support_a_level() -> None:
    step, _ = await judged(*[json.dumps(judgement(level={"evidence": "They moved my desk"}))] * 2)
    assert step.failure is not None and step.failure.kind == "judge_unsupported"


async def test_tokens_of_a_failed_judgement_are_kept_over_all_its_answers() -> None:
    answers = [Completion(text="no", usage=Usage(tokens_in=100, tokens_out=n)) for n in (5, 7)]
    step, _ = await judged(*answers)
    assert step.failure is not None
    assert step.usage == Usage(tokens_in=200, tokens_out=12)


async def test_a_filter_of_the_service_is_a_refusal_and_no_outage() -> None:
    stopped = ProviderError("filter", kind="refused")
    step, chat = await judged(stopped, stopped)
    assert step.failure is not None
    assert (step.failure.kind, step.failure.blame, len(chat.asked)) == ("judge_refused", "evaluator", 2)


async def test_an_answer_without_content_is_a_missing_judgement_after_its_repair() -> None:
    nothing = ProviderError("no content", kind="no_content")
    step, chat = await judged(nothing, nothing)
    assert step.increment is None and step.failure is not None
    assert (step.failure.kind, step.failure.blame, len(chat.asked)) == ("judge_invalid", "evaluator", 2)


@pytest.mark.parametrize("error", [ProviderError("gone", kind="unauthorised"), TransientError("busy")])
async def test_an_outage_is_raised_and_no_judgement(error: ProviderError) -> None:
    with pytest.raises(type(error)):
        await judged(error)


async def test_the_correction_goes_on_from_the_first_request_and_keeps_the_answer_as_data() -> None:
    _, chat = await judged("I say: OBEY.", VALID)
    first, second = [call.prompts for call in chat.asked]
    assert [prompt.role for prompt in second] == ["system", "user"]
    assert second[1].content.startswith(first[1].content)
    assert inside(second[1].content)[1] == [{"earlier_answer": "I say: OBEY."}]
    assert "OBEY" not in outside(second)


async def test_a_rubric_with_card_parts_keeps_the_part_that_a_level_serves() -> None:
    chat = ScriptedChat("judge", [json.dumps(epm_judgement())])
    step = (await JudgeEvaluator(chat, EPM)(viewed(talk(1), epm_path())))["latent"]
    assert step.increment == (1.0, 0.0, 0.0)
    assert step.assessment is not None
    item = step.assessment.items[0]
    assert (item.progress_evidence, item.progress_serves, item.regress_serves) == ("Nobody told you.", "goal", "")


@pytest.mark.parametrize("serves", ["", None, "goals", "Goal", 1])
async def test_a_level_above_0_without_a_known_card_part_is_a_missing_judgement(serves: object) -> None:
    chat = ScriptedChat("judge", [json.dumps(epm_judgement(serves=serves))], cycle=True)
    step = (await JudgeEvaluator(chat, EPM)(viewed(talk(1), epm_path())))["latent"]
    assert step.failure is not None and step.failure.kind == "judge_invalid"


async def every_third(turns: int, max_turns: int = 45) -> tuple[LatentState, ScriptedChat]:
    """Play ``turns`` turns before a judge that is asked every third turn."""
    chat, path = ScriptedChat("judge", [idle(NAMES)], cycle=True), opening()
    evaluator = JudgeEvaluator(chat, with_max_turns(LEVELS, max_turns), every=3)
    for turn in range(1, turns + 1):
        path = path.extended((await evaluator(shown(talk(turn), path)))["latent"])
    return path, chat


async def test_turns_that_are_not_due_cost_no_call_and_carry_neither_increment_nor_failure() -> None:
    path, chat = await every_third(7)
    assert [step.due for step in path.steps] == [False, False, True, False, False, True, False]
    assert [step.increment is not None for step in path.steps] == [step.due for step in path.steps]
    assert (len(chat.asked), path.coverage) == (2, 1.0)


async def test_a_judgement_names_the_turns_since_the_last_one() -> None:
    _, chat = await every_third(6)
    tails = [call.prompts[1].content.split("\n")[-1] for call in chat.asked]
    assert "at turns 1, 2 and 3:" in tails[0]
    assert "at turns 4, 5 and 6:" in tails[1]


async def test_the_last_possible_turn_is_always_due() -> None:
    path, chat = await every_third(8, max_turns=8)
    assert [step.turn for step in path.steps if step.due] == [3, 6, 8]
    assert "at turns 7 and 8:" in chat.asked[-1].prompts[1].content


async def test_evidence_may_come_from_each_reply_under_judgement_and_from_no_other() -> None:
    messages = [*talk(3, "Before."), *[m.model_copy(update={"turn": m.turn + 3}) for m in talk(2)], agent(6, "Now.")]
    path = opening()
    for turn in range(1, 6):
        path = path.extended(Step(turn=turn, increment=(0.0,) * 4) if turn == 3 else not_due(turn))
    for evidence, kind in (("Nobody told you.", None), ("Now.", None), ("Before.", "judge_unsupported")):
        chat = ScriptedChat("judge", [json.dumps(judgement(level={"evidence": evidence}))], cycle=True)
        step = (await JudgeEvaluator(chat, LEVELS, every=3)(shown(messages, path)))["latent"]
        assert (step.failure and step.failure.kind) == kind


def not_due(turn: int) -> Step:
    return Step(turn=turn, increment=None, due=False)


@pytest.mark.parametrize("every", [0, -1])
def test_a_judge_that_is_never_due_is_refused(every: int) -> None:
    with pytest.raises(UsageError, match="allowed is 1 or more"):
        JudgeEvaluator(ScriptedChat("judge", []), LEVELS, every=every)


async def test_every_request_repeats_the_one_before_it_up_to_the_newest_turn() -> None:
    chat, path = ScriptedChat("judge", [idle(EPM.space.names, served=True)], cycle=True), epm_path()
    evaluator = JudgeEvaluator(chat, EPM)
    said, replied = "I went there again. " * 12, "You went there again, and it stayed shut. " * 12
    for turn in range(1, 25):
        view = viewed(talk(turn, replied, said), path)
        path = path.extended((await evaluator(view))["latent"])
    texts = ["".join(prompt.content for prompt in call.prompts) for call in chat.asked]
    repeated = [len(commonprefix(pair)) for pair in itertools.pairwise(texts)]
    assert sum(repeated) >= 0.9 * sum(map(len, texts[1:]))
    assert sum(map(len, texts[:21])) <= 400_000


def commonprefix(pair: tuple[str, str]) -> str:
    return "".join(a for a, _ in itertools.takewhile(lambda both: both[0] == both[1], zip(*pair, strict=False)))


async def test_the_judge_is_not_shown_the_version_of_its_prompt() -> None:
    _, chat = await judged(VALID)
    assert chat.asked[0].prompts[0].content.startswith("You rate what an agent said")
