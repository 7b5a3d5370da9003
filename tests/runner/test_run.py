from __future__ import annotations

import asyncio

import pytest

from empa_graph.errors import UsageError
from empa_graph.library import find_scenarios, load_rubric
from empa_graph.models.episode import Episode
from empa_graph.models.run import Run
from empa_graph.roles.empathic import FunctionEmpathic
from empa_graph.roles.evaluator import CueEvaluator
from empa_graph.roles.persona import RulePersona
from empa_graph.runner.plan import planned
from empa_graph.runner.run import Progress, run_async
from empa_graph.runner.seats import Cast
from empa_graph.runner.single import with_max_turns
from tests.records import run

SCENARIOS = find_scenarios(["exam_student"])
RUBRIC = with_max_turns(load_rubric(), 2)


class Agent:
    """Counts how many of its calls are under way at once."""

    def __init__(self) -> None:
        self.under_way = 0
        self.most = 0

    async def reply(self, messages: list[dict[str, str]]) -> str:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        for _ in range(50):
            await asyncio.sleep(0)
        self.under_way -= 1
        return "What would help you tonight?"


class Closing:
    """A chat that only knows whether it was closed."""

    name = "closing"
    closed = False

    async def aclose(self) -> None:
        self.closed = True


def seated(agent: Agent, *chats: Closing) -> Cast:
    empathic = FunctionEmpathic(agent.reply)
    return Cast(RulePersona(), empathic, CueEvaluator(RUBRIC), chats)  # type: ignore[arg-type]


def asked(*, concurrency: int = 1, repeats: int = 1, variants: tuple[str, ...] = ("baseline",)) -> Run:
    plan = planned(SCENARIOS, variants, repeats=repeats, seed=0)
    return run(*variants, concurrency=concurrency, repeats=repeats, plan=plan)


async def test_every_planned_episode_is_played_once_with_its_labels():
    kept: list[Episode] = []
    plan = asked(repeats=2, variants=("baseline", "aligned"), concurrency=5)
    await run_async(plan, SCENARIOS, seated(Agent()), RUBRIC, keep=kept.append)
    assert {(e.scenario, e.variant, e.repeat, e.seed) for e in kept} == {
        (p.scenario, p.variant, p.repeat, p.seed) for p in plan.plan
    }
    assert len(kept) == len(plan.plan) == 12


@pytest.mark.parametrize("concurrency", [1, 2, 20])
async def test_no_more_episodes_than_allowed_are_in_flight(concurrency: int):
    agent = Agent()
    await run_async(asked(concurrency=concurrency), SCENARIOS, seated(agent), RUBRIC, keep=lambda _: None)
    assert agent.most == min(concurrency, 3)


async def test_concurrency_does_not_change_what_is_played():
    one: list[Episode] = []
    many: list[Episode] = []
    await run_async(asked(), SCENARIOS, seated(Agent()), RUBRIC, keep=one.append)
    await run_async(asked(concurrency=3), SCENARIOS, seated(Agent()), RUBRIC, keep=many.append)
    assert {e.scenario: e.model_dump_json() for e in one} == {e.scenario: e.model_dump_json() for e in many}


async def test_the_watcher_hears_of_each_turn_and_then_of_the_stored_episode():
    kept: list[Episode] = []
    heard: list[tuple[str, int, int | None]] = []

    def watch(event: Progress) -> None:
        heard.append((event.planned.scenario, event.turn, len(kept) if event.episode else None))

    await run_async(asked(), SCENARIOS, seated(Agent()), RUBRIC, keep=kept.append, watch=watch)
    first = SCENARIOS[0].id
    assert heard[:3] == [(first, 1, None), (first, 2, None), (first, 2, 1)]
    assert len(heard) == 9


async def test_what_storing_raises_stops_the_run_and_closes_the_chats():
    kept: list[Episode] = []
    chat = Closing()

    def keep(episode: Episode) -> None:
        if kept:
            raise UsageError("the disk is full")
        kept.append(episode)

    with pytest.raises(UsageError, match="the disk is full"):
        await run_async(asked(), SCENARIOS, seated(Agent(), chat), RUBRIC, keep=keep)
    assert len(kept) == 1
    assert chat.closed


async def test_a_failed_episode_does_not_stop_the_others():
    class Once(Agent):
        async def reply(self, messages: list[dict[str, str]]) -> str:
            self.most += 1
            if self.most == 1:
                raise KeyError("no such tool")
            return "What would help you tonight?"

    kept: list[Episode] = []
    await run_async(asked(), SCENARIOS, seated(Once()), RUBRIC, keep=kept.append)
    assert [episode.ending for episode in kept] == ["failed", "max_turns", "max_turns"]
    assert kept[0].failure is not None and kept[0].failure.blame == "agent"
    assert kept[0].score is None
