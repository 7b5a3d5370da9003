from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from empa_graph.errors import ProviderError, SuspendedError, TransientError
from empa_graph.graph.sandbox import Labels, Sandbox
from empa_graph.llm import ScriptedChat
from empa_graph.models.directive import Directive
from empa_graph.models.episode import Episode
from empa_graph.models.failure import Blame
from empa_graph.models.turn_record import TurnRecord
from empa_graph.roles.empathic.agents import ChatEmpathic, FunctionEmpathic
from empa_graph.roles.empathic.reference_agents import AGENTS, ScriptedEmpathic
from empa_graph.roles.evaluator.judge import JudgeEvaluator
from empa_graph.roles.evaluator.offline import CueEvaluator
from empa_graph.roles.persona.rule_persona import RulePersona
from empa_graph.roles.persona.voice import ModelVoice
from empa_graph.roles.views import (
    After,
    EmpathicView,
    EmpathicWrite,
    EvaluatorView,
    EvaluatorWrite,
    ObserverView,
    ObserverWrite,
    PersonaView,
    PersonaWrite,
)
from tests.roles.judging import coding
from tests.scripted_parts import (
    AT_ONCE,
    NAMES,
    RUBRIC,
    SCENARIO,
    UNMOVED,
    FixedEmpathic,
    FixedEvaluator,
    agent,
    person,
    rubric,
    sandbox,
    step,
)
from tests.voice_parts import speaking

KIND = "That sounds hard. What happened?"
IDLE = coding()
BUSY = TransientError("busy", kind="rate_limited")


async def test_what_the_offline_evaluator_does_not_read_has_no_support():
    persona = SCENARIO.persona.model_copy(update={"language": "de"})
    episode = await sandbox().play(SCENARIO.model_copy(update={"persona": persona}))
    assert {step.failure.kind for step in episode.latent.steps if step.failure} == {"language_not_read"}
    assert (episode.score, episode.support) == (None, None)
    assert (await sandbox().play(SCENARIO)).support is not None


def failing_at(turn: int, error: Exception) -> FunctionEmpathic:
    """An agent whose function raises ``error`` at ``turn``."""

    def reply(messages: list[dict[str, str]]) -> str:
        if sum(m["role"] == "user" for m in messages) == turn:
            raise error
        return KIND

    return FunctionEmpathic(reply)


def failed(episode: Episode, *, blame: Blame, kind: str, turn: int) -> bool:
    assert episode.failure is not None
    assert (episode.ending, episode.score) == ("failed", None)
    assert episode.unscored == f"{kind}: {episode.failure.detail}"
    return (episode.failure.blame, episode.failure.kind, episode.failure.turn) == (blame, kind, turn)


async def test_an_episode_keeps_what_was_said_the_path_and_the_score() -> None:
    episode = await sandbox().play(SCENARIO, seed=4, repeat=2)
    assert (episode.scenario, episode.agent, episode.rubric) == ("night_nurse/call_home", "scripted", "sdt")
    assert (episode.seed, episode.repeat, episode.turns, len(episode.latent.steps)) == (4, 2, 3, 3)
    assert episode.ending == "max_turns"
    assert episode.score is not None and episode.score.coverage == 1.0
    assert (episode.failure, episode.unscored, episode.faults) == (None, None, ())


@pytest.mark.parametrize("name", AGENTS)
async def test_the_same_seed_gives_byte_equal_episodes(name: str) -> None:
    box = sandbox(persona=RulePersona(noise=0.05), empathic=ScriptedEmpathic(name), max_turns=8)
    first, second = [await box.play(SCENARIO, seed=11) for _ in range(2)]
    assert first.model_dump_json() == second.model_dump_json()


async def test_another_seed_gives_another_talk() -> None:
    box = sandbox(persona=RulePersona(noise=0.05), max_turns=6)
    talks = [(await box.play(SCENARIO, seed=seed)).messages for seed in (1, 2, 3)]
    assert talks[0] != talks[1] != talks[2]


async def test_without_noise_and_with_a_fixed_agent_the_seed_changes_nothing() -> None:
    box = sandbox(empathic=FixedEmpathic(lambda turn: KIND), max_turns=6)
    first, second = [await box.play(SCENARIO, seed=seed) for seed in (1, 2)]
    assert first == second.model_copy(update={"seed": 1})


async def test_an_episode_survives_its_json() -> None:
    episode = await sandbox(evaluator=FixedEvaluator(None)).play(SCENARIO)
    assert Episode.model_validate_json(episode.model_dump_json()) == episode


async def test_the_agent_is_given_its_instructions_and_three_keys_on_every_turn() -> None:
    seen: list[set[str]] = []
    told: set[str] = set()

    async def spy(view: EmpathicView) -> EmpathicWrite:
        seen.append(set(view))
        told.add(view["instructions"])
        return EmpathicWrite(messages=[agent(view["messages"][-1].turn, KIND)])

    await sandbox(empathic=spy).play(SCENARIO, instructions="Be brief.")
    assert seen == [{"messages", "instructions", "seed"}] * 3
    assert told == {"Be brief."}


class Noted:
    """Keeps the turns it is told of."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.turns: list[TurnRecord] = []
        self._stop_after = stop_after

    async def __call__(self, turn: TurnRecord) -> None:
        self.turns.append(turn)
        if turn.turn == self._stop_after:
            raise SuspendedError("asked to stop", limit="stop")


class Directs:
    """Directs at every second turn and writes nothing at the others."""

    async def __call__(self, view: ObserverView) -> ObserverWrite:
        turn = view["standing"].turn
        if turn % 2:
            return ObserverWrite()
        slow = Directive(turn=turn, author="director", action="change_pace", argument="slow", reason="Too fast.")
        return ObserverWrite(directives=[slow])


def directed(max_turns: int) -> Sandbox:
    return Sandbox(
        persona=RulePersona(noise=0.02),
        empathic=ScriptedEmpathic("generic"),
        evaluator=CueEvaluator(RUBRIC),
        rubric=rubric(max_turns),
        labels=Labels(agent="scripted"),
        extra={"director": After("evaluator", Directs())},
    )


async def test_each_turn_is_announced_once_with_all_that_it_added() -> None:
    noted = Noted()
    episode = await directed(4).play(SCENARIO, on_turn=noted, number=7)
    assert [(turn.episode, turn.turn, len(turn.messages)) for turn in noted.turns] == [(7, n, 2) for n in (1, 2, 3, 4)]
    assert tuple(turn.step for turn in noted.turns) == episode.latent.steps
    assert tuple(m for turn in noted.turns for m in turn.messages) == episode.messages
    assert [len(turn.directives) for turn in noted.turns] == [0, 1, 0, 1]


@pytest.mark.parametrize("kept", [0, 1, 3, 4])
async def test_an_episode_goes_on_behind_its_finished_turns_to_the_same_end(kept: int) -> None:
    noted = Noted()
    whole = await directed(4).play(SCENARIO, seed=5, on_turn=noted)
    again = Noted()
    resumed = await directed(4).play(SCENARIO, seed=5, finished=noted.turns[:kept], on_turn=again)
    assert resumed == whole
    assert again.turns == noted.turns[kept:]


async def test_a_suspended_episode_is_no_failed_one() -> None:
    with pytest.raises(SuspendedError):
        await directed(4).play(SCENARIO, on_turn=Noted(stop_after=2))


async def test_the_longest_episode_of_the_rubric_fits_the_recursion_limit() -> None:
    async def patient(view: PersonaView) -> PersonaWrite:
        return PersonaWrite(messages=[person(len(view["messages"]) // 2 + 1, "Still here.")])

    episode = await sandbox(persona=patient, evaluator=FixedEvaluator(UNMOVED), max_turns=60).play(SCENARIO)
    assert (episode.ending, episode.turns) == ("max_turns", 60)


async def test_a_path_that_arrives_ends_converged_and_one_that_falls_collapses() -> None:
    route = SCENARIO.goal.spaces["sdt"]
    rise = tuple((route.target[name].value - route.start[name].value) / RUBRIC.stop.min_turns for name in NAMES)
    up = await sandbox(evaluator=FixedEvaluator(rise), max_turns=20).play(SCENARIO)
    down = await sandbox(evaluator=FixedEvaluator(tuple(-x / 9 for x in rise)), max_turns=20).play(SCENARIO)
    assert (up.ending, up.turns) == ("converged", RUBRIC.stop.min_turns)
    assert (down.ending, down.turns) == ("collapsed", RUBRIC.stop.collapse_after)


async def test_an_empty_reply_is_a_fault_of_the_agent_and_the_episode_goes_on() -> None:
    episode = await sandbox(empathic=FixedEmpathic(lambda turn: "" if turn == 2 else KIND)).play(SCENARIO)
    assert (episode.ending, episode.turns, episode.failure) == ("max_turns", 3, None)
    assert [(f.turn, f.blame, f.kind) for f in episode.faults] == [(2, "empathic", "empty_reply")]
    assert episode.score is not None


@pytest.mark.parametrize(
    ("reply", "kind"),
    [("a" * 1_000_000, "oversize_reply"), (None, "no_reply"), (["Hm."] * 11, "reply_error")],
)
async def test_a_reply_that_cannot_be_used_fails_the_episode_and_keeps_the_turns(reply: Any, kind: str) -> None:
    empathic = FunctionEmpathic(lambda messages: reply if len(messages) > 3 else KIND)
    episode = await sandbox(empathic=empathic).play(SCENARIO)
    assert failed(episode, blame="empathic", kind=kind, turn=3)
    assert (episode.turns, len(episode.latent.steps), len(episode.messages)) == (2, 2, 5)


async def test_an_exception_in_the_function_of_the_user_is_blamed_on_the_agent_and_recorded() -> None:
    episode = await sandbox(empathic=failing_at(2, ZeroDivisionError("by zero"))).play(SCENARIO)
    assert failed(episode, blame="empathic", kind="role_crashed", turn=2)
    assert episode.failure is not None
    assert re.fullmatch(r"empathic failed: ZeroDivisionError at \S+\.py:\d+: by zero", episode.failure.detail)
    assert episode.turns == 1


async def test_a_crash_with_an_endless_message_is_recorded_in_brief() -> None:
    episode = await sandbox(empathic=failing_at(1, RuntimeError("x" * 100_000))).play(SCENARIO)
    assert episode.failure is not None
    assert len(episode.failure.detail) <= 500


async def test_a_cancelled_episode_is_not_recorded_as_a_failure() -> None:
    waiting = asyncio.Event()

    async def forever(messages: list[dict[str, str]]) -> str:
        waiting.set()
        await asyncio.Event().wait()
        return KIND

    task = asyncio.create_task(sandbox(empathic=FunctionEmpathic(forever)).play(SCENARIO))
    await waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_several_messages_of_a_turn_are_kept_and_judged_as_one() -> None:
    episode = await sandbox(empathic=FunctionEmpathic(lambda messages: ["I see.", KIND])).play(SCENARIO)
    assert [m.content for m in episode.messages if m.turn == 2 and m.speaker == "empathic"] == ["I see.", KIND]
    assert (episode.turns, len(episode.latent.steps)) == (3, 3)


async def test_a_busy_service_is_asked_again_and_the_episode_goes_on() -> None:
    chat = ScriptedChat("busy", [KIND, BUSY, BUSY, BUSY, KIND, KIND])
    episode = await sandbox(empathic=ChatEmpathic(chat)).play(SCENARIO)
    assert (episode.failure, episode.turns, len(chat.asked)) == (None, 3, 6)
    assert chat.asked[1] == chat.asked[4]


async def test_a_service_that_stays_busy_is_recorded_with_the_turns_played() -> None:
    chat = ScriptedChat("busy", [KIND, *[BUSY] * 4])
    episode = await sandbox(empathic=ChatEmpathic(chat)).play(SCENARIO)
    assert failed(episode, blame="provider", kind="rate_limited", turn=2)
    assert (episode.turns, len(chat.asked)) == (1, 5)


async def test_what_cannot_succeed_is_not_tried_again() -> None:
    chat = ScriptedChat("closed", [ProviderError("no such model", kind="bad_request")])
    episode = await sandbox(empathic=ChatEmpathic(chat)).play(SCENARIO)
    assert failed(episode, blame="provider", kind="bad_request", turn=1)
    assert len(chat.asked) == 1


async def test_a_judge_without_a_service_ends_the_episode_unscored() -> None:
    chat = ScriptedChat("judge", [IDLE, ProviderError("gone", kind="unreachable")])
    episode = await sandbox(evaluator=JudgeEvaluator(chat, RUBRIC)).play(SCENARIO)
    assert failed(episode, blame="provider", kind="unreachable", turn=2)
    assert len(episode.latent.steps) == 1


async def test_a_missing_judgement_lowers_the_coverage_and_is_no_zero() -> None:
    chat = ScriptedChat("judge", [IDLE, "no", "no", IDLE])
    episode = await sandbox(evaluator=JudgeEvaluator(chat, RUBRIC)).play(SCENARIO)
    assert [s.increment for s in episode.latent.steps] == [UNMOVED, None, UNMOVED]
    assert [(f.turn, f.blame, f.kind) for f in episode.faults] == [(2, "evaluator", "judge_invalid")]
    assert episode.score is not None and episode.score.coverage == pytest.approx(2 / 3)


async def test_without_any_judgement_there_is_no_score_and_a_reason() -> None:
    episode = await sandbox(evaluator=FixedEvaluator(None)).play(SCENARIO)
    assert (episode.ending, episode.score, episode.unscored) == ("max_turns", None, "no turn was judged")
    assert [fault.turn for fault in episode.faults] == [1, 2, 3]


async def test_a_strict_voice_without_words_is_blamed_on_the_persona() -> None:
    persona = RulePersona(voice=ModelVoice(speaking(refusals=(1, 2, 3)), strict=True), noise=0.0)
    episode = await sandbox(persona=persona).play(SCENARIO)
    assert failed(episode, blame="persona", kind="voice_broken", turn=1)
    assert episode.turns == 1


async def test_a_line_that_no_wording_was_found_for_is_a_fault_and_the_episode_goes_on() -> None:
    persona = RulePersona(voice=ModelVoice(speaking(refusals=(1, 2, 3))), noise=0.0)
    episode = await sandbox(persona=persona).play(SCENARIO)
    assert [(fault.turn, fault.blame, fault.kind) for fault in episode.faults] == [(2, "persona", "voice_fallback")]
    assert episode.score is not None and "assist with that" in episode.faults[0].detail
    card = await sandbox(persona=RulePersona(noise=0.0)).play(SCENARIO)
    assert [m.content for m in episode.messages] == [m.content for m in card.messages]


async def test_a_persona_that_answers_for_the_agent_fails_the_episode() -> None:
    class Ventriloquist(RulePersona):
        async def __call__(self, view: PersonaView) -> PersonaWrite:
            write = await super().__call__(view)
            return PersonaWrite(messages=[*write["messages"], agent(1, KIND)], persona_state=write["persona_state"])

    episode = await sandbox(persona=Ventriloquist()).play(SCENARIO)
    assert failed(episode, blame="persona", kind="role_error", turn=0)
    assert episode.messages == ()


@pytest.mark.parametrize("move", [(0.1, 0.1), (0.1,) * 4, (0.1, 0.1, 1e300)])
async def test_an_evaluator_whose_step_does_not_fit_the_path_fails_the_episode(move: tuple[float, ...]) -> None:
    async def late(view: EvaluatorView) -> EvaluatorWrite:
        return EvaluatorWrite(latent=step(1, move))

    episode = await sandbox(evaluator=late).play(SCENARIO)
    assert episode.failure is not None
    assert (episode.failure.blame, episode.failure.kind) == ("evaluator", "role_error")
    assert "does not fit the path" in episode.failure.detail


async def test_one_sandbox_plays_several_episodes_without_mixing_them() -> None:
    box = sandbox(max_turns=2)
    first = await box.play(SCENARIO)
    await box.play(SCENARIO, seed=9)
    assert await box.play(SCENARIO) == first


def test_the_labels_default_to_the_offline_parts() -> None:
    assert Labels(agent="mine") == ("mine", "baseline", "cues", "card")


async def test_the_profile_is_named_in_the_score() -> None:
    box = Sandbox(
        persona=RulePersona(noise=0.0),
        empathic=ScriptedEmpathic("generic"),
        evaluator=FixedEvaluator((0.05,) * 4),
        rubric=RUBRIC,
        labels=Labels(agent="scripted"),
        profile="deep_rapport",
        retry=AT_ONCE,
    )
    episode = await box.play(SCENARIO)
    assert episode.score is not None and episode.score.profile == "deep_rapport"


@pytest.mark.parametrize(("voice", "cause"), [("card", "card_lines"), ("openai:v", None)])
async def test_a_feeling_is_foretold_where_a_model_voices_the_person(voice: str, cause: str | None):
    made = sandbox(empathic=FixedEmpathic(lambda turn: KIND), max_turns=4)
    made.labels = made.labels._replace(voice=voice)
    found = await made.play(SCENARIO)
    assert (found.felt is None, found.felt_absent) == (cause is not None, cause)
