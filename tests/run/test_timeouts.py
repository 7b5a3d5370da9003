from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from empa_graph.content.library import find_scenarios, load_rubric
from empa_graph.models.config import Limits
from empa_graph.models.rubric import with_max_turns
from empa_graph.models.run import planned
from empa_graph.roles.empathic.agents import FunctionEmpathic
from empa_graph.roles.evaluator.offline import CueEvaluator
from empa_graph.roles.persona.rule_persona import RulePersona
from empa_graph.roles.run_roles import Roles
from empa_graph.run.meter import RunMeter
from empa_graph.run.schedule import run_async
from tests.agents import blocks, hangs, kind
from tests.memory_store import MemoryStore
from tests.records import run

RUBRIC = with_max_turns(load_rubric(), 2)
SCENARIOS = find_scenarios(["exam_student"])
RUN = run(plan=planned(SCENARIOS, ("baseline",), repeats=1, seed=0), concurrency=1)
SOON = 0.02


def standing() -> float:
    """A clock that stands: every role has all of the time."""
    return 0.0


def with_agent(call: Any) -> Roles:
    return Roles(RulePersona(), FunctionEmpathic(call), CueEvaluator(RUBRIC), (), code=frozenset({"empathic"}))


def stuck_at(turn: int, call: Any) -> Any:
    """An agent that is ``call`` at ``turn`` of a conversation and kind before."""

    async def reply(messages: list[dict[str, str]]) -> str:
        stuck = sum(m["role"] == "user" for m in messages) == turn
        return await (call(messages) if stuck else asyncio.sleep(0, kind(messages)))

    return reply


@pytest.mark.parametrize("call", [blocks, hangs])
async def test_an_agent_that_hangs_is_cut_off_at_the_time_of_its_episode_and_the_run_goes_on(call: Any):
    turn_store = MemoryStore()
    meter = RunMeter(turn_store, limits=Limits(episode_seconds=SOON))
    assert await run_async(RUN, SCENARIOS, with_agent(call), RUBRIC, turn_store=turn_store, meter=meter) is None
    failures = [episode.failure for episode in turn_store.kept.values()]
    assert [f and (f.kind, f.seat, f.detail) for f in failures] == [
        ("limit_time", "empathic", f"episode limit reached: {SOON} seconds")
    ] * 3


@pytest.mark.parametrize("call", [blocks, hangs])
async def test_an_agent_that_hangs_at_the_time_of_the_run_suspends_it_and_leaves_its_episode_open(call: Any):
    turn_store = MemoryStore()
    meter = RunMeter(turn_store, limits=Limits(run_minutes=SOON / 60))
    stopped = await run_async(RUN, SCENARIOS, with_agent(call), RUBRIC, turn_store=turn_store, meter=meter)
    assert stopped is not None and stopped.limit == "time"
    assert turn_store.kept == {}
    assert (
        await run_async(RUN, SCENARIOS, with_agent(kind), RUBRIC, turn_store=turn_store, meter=RunMeter(turn_store))
        is None
    )
    assert len(turn_store.kept) == 3


async def test_what_was_played_before_the_time_ran_out_stays_on_the_episode():
    turn_store = MemoryStore()
    meter = RunMeter(turn_store, limits=Limits(episode_seconds=SOON), clock=standing)
    one = RUN.model_copy(update={"plan": RUN.plan[:1]})
    await run_async(one, SCENARIOS, with_agent(stuck_at(2, hangs)), RUBRIC, turn_store=turn_store, meter=meter)
    assert (turn_store.kept[0].turns, len(turn_store.kept[0].messages)) == (1, 3)


async def test_a_request_to_a_model_under_way_at_the_time_of_the_run_comes_back():
    turn_store = MemoryStore()
    now = [0.0]
    meter = RunMeter(turn_store, limits=Limits(run_minutes=SOON / 60), clock=lambda: now[0])

    async def late(messages: list[dict[str, str]]) -> str:
        await asyncio.sleep(2 * SOON)
        now[0] = 2 * SOON
        return kind(messages)

    asks_a_model = replace(with_agent(late), code=frozenset())
    stopped = await run_async(RUN, SCENARIOS, asks_a_model, RUBRIC, turn_store=turn_store, meter=meter)
    assert stopped is not None and len(turn_store.held[0]) == 1


async def test_a_timeout_of_the_agents_own_is_its_crash():
    async def gives_up(messages: list[dict[str, str]]) -> str:
        raise TimeoutError("my server is slow")

    turn_store = MemoryStore()
    meter = RunMeter(turn_store, limits=Limits(episode_seconds=600.0))
    await run_async(RUN, SCENARIOS, with_agent(gives_up), RUBRIC, turn_store=turn_store, meter=meter)
    assert {episode.failure and episode.failure.kind for episode in turn_store.kept.values()} == {"role_crashed"}
