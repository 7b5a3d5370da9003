from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from empa_graph.content.library import find_scenarios, load_rubric
from empa_graph.errors import ProviderError, SuspendedError
from empa_graph.llm import ScriptedChat
from empa_graph.models.behaviour import AXES
from empa_graph.models.episode import Episode
from empa_graph.models.rubric import with_max_turns
from empa_graph.models.run import planned
from empa_graph.roles.empathic.reference_agents import ScriptedEmpathic
from empa_graph.roles.evaluator.offline import CueEvaluator
from empa_graph.roles.evaluator.support_judge import SEAT, judged_support
from empa_graph.roles.persona.rule_persona import RulePersona
from empa_graph.roles.run_roles import Roles
from empa_graph.run.config import Prepared
from empa_graph.run.meter import RunMeter
from empa_graph.run.replay import replay
from empa_graph.run.schedule import run_async
from empa_graph.run.session import Resources, RunSession
from empa_graph.run.single import play_async
from empa_graph.store.folder import folder_url
from empa_graph.store.ledger import Store
from tests.fault_proxy import FaultProxy, faults_in_thread
from tests.memory_store import MemoryStore
from tests.records import run
from tests.roles.judging import NO_CODE

SCENARIOS = find_scenarios(["exam_student"])
RUBRIC = with_max_turns(load_rubric(), 2)
PLAN = planned(SCENARIOS, ("baseline",), repeats=1, seed=0)
RUN = run(plan=PLAN, agent="m", concurrency=1, max_turns=2, support_judge="m")
NOTHING = json.dumps(dict.fromkeys(AXES, NO_CODE))
AWAY = ProviderError("connection refused", kind="unreachable")


@pytest.fixture
def proxy() -> Iterator[FaultProxy]:
    with faults_in_thread() as served:
        yield served


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.create(folder_url(tmp_path), RUN) as made:
        yield made


def session(proxy: FaultProxy, store: Store, **limits: float) -> RunSession:
    settings = {"agent.base_url": proxy.url} | {f"limits.{name}": value for name, value in limits.items()}
    made = Prepared(RUN, RUN.config.changed(settings), SCENARIOS, RUBRIC)
    return RunSession(made, store, Resources())


async def played(chat: ScriptedChat, turn_store: MemoryStore, on_outage: str = "fail") -> SuspendedError | None:
    cast = Roles(RulePersona(), ScriptedEmpathic("generic"), CueEvaluator(RUBRIC), ())
    cast = replace(cast, support_judge=partial(judged_support, chat, attempts=1))
    execution = RUN.config.changed({"execution.on_outage": on_outage}).execution
    meter = RunMeter(turn_store)
    return await run_async(RUN, SCENARIOS, cast, RUBRIC, turn_store=turn_store, meter=meter, execution=execution)


async def test_a_run_asks_once_an_episode_and_keeps_what_it_was_told(proxy: FaultProxy, store: Store):
    assert await session(proxy, store).play() is None
    asked = [call for call in store.calls() if call.role == SEAT]
    assert [(call.episode, call.turn) for call in asked] == [(0, 2), (1, 2), (2, 2)]
    for episode in store.episodes():
        found = episode.support_judged
        assert found is not None and (found.judge, found.value, found.failure) == ("m", 0.5, None)
        assert episode.support is not None and found.usage is not None


async def test_a_run_that_is_resumed_asks_for_nothing_twice(proxy: FaultProxy, store: Store):
    for most in range(1, 6_000, 400):
        await session(proxy, store, run_tokens=most).play()
    assert await session(proxy, store).play() is None
    assert (proxy.asked.total(), proxy.counts()["repeated"]) == (9, {})
    assert all(episode.support_judged and episode.support_judged.value == 0.5 for episode in store.episodes())


async def test_an_episode_that_failed_is_not_coded(proxy: FaultProxy, store: Store):
    assert await session(proxy, store, episode_tokens=1).play() is None
    assert {episode.failure and episode.failure.kind for episode in store.episodes()} == {"limit_tokens"}
    assert {episode.support_judged for episode in store.episodes()} == {None}


@pytest.mark.parametrize("answer", ["no JSON", AWAY, ZeroDivisionError("no")])
async def test_what_the_model_cannot_say_is_data_and_the_episode_is_scored(answer: str | Exception):
    turn_store = MemoryStore()
    assert await played(ScriptedChat("judge", [answer], cycle=True), turn_store) is None
    for episode in turn_store.kept.values():
        assert episode.score is not None and episode.failure is None and episode.support_judged is not None
        assert (episode.support_judged.failure is None, episode.support_judged.value) == (False, None)


async def test_an_outage_pauses_the_run_where_it_is_to_and_no_turn_is_played_again():
    turn_store, chat = MemoryStore(), ScriptedChat("judge", [AWAY, NOTHING, NOTHING, NOTHING])
    stopped = await played(chat, turn_store, "pause")
    assert stopped is not None and stopped.limit == "judge_outage" and "unreachable" in str(stopped)
    assert (turn_store.kept, len(turn_store.held[0])) == ({}, 2)
    assert await played(chat, turn_store, "pause") is None
    assert (len(turn_store.kept), len(chat.asked)) == (3, 4)


async def test_a_chat_of_ones_own_codes_what_is_played_from_python():
    chat = ScriptedChat("mine", [NOTHING])
    found = await play_async(SCENARIOS[0], "scripted:generic", support_judge=chat, max_turns=1)
    assert isinstance(found, Episode) and found.support_judged is not None
    assert (found.support_judged.judge, found.support_judged.value, len(chat.asked)) == ("mine", 0.5, 1)


async def test_a_replay_keeps_what_was_coded():
    chat = ScriptedChat("mine", [NOTHING])
    found = await play_async(SCENARIOS[0], "scripted:generic", support_judge=chat, max_turns=2)
    again = await replay(found, with_max_turns(load_rubric(), 2))
    assert again.support_judged is not None and again.support_judged == found.support_judged
