from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from empa_graph.content.library import find_scenarios, load_rubric
from empa_graph.errors import UsageError
from empa_graph.llm import ScriptedChat
from empa_graph.models.directive import Directive
from empa_graph.models.latent import Step
from empa_graph.roles.empathic.reference_agents import ScriptedEmpathic
from empa_graph.roles.evaluator.judge import JudgeEvaluator
from empa_graph.roles.evaluator.offline import CueEvaluator
from empa_graph.roles.persona.moves import Decision
from empa_graph.roles.views import EvaluatorView, EvaluatorWrite, ObserverView, ObserverWrite, PersonaView
from empa_graph.run.single import play_async
from tests.agents import KIND, kind
from tests.records import config
from tests.roles.judging import idle
from tests.sensible_answers import message_for
from tests.stub_server import Canned, StubServer, failed, held, said
from tests.voice_parts import decided, speaking

SCENARIO = "exam_student/reduce_stress"
(RECORD,) = find_scenarios([SCENARIO])


class Loud:
    name = "loud"

    async def say(self, line: str, decision: Decision, view: PersonaView) -> str:
        return line.upper()


async def ender(view: ObserverView) -> ObserverWrite:
    turn = view["standing"].turn
    return ObserverWrite(directives=[Directive(turn=turn, author="me", action="end", reason="enough")])


async def unannotated(view):
    return {}


def judge(name: str = "judge-1") -> ScriptedChat:
    return ScriptedChat(name, [idle()], cycle=True)


def sensible(body: dict[str, Any]) -> Canned:
    return said(message_for(body, "judge")["content"])


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"evalutor": "judge"}, "unknown option 'evalutor'; did you mean 'evaluator'?"),
        ({"max_turn": 1}, "unknown option 'max_turn'; did you mean 'max_turns'?"),
        ({"zzz": 1}, "unknown option 'zzz'; allowed are variant, evaluator, judge, "),
        ({"evaluator": 5}, "evaluator is int, allowed is a name, or an evaluator made with its rubric"),
        ({"evaluator": CueEvaluator}, "evaluator is the class CueEvaluator, allowed is a name, or"),
        ({"evaluator": unannotated}, "role 'evaluator' must annotate its view and its write"),
        ({"director": 5}, "director is int, allowed is a name, a role, or a Chat"),
        ({"voice": lambda line: line}, "voice is function, allowed is a name, a Voice (name and say), or a Chat"),
        ({"judge": [5]}, "judge is int, allowed is a model's name, a Chat, or several of them"),
        ({"rubric": {}}, "rubric is dict, allowed is a name, a file, or a Rubric"),
        ({"profile": {"align": 1}}, "profile is a mapping with 'align'; did you mean 'alignment'?"),
        ({"profile": {"alignment": 0.4}}, "sum"),
        ({"profile": 3}, "profile is int, allowed is a name, or weights for alignment, impact, stability"),
        ({"seed": "3"}, "seed is str, allowed is a valid integer"),
        ({"noise": float("nan")}, "noise is nan, allowed is a finite number"),
        ({"api_key": b"sk-secret"}, "api_key is bytes, allowed is a valid string"),
        ({"retries": 99}, "retries is 99, allowed is 20 or less"),
        ({"temperature": 0.1}, "temperature is for a model named by a string and does not reach the agent 'kind'"),
        ({"evaluator": CueEvaluator(load_rubric()), "judge": "openai:m"}, "judge does not reach an evaluator that is"),
        ({"evaluator": CueEvaluator(load_rubric()), "judge_every": 2}, "judge_every does not reach an evaluator"),
        ({"evaluator": CueEvaluator(load_rubric()), "rubric": "epm"}, "rubric is 'epm', but the evaluator was made wi"),
        ({"judge": judge()}, "--judge is for an evaluator that asks one"),
    ],
)
async def test_what_cannot_be_used_is_one_line(options: dict[str, Any], line: str):
    with pytest.raises(UsageError, match=r"\A[^\n]*\Z") as caught:
        await play_async(SCENARIO, kind, max_turns=1, **options)  # type: ignore[misc]
    assert line in str(caught.value) and "secret" not in str(caught.value)


@pytest.mark.parametrize("agent", [None, 5, {"a": 1}, ScriptedEmpathic])
async def test_what_cannot_be_an_agent_is_named_with_what_can(agent: object):
    with pytest.raises(UsageError, match=r"the agent is .*, allowed is a model string, "):
        await play_async(SCENARIO, agent)


@pytest.mark.parametrize("scenario", [5, None, [5], []])
async def test_what_cannot_be_a_scenario_is_one_line(scenario: Any):
    with pytest.raises(UsageError, match="scenario"):
        await play_async(scenario, kind)


async def test_every_setting_of_a_model_arrives_at_its_server():
    async with StubServer("I hear you.") as stub:
        settings: dict[str, Any] = {"temperature": 0.25, "max_tokens": 2000, "seed": 4}
        for seed in (4, 5):
            await play_async(SCENARIO, "stub", base_url=stub.url, max_turns=1, **{**settings, "seed": seed})
    one, other = stub.requests
    assert (one["temperature"], one["max_tokens"], one["seed"] == other["seed"]) == (0.25, 2000, False)


async def test_a_failing_service_is_asked_again_as_often_as_was_asked_for():
    async with StubServer(failed(503)) as stub:
        episode = await play_async(SCENARIO, "stub", base_url=stub.url, retries=0)
    assert (stub.count, episode.failure.kind) == (1, "server_error")


async def test_a_request_fails_at_the_timeout_that_was_asked_for():
    async with StubServer(held(2)) as stub:
        episode = await play_async(SCENARIO, "stub", base_url=stub.url, retries=0, timeout=0.05)
        assert episode.failure.kind == "timeout"
        stub.requests.append({})


async def test_what_is_said_is_redacted():
    episode = await play_async(SCENARIO, lambda messages: "Write to me@example.org.", redact="basic", max_turns=1)
    assert "me@example.org" not in episode.model_dump_json()


@pytest.mark.parametrize(
    "make", [CueEvaluator, lambda rubric: JudgeEvaluator(judge(), rubric)], ids=["offline", "judge"]
)
async def test_an_evaluator_judges_by_the_rubric_it_was_made_with(make: Callable[[Any], Any]):
    episode = await play_async(SCENARIO, kind, evaluator=make(load_rubric("epm")), max_turns=1)
    assert (episode.rubric, len(episode.latent.steps)) == ("epm", 1)
    assert episode.evaluator == make(load_rubric("epm")).name


async def test_a_function_judges():
    async def strict(view: EvaluatorView) -> EvaluatorWrite:
        return await CueEvaluator(load_rubric())(view)

    episode = await play_async(SCENARIO, kind, evaluator=strict, max_turns=1)
    assert (episode.evaluator, episode.score is None) == ("strict", False)


async def test_an_evaluator_may_move_the_path_by_numbers_of_numpy():
    async def moving(view: EvaluatorView) -> EvaluatorWrite:
        return EvaluatorWrite(latent=Step(turn=len(view["latent"].steps) + 1, increment=tuple(np.full(4, 0.25, "f4"))))

    episode = await play_async(SCENARIO, kind, evaluator=moving, max_turns=1)
    assert [type(x) for x in episode.latent.steps[0].increment] == [float] * 4


@pytest.mark.parametrize(("judges", "name"), [(judge(), "judge"), ([judge("a"), judge("b")], "panel")])
async def test_judges_may_be_chats(judges: Any, name: str):
    pytest.importorskip("krippendorff")
    episode = await play_async(SCENARIO, kind, evaluator="judge", judge=judges, max_turns=1)
    assert (episode.evaluator, episode.score.coverage) == (name, 1.0)


async def test_a_judge_by_name_and_a_judge_as_chat_make_a_panel():
    pytest.importorskip("krippendorff")
    async with StubServer(choose=sensible) as stub:
        judges = ["stub", judge("a")]
        episode = await play_async(
            SCENARIO, kind, evaluator="judge", judge=judges, judge_base_url=stub.url, max_turns=1
        )
    assert [vote.judge for vote in episode.latent.steps[0].assessment.votes] == ["stub", "a"]


async def test_a_rubric_may_be_a_record_or_a_file(tmp_path: Path):
    epm = load_rubric("epm")
    (tmp_path / "own.yaml").write_text(json.dumps(epm.model_copy(update={"id": "own"}).model_dump(mode="json")))
    for rubric, name in ((epm, "epm"), (tmp_path / "own.yaml", "own")):
        assert (await play_async(SCENARIO, kind, rubric=rubric, max_turns=1)).rubric == name


@pytest.mark.parametrize("profile", [{"alignment": 0.5, "impact": 0.3, "stability": 0.2}, [0.5, 0.3, 0.2]])
async def test_weights_may_be_a_mapping_or_a_sequence(profile: Any):
    episode = await play_async(SCENARIO, kind, profile=profile, max_turns=1)
    assert episode.score.profile == "0.5,0.3,0.2"


async def test_a_function_directs():
    episode = await play_async(SCENARIO, kind, director=ender)
    assert (episode.ending, episode.turns, episode.directives[0].author) == ("ended", 1, "me")


async def test_a_voice_and_a_chat_speak_for_the_person():
    loud = await play_async(SCENARIO, kind, voice=Loud(), max_turns=1)
    chat = speaking(refusals=(0,))
    worded = await play_async(SCENARIO, kind, voice=chat, max_turns=1)
    assert (loud.voice, loud.messages[0].content.isupper()) == ("loud", True)
    assert (worded.voice, worded.messages[0].content) == ("voice", decided(chat.asked[1].prompts[0].content))


async def test_a_voice_may_be_strict_and_be_checked_by_another_model(tmp_path: Path):
    chat = speaking(refusals=range(3))
    assert (await play_async(SCENARIO, kind, voice=chat, strict_voice=True, max_turns=1)).ending == "failed"
    with pytest.raises(UsageError, match="voice-check"):
        await play_async(SCENARIO, kind, voice=chat, voice_check="nothing")
    with pytest.raises(UsageError, match="strict-voice is for a model that speaks for the person"):
        await play_async(SCENARIO, kind, strict_voice=True)


async def test_a_chat_and_a_role_may_be_the_agent():
    chat = ScriptedChat("mine", [KIND])
    asked = await play_async(SCENARIO, chat, variant="aligned", max_turns=1)
    assert (asked.agent, asked.messages[-1].content, chat.asked[0].prompts[0].role) == ("mine", KIND, "system")
    scripted = await play_async(SCENARIO, ScriptedEmpathic("generic"), max_turns=1)
    assert scripted.failure is None and scripted.messages[-1].content


async def test_every_goal_of_a_persona_is_played():
    goals = [f"exam_student/{goal.id}" for goal in RECORD.persona.goals]
    for wanted in ("exam_student", RECORD.persona, [*goals, goals[0]]):
        assert [e.scenario for e in await play_async(wanted, kind, max_turns=1)] == goals


def test_numbers_of_numpy_are_numbers():
    found = config(noise=np.float32(0.25), seed=np.int64(3), max_turns=np.int32(2))
    assert found == config(noise=0.25, seed=3, max_turns=2)
    assert [type(value) for value in (found.persona.noise, found.suite.seed, found.suite.max_turns)] == [
        float,
        int,
        int,
    ]
