from __future__ import annotations

import asyncio

import pytest

from empa_graph.errors import ProviderError, UsageError
from empa_graph.live.breaker import CircuitBreaker
from empa_graph.live.conversation import Conversation
from empa_graph.live.records import EmpathySLA
from empa_graph.live.tracker import MOST_PENDING, Judged, LiveJudge, answered, asked, begun, recorded, view
from empa_graph.models.dialogue import LONGEST_REPLY
from empa_graph.models.latent import LatentState, Step
from empa_graph.roles.evaluator.offline import CueEvaluator
from empa_graph.roles.views import EvaluatorRole, EvaluatorView, EvaluatorWrite
from tests.scripted_parts import NAMES, RUBRIC, UNMOVED, FixedEvaluator, opening, step, walked

SLA = EmpathySLA(id="an_sla")


def judge(evaluator: EvaluatorRole, *, timeout: float = 5.0, failures: int = 9) -> LiveJudge:
    breaker = CircuitBreaker(failures=failures, reset=60.0, clock=lambda: 0.0)
    return LiveJudge(evaluator, timeout=timeout, breaker=breaker, clock=lambda: 0.0)


def turns(number: int, known: Conversation | None = None) -> Conversation:
    known = known or begun(RUBRIC)
    for n in range(number):
        known = answered(asked(known, [f"said {n}"]), [f"reply {n}"])
    return known


def shown(known: Conversation) -> EvaluatorView:
    return view(known, known.pending[0].turn, known.latent)


def test_a_conversation_under_a_rubric_without_a_reading_begins_as_any():
    assert begun(RUBRIC.model_copy(update={"reading": None})) == begun(RUBRIC)


def test_without_a_start_it_begins_at_the_rubrics_stated_prior_and_says_so():
    known = begun(RUBRIC)
    assert known.basis == "stated prior of rubric 'sdt' (no scenario)"
    assert known.latent.start == tuple(RUBRIC.prior_start[name] for name in NAMES)


@pytest.mark.parametrize("start", [opening(target=-0.5), walked([UNMOVED])])
def test_a_start_on_its_target_or_with_steps_is_refused(start: LatentState):
    with pytest.raises(UsageError, match="does not fit"):
        begun(RUBRIC, start=start)


def test_a_message_without_an_answer_belongs_to_the_turn_that_is_answered():
    known = answered(asked(asked(begun(RUBRIC), ["first"]), ["second"]), ["reply"])
    assert [message.turn for message in known.heard] == [1, 1, 1]
    assert [waiting.turn for waiting in known.pending] == [1]


def test_several_replies_are_one_turn_and_no_reply_is_an_empty_one():
    known = answered(asked(begun(RUBRIC), ["hi"]), ["one", "two"])
    known = answered(asked(known, ["and"]), [])
    assert [message.content for message in known.heard if message.speaker == "empathic"] == ["one", "two", ""]
    assert known.turn == 2


def test_a_text_beyond_the_limit_is_kept_by_its_beginning():
    assert len(asked(begun(RUBRIC), ["a" * (LONGEST_REPLY + 1)]).heard[0].content) == LONGEST_REPLY


async def test_a_recorded_judgement_moves_the_path_and_leaves_the_queue():
    known = turns(2)
    after, _ = recorded(known, await judge(FixedEvaluator((0.1, 0.0, 0.0, 0.0)))(shown(known)), SLA, now=0.0)
    assert after.latent.position[0] == pytest.approx(known.latent.position[0] + 0.1)
    assert [waiting.turn for waiting in after.pending] == [2]


async def test_an_outage_is_a_missing_judgement_with_its_kind_and_blame():
    async def out(view: EvaluatorView) -> EvaluatorWrite:
        raise ProviderError("no route", kind="unreachable")

    failure = (await judge(out)(shown(turns(1)))).step.failure
    assert failure is not None
    assert (failure.kind, failure.blame, failure.detail) == ("unreachable", "provider", "no route")


async def test_a_crash_of_the_evaluator_does_not_reach_the_conversation():
    async def crashing(view: EvaluatorView) -> EvaluatorWrite:
        raise ZeroDivisionError("oops")

    failure = (await judge(crashing)(shown(turns(1)))).step.failure
    assert failure is not None
    assert (failure.kind, failure.detail) == ("role_crashed", "ZeroDivisionError: oops")


async def test_a_judgement_beyond_the_timeout_is_missing():
    async def hanging(view: EvaluatorView) -> EvaluatorWrite:
        await asyncio.Event().wait()
        raise AssertionError

    failure = (await judge(hanging, timeout=0.01)(shown(turns(1)))).step.failure
    assert failure is not None
    assert failure.kind == "judge_timeout"


async def test_a_step_of_another_turn_or_space_is_no_judgement():
    async def other_turn(view: EvaluatorView) -> EvaluatorWrite:
        return EvaluatorWrite(latent=step(7, UNMOVED))

    for evaluator in (other_turn, FixedEvaluator((0.0,))):
        failure = (await judge(evaluator)(shown(turns(1)))).step.failure
        assert failure is not None
        assert failure.kind == "role_error"


async def test_an_open_breaker_is_said_and_nothing_is_asked():
    calls = []

    async def out(view: EvaluatorView) -> EvaluatorWrite:
        calls.append(1)
        raise ProviderError("down")

    asks = judge(out, failures=2)
    kinds = [(await asks(shown(turns(1)))).step.failure.kind for _ in range(4)]  # type: ignore[union-attr]
    assert kinds == ["provider_error", "provider_error", "judge_circuit_open", "judge_circuit_open"]
    assert len(calls) == 2


async def test_a_turn_that_was_not_due_has_no_latency_and_does_not_close_the_breaker():
    async def every_second(view: EvaluatorView) -> EvaluatorWrite:
        turn = len(view["latent"].steps) + 1
        if turn % 2:
            raise ProviderError("down")
        return EvaluatorWrite(latent=Step(turn=turn, increment=None, due=False))

    asks, known = judge(every_second, failures=2), begun(RUBRIC)
    latencies = []
    for _ in range(3):
        known = turns(1, known)
        judged = await asks(shown(known))
        latencies.append(judged.latency)
        known, _decisions = recorded(known, judged, SLA, now=0.0)
    assert (latencies, asks.breaker.circuit) == ([0.0, None, 0.0], "open")


def test_half_a_character_is_kept_as_a_question_mark():
    assert asked(begun(RUBRIC), ["a\ud83d"]).heard[0].content == "a?"


def test_too_many_waiting_turns_give_up_the_oldest_that_nobody_judges():
    known = turns(MOST_PENDING + 2)
    assert [waiting.turn for waiting in known.pending if waiting.skipped] == [2, 3]


def test_what_is_kept_of_many_turns_is_bounded_but_for_their_movement():
    known = begun(RUBRIC)
    for _ in range(60):
        known = turns(1, known)
        evaluated = Judged(step(len(known.latent.steps) + 1, UNMOVED), (), 0.0)
        known, _decisions = recorded(known, evaluated, SLA, now=0.0)
    assert (len(known.heard), len(known.turns), len(known.latent.steps)) == (40, SLA.window, 60)


async def test_old_steps_keep_their_movement_and_lose_their_assessment():
    asks, known = judge(CueEvaluator(RUBRIC)), begun(RUBRIC)
    for _ in range(RUBRIC.reading.window + 2):
        known = turns(1, known)
        known, _decisions = recorded(known, await asks(shown(known)), SLA, now=0.0)
    kept = [taken.assessment is not None for taken in known.latent.steps]
    assert kept == [False] * 2 + [True] * RUBRIC.reading.window


def test_a_conversation_comes_back_whole_from_its_dump():
    known = turns(3)
    assert Conversation.model_validate(known.model_dump(mode="json", exclude_defaults=True)) == known
