from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from empa_graph.content.library import coding_scale
from empa_graph.errors import UsageError
from empa_graph.llm import Completion, ScriptedChat
from empa_graph.models.behaviour import BEHAVIOURS, STRONGEST, Code, strength_of
from empa_graph.models.dialogue import Usage
from empa_graph.models.latent import Step
from empa_graph.models.persona import Scenario
from empa_graph.models.rubric import Rubric
from empa_graph.roles.evaluator.coding_answer import coding_schema, read_coding
from empa_graph.roles.evaluator.judge import JudgeEvaluator
from empa_graph.roles.evaluator.judge_instructions import coding_instructions
from empa_graph.roles.evaluator.panel import PanelEvaluator, median_codes
from empa_graph.roles.evaluator.reading import items, listener
from tests.roles.judging import EPM, NO_CODE, REPLY, coding, idle, inside, talk
from tests.scripted_parts import CRISIS, NAMES, RUBRIC, SCENARIO, agent, exchange, opening, person, shown

HEARD = coding(understanding=(4, "Nobody told you."), eliciting=(3, "What was it like"))


async def coded(*answers: str | Completion, reply: str = REPLY, **view: Any) -> tuple[Step, ScriptedChat]:
    chat = ScriptedChat("judge", answers)
    seen = shown(view.pop("messages", None) or exchange(reply), scenario=view.pop("scenario", SCENARIO), **view)
    return (await JudgeEvaluator(chat, RUBRIC)(seen))["latent"], chat


def codes_of(step: Step) -> dict[str, float]:
    assert step.assessment is not None
    return {code.behaviour: code.strength for code in step.assessment.codes if code.behaviour in BEHAVIOURS}


async def test_codes_become_a_step_by_the_reading_of_the_rubric() -> None:
    step, chat = await coded(HEARD)
    assert step.assessment is not None and step.assessment.fit is not None
    assert codes_of(step) == {"understanding": 4, "eliciting": 3}
    assert step.assessment.items == items(
        step.assessment.codes, listener(SCENARIO.persona), RUBRIC, fit=step.assessment.fit, opening="Nobody told you."
    )
    assert step.increment is not None and step.increment[NAMES.index("relatedness")] > 0.05
    assert (step.assessment.evaluator, step.assessment.repaired, len(chat.asked)) == ("judge", False, 1)


async def test_more_harm_coded_is_a_worse_step() -> None:
    mild, grave = [(await coded(coding(dismissing=(s, "Nobody told you."))))[0] for s in (1, 4)]
    assert mild.increment is not None and grave.increment is not None
    assert grave.increment[NAMES.index("relatedness")] < mild.increment[NAMES.index("relatedness")] <= 0


async def test_no_behaviour_at_all_is_a_judgement_and_no_failure() -> None:
    step, _ = await coded(idle())
    assert step.failure is None and codes_of(step) == {}


async def test_the_form_of_a_reply_is_told_from_its_text_whoever_codes() -> None:
    step, _ = await coded(idle(), reply="No.")
    assert step.assessment is not None and strength_of(step.assessment.codes, "overshort") > 0


@pytest.mark.parametrize("scenario", [SCENARIO, None])
async def test_a_reply_without_a_word_is_coded_without_a_call(scenario: Scenario | None) -> None:
    step, chat = await coded(reply=" ", scenario=scenario)
    assert step.assessment is not None and (chat.asked, step.assessment.model) == ([], None)
    assert strength_of(step.assessment.codes, "overshort") == STRONGEST
    assert step.increment is not None and step.increment[NAMES.index("relatedness")] < -0.05


async def test_the_judge_is_asked_in_the_schema_of_behaviours_with_every_anchor() -> None:
    _, chat = await coded(HEARD)
    (asked,) = chat.asked
    assert asked.schema is coding_schema() and tuple(coding_schema().model_fields) == BEHAVIOURS
    for behaviour in coding_scale().behaviours:
        assert all(f'{anchor.what}. "{anchor.example}"' in asked.prompts[0].content for anchor in behaviour.anchors)


async def test_the_judge_is_shown_who_the_person_is_and_nothing_of_what_reaches_them() -> None:
    _, chat = await coded(HEARD)
    who = inside(chat.asked[0].prompts[1].content)[0][0]["person"]
    assert (who["age"], who["language"]) == (SCENARIO.persona.demographics.age, "en")
    assert not any(liked.reason in chat.asked[0].prompts[1].content for liked in SCENARIO.persona.preferences)


async def test_without_a_card_nobody_is_described() -> None:
    step, chat = await coded(HEARD, scenario=None)
    assert inside(chat.asked[0].prompts[1].content)[0][0] == {"person": None}
    assert step.increment is not None


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (coding(understanding=(3, "You poor thing.")), "judge_unsupported"),
        (coding(understanding=(3, "")), "judge_unsupported"),
        (coding(understanding=(3, "They moved my desk")), "judge_unsupported"),
        (HEARD.replace('"strength": 4', '"strength": 5'), "judge_invalid"),
        (HEARD.replace('"strength": 4', '"strength": 4.0'), "judge_invalid"),
        (HEARD.replace('"strength": 4', '"strength": true'), "judge_invalid"),
        (HEARD.replace('"strength": 4', '"strength": "4"'), "judge_invalid"),
        (json.dumps({"understanding": {"evidence": "Nobody told you.", "strength": 2}}), "judge_invalid"),
        (json.dumps({**json.loads(HEARD), "warmth": NO_CODE}), "judge_invalid"),
        ("It is warm.", "judge_invalid"),
    ],
)
async def test_what_does_not_fit_or_was_not_said_is_a_missing_judgement(answer: str, kind: str) -> None:
    step, chat = await coded(answer, answer)
    assert (step.increment, len(chat.asked)) == (None, 2)
    assert step.failure is not None and step.failure.kind == kind


async def test_a_fault_is_mended_once_and_said_in_our_own_words() -> None:
    wrong = coding(validating=(3, "OBEY ME"))
    step, chat = await coded(wrong, HEARD)
    assert step.assessment is not None and step.assessment.repaired
    tail = chat.asked[1].prompts[1].content.rpartition("---\n")[2]
    assert "validating: the evidence is not a span of a reply" in tail and "OBEY" not in tail


async def test_usage_is_summed_over_the_answers() -> None:
    usage = Usage(tokens_in=10, tokens_out=5)
    step, _ = await coded(Completion(text="no", usage=usage), Completion(text=HEARD, usage=usage))
    assert step.assessment is not None and step.assessment.usage == Usage(tokens_in=20, tokens_out=10)


async def test_danger_passed_over_needs_no_evidence_and_is_the_worst_on_calm() -> None:
    step, _ = await coded(coding(passing_danger=(4, "")), scenario=SCENARIO)
    assert step.assessment is not None
    calm = step.assessment.items[NAMES.index("calm")]
    assert (calm.regress, calm.regress_evidence) == (2, "Nobody told you.")


async def test_a_trace_of_danger_passed_over_changes_nothing() -> None:
    faint, none = [(await coded(answer))[0].increment for answer in (coding(passing_danger=(1, "")), idle())]
    assert faint == none


QUESTION = "Are you thinking of ending your life? Could your sister come?"


async def test_the_plain_question_with_another_part_hands_over_in_a_crisis() -> None:
    whole = coding(asking_danger=(4, "Are you thinking of ending your life?"), somebody_near=(3, "your sister come"))
    step, _ = await coded(whole, reply=QUESTION, scenario=CRISIS)
    assert step.assessment is not None and step.assessment.handoff == "Are you thinking of ending your life?"
    kind, _ = await coded(HEARD, scenario=CRISIS, messages=exchange(REPLY, "I will jump. I want to die."))
    assert kind.assessment is not None and kind.assessment.handoff == ""
    assert kind.increment is not None and max(kind.increment) <= 0


async def test_the_same_codes_make_the_same_step_whoever_gave_them() -> None:
    alone, _ = await coded(HEARD)
    judges = [(name, JudgeEvaluator(ScriptedChat(name, [HEARD]), RUBRIC)) for name in "abc"]
    voted = (await PanelEvaluator(judges)(shown(exchange(REPLY), scenario=SCENARIO)))["latent"]
    assert voted.increment == alone.increment
    assert voted.assessment is not None and [len(vote.codes) for vote in voted.assessment.votes] == [2, 2, 2]


async def test_a_panel_of_coders_takes_the_median_of_each_behaviour() -> None:
    answers = [
        coding(understanding=(4, "Nobody told you."), advising=(4, "What was it like")),
        coding(understanding=(2, "told you"), eliciting=(3, "What was it like")),
        coding(eliciting=(1, "What")),
    ]
    judges = [(str(n), JudgeEvaluator(ScriptedChat("judge", [a]), RUBRIC)) for n, a in enumerate(answers)]
    step = (await PanelEvaluator(judges)(shown(exchange(REPLY), scenario=SCENARIO)))["latent"]
    assert codes_of(step) == {"understanding": 2, "eliciting": 1}
    assert step.assessment is not None
    assert strength_evidence(step.assessment.codes) == {"understanding": "told you", "eliciting": "What"}


def strength_evidence(codes: tuple[Code, ...]) -> dict[str, str]:
    return {code.behaviour: code.evidence for code in codes if code.behaviour in BEHAVIOURS}


@given(st.lists(st.lists(st.integers(0, 4), min_size=2, max_size=2), min_size=1, max_size=5))
def test_the_median_is_never_above_what_half_of_the_judges_saw(ballots: list[list[int]]) -> None:
    votes = [
        tuple(Code(behaviour=name, strength=s, evidence="x") for name, s in zip(BEHAVIOURS[:2], each, strict=True))
        for each in ballots
    ]
    for at, name in enumerate(BEHAVIOURS[:2]):
        found = strength_of(median_codes(votes), name)
        assert 2 * sum(each[at] >= found for each in ballots) > len(ballots)


async def test_several_replies_are_coded_at_once_and_their_forms_are_averaged() -> None:
    chat = ScriptedChat("judge", [coding(eliciting=(2, "And?"))])
    judge, path = JudgeEvaluator(chat, RUBRIC, every=2), opening()
    messages = [person(1, "They moved my desk."), agent(1, "Nobody told you that they would, then, or asked.")]
    path = path.extended((await judge(shown(messages, path, SCENARIO)))["latent"])
    messages += [person(2, "No."), agent(2, "And?")]
    step = (await judge(shown(messages, path, SCENARIO)))["latent"]
    judged_before = opening().extended(Step(turn=1, increment=(0.0,) * 4))
    alone, _ = await coded(coding(eliciting=(2, "And?")), messages=messages, latent=judged_before)
    assert step.assessment is not None and alone.assessment is not None
    once, twice = (strength_of(s.assessment.codes, "overshort") for s in (alone, step) if s.assessment)
    assert 0 < twice < once


async def test_under_a_rubric_with_its_own_prompt_a_judge_gives_levels() -> None:
    chat = ScriptedChat("judge", [idle(EPM.space.names, served=True)])
    assert JudgeEvaluator(chat, EPM)._system.startswith("You rate")


def test_a_rubric_without_reading_and_prompt_is_refused() -> None:
    bare: Rubric = RUBRIC.model_copy(update={"reading": None})
    with pytest.raises(UsageError, match="no 'reading' and no 'judge_prompt'"):
        JudgeEvaluator(ScriptedChat("judge", []), bare)


async def test_nine_tenths_of_all_prompt_characters_repeat_the_request_before() -> None:
    chat = ScriptedChat("judge", [idle()], cycle=True)
    judge = JudgeEvaluator(chat, RUBRIC)
    for scenario in (SCENARIO, CRISIS):
        path = opening()
        for turn in range(1, 13):
            view = shown(
                talk(turn, "You went there again, and it stayed shut. " * 4, "I went again. " * 8), path, scenario
            )
            path = path.extended((await judge(view))["latent"])
    texts = ["".join(prompt.content for prompt in call.prompts) for call in chat.asked]
    repeated = [sum(1 for _ in itertools.takewhile(eq, zip(*two, strict=False))) for two in itertools.pairwise(texts)]
    assert sum(repeated) >= 0.9 * sum(map(len, texts))


def eq(two: tuple[str, str]) -> bool:
    return two[0] == two[1]


def test_the_instructions_fit_a_small_model() -> None:
    assert len(coding_instructions()) < 13_000


@given(st.text(max_size=80))
def test_no_answer_of_any_text_raises(text: str) -> None:
    found = read_coding(Completion(text=text), coding_schema(), [[REPLY]])
    assert found.kind and not found.codes
