from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest

from empa_graph.content.library import find_scenarios, load_rubric
from empa_graph.errors import ProviderError, SuspendedError, UsageError
from empa_graph.models.assessment import Assessment, Vote
from empa_graph.models.config import Limits
from empa_graph.models.failure import Failure
from empa_graph.models.latent import Step
from empa_graph.models.rubric import with_max_turns
from empa_graph.models.run import Run, planned
from empa_graph.roles.empathic.agents import FunctionEmpathic
from empa_graph.roles.evaluator.offline import CueEvaluator
from empa_graph.roles.persona.rule_persona import RulePersona
from empa_graph.roles.run_roles import Roles
from empa_graph.roles.views import EvaluatorRole, EvaluatorView, EvaluatorWrite
from empa_graph.run.meter import RunMeter
from empa_graph.run.schedule import Progress, run_async
from tests.memory_store import MemoryStore
from tests.records import run

SCENARIOS = find_scenarios(["exam_student"])
RUBRIC = with_max_turns(load_rubric(), 2)


class Agent:
    """Counts how many of its calls are under way at once; ``fails`` is raised at its first call."""

    def __init__(self, fails: Exception | None = None) -> None:
        self.under_way = self.most = self.calls = 0
        self._fails = fails

    async def reply(self, messages: list[dict[str, str]]) -> str:
        self.calls += 1
        if self._fails is not None and self.calls == 1:
            raise self._fails
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


class Judge:
    """Judges by cues, but for ``turn``: then it raises or gives what ``trouble`` is."""

    def __init__(self, trouble: Exception | Step, *, turn: int) -> None:
        self.trouble: Exception | Step | None = trouble
        self._turn = turn
        self._cues = CueEvaluator(RUBRIC)

    async def __call__(self, view: EvaluatorView) -> EvaluatorWrite:
        if self.trouble is None or len(view["latent"].steps) + 1 != self._turn:
            return await self._cues(view)
        if isinstance(self.trouble, Exception):
            raise self.trouble
        return EvaluatorWrite(latent=self.trouble)


def asked(*, concurrency: int = 1, repeats: int = 1, variants: tuple[str, ...] = ("baseline",)) -> Run:
    plan = planned(SCENARIOS, variants, repeats=repeats, seed=0)
    return run(*variants, concurrency=concurrency, repeats=repeats, plan=plan)


async def played(
    turn_store: MemoryStore,
    plan: Run | None = None,
    *chats: Closing,
    agent: Agent | None = None,
    judge: EvaluatorRole | None = None,
    meter: RunMeter | None = None,
    on_outage: str = "fail",
    watch: Any = None,
) -> SuspendedError | None:
    empathic = FunctionEmpathic((agent or Agent()).reply)
    cast = Roles(RulePersona(), empathic, judge or CueEvaluator(RUBRIC), chats)  # type: ignore[arg-type]
    run_, meter_ = plan or asked(), meter or RunMeter(turn_store)
    execution = run_.config.changed({"execution.on_outage": on_outage}).execution
    return await run_async(
        run_, SCENARIOS, cast, RUBRIC, turn_store=turn_store, meter=meter_, execution=execution, watch=watch
    )


def dumped(turn_store: MemoryStore) -> dict[int, str]:
    return {number: episode.model_dump_json() for number, episode in turn_store.kept.items()}


async def test_every_planned_episode_is_played_once_with_its_labels():
    turn_store, plan = MemoryStore(), asked(repeats=2, variants=("baseline", "aligned"), concurrency=5)
    assert await played(turn_store, plan) is None
    assert sorted(turn_store.kept) == list(range(12))
    assert [(e.scenario, e.variant, e.repeat, e.seed) for _, e in sorted(turn_store.kept.items())] == [
        (p.scenario, p.variant, p.repeat, p.seed) for p in plan.plan
    ]


@pytest.mark.parametrize("concurrency", [1, 2, 20])
async def test_no_more_episodes_than_allowed_are_in_flight(concurrency: int):
    agent = Agent()
    await played(MemoryStore(), asked(concurrency=concurrency), agent=agent)
    assert agent.most == min(concurrency, 3)


async def test_concurrency_does_not_change_what_is_played():
    one, many = MemoryStore(), MemoryStore()
    await played(one)
    await played(many, asked(concurrency=3))
    assert dumped(one) == dumped(many)


class Stateful(Agent):
    """Returns a state without messages at one of its calls."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self._at = at

    async def reply(self, messages: list[dict[str, str]]) -> Any:
        said = await super().reply(messages)
        return {"answer": said} if self.calls >= self._at else said


async def test_an_agent_whose_first_answer_is_a_state_without_messages_stops_the_run_in_one_line():
    turn_store, agent = MemoryStore(), Stateful(at=1)
    with pytest.raises(UsageError, match="returned a state of answer, and no `messages`; the conversation is"):
        await played(turn_store, agent=agent)
    assert (agent.calls, turn_store.kept) == (1, {})


async def test_an_agent_that_replied_before_fails_by_the_episode():
    turn_store = MemoryStore()
    assert await played(turn_store, agent=Stateful(at=2)) is None
    assert [episode.failure and episode.failure.kind for episode in turn_store.kept.values()] == ["no_messages"] * 3


async def test_the_watcher_hears_of_each_turn_and_then_of_the_kept_episode():
    turn_store, heard = MemoryStore(), []

    def watch(event: Progress) -> None:
        heard.append((event.planned.scenario, event.turn, len(turn_store.kept) if event.episode else None))

    await played(turn_store, watch=watch)
    first = SCENARIOS[0].id
    assert heard[:3] == [(first, 1, None), (first, 2, None), (first, 2, 1)]
    assert len(heard) == 9


async def test_the_turns_are_kept_before_the_episode_and_are_its_turns():
    turn_store = MemoryStore()
    await played(turn_store)
    for number, episode in turn_store.kept.items():
        assert [turn.step for turn in turn_store.held[number]] == list(episode.latent.steps)
        assert [message for turn in turn_store.held[number] for message in turn.messages] == list(episode.messages)


@pytest.mark.parametrize("room", range(9))
async def test_a_store_that_fails_suspends_the_run_and_it_goes_on_where_it_was(room: int):
    whole, turn_store = MemoryStore(), MemoryStore(room=room)
    await played(whole)
    stopped = await played(turn_store, asked(concurrency=2))
    assert stopped is not None and (stopped.limit, str(stopped)) == ("store", "the disk is full")
    turn_store.room = 1_000
    assert await played(turn_store, asked(concurrency=2)) is None
    assert dumped(turn_store) == dumped(whole)
    assert all([turn.turn for turn in turns] == [1, 2] for turns in turn_store.held.values())


async def test_a_finished_turn_is_not_played_again():
    turn_store = MemoryStore(room=1)
    await played(turn_store)
    turn_store.room, agent = 1_000, Agent()
    await played(turn_store, agent=agent)
    assert agent.calls == 3 * 2 - 1


async def test_what_the_watcher_raises_stops_the_run_and_closes_the_chats():
    turn_store, chat = MemoryStore(), Closing()

    def watch(event: Progress) -> None:
        if event.episode:
            raise UsageError("nobody listens")

    with pytest.raises(UsageError, match="nobody listens"):
        await played(turn_store, asked(), chat, watch=watch)
    assert len(turn_store.kept) == 1 and chat.closed


async def test_a_failed_episode_does_not_stop_the_others():
    turn_store = MemoryStore()
    assert await played(turn_store, agent=Agent(KeyError("no such tool"))) is None
    assert [turn_store.kept[number].ending for number in range(3)] == ["failed", "max_turns", "max_turns"]
    failure = turn_store.kept[0].failure
    assert failure is not None and failure.blame == "empathic" and turn_store.kept[0].score is None


async def test_a_run_that_is_stopped_leaves_its_episodes_open_and_balanced():
    turn_store, plan = MemoryStore(), asked(variants=("baseline", "aligned"), concurrency=2)
    meter = RunMeter(turn_store)

    def watch(event: Progress) -> None:
        if len(turn_store.kept) == 2:
            meter.stop("enough")

    stopped = await played(turn_store, plan, meter=meter, watch=watch)
    assert stopped is not None and str(stopped) == "enough"
    assert Counter(episode.variant for episode in turn_store.kept.values()) == {"baseline": 1, "aligned": 1}


async def test_a_stop_that_comes_after_the_last_episode_is_none():
    turn_store = MemoryStore()
    meter = RunMeter(turn_store)

    def watch(event: Progress) -> None:
        if len(turn_store.kept) == 3:
            meter.stop("too late")

    assert await played(turn_store, meter=meter, watch=watch) is None


async def test_an_episode_that_takes_too_long_fails_and_the_others_have_their_own_time():
    turn_store, now = MemoryStore(), [0.0]
    meter = RunMeter(turn_store, limits=Limits(episode_seconds=10), clock=lambda: now[0])

    def watch(event: Progress) -> None:
        now[0] += 10.0 * (event.turn == 1 and event.planned.scenario == SCENARIOS[0].id)

    assert await played(turn_store, meter=meter, watch=watch) is None
    assert [turn_store.kept[number].ending for number in range(3)] == ["failed", "max_turns", "max_turns"]
    failure = turn_store.kept[0].failure
    assert failure is not None and (failure.kind, failure.blame, turn_store.kept[0].turns) == ("limit_time", "us", 1)


OUT_OF_REACH = ProviderError("the judge is down", kind="server_error")


@pytest.mark.parametrize("kind", ["unauthorised", "quota", "model_not_found"])
async def test_a_judge_out_of_reach_pauses_the_run_when_asked_to(kind: str):
    whole, turn_store = MemoryStore(), MemoryStore()
    await played(whole)
    judge = Judge(ProviderError("down", kind=kind), turn=2)
    stopped = await played(turn_store, judge=judge, on_outage="pause")
    assert stopped is not None and stopped.limit == "judge_outage"
    assert turn_store.kept == {} and len(turn_store.held[0]) == 1
    judge.trouble = None
    assert await played(turn_store, judge=judge, on_outage="pause") is None
    assert dumped(turn_store) == dumped(whole)


async def test_a_judge_out_of_reach_fails_the_episode_when_asked_to():
    turn_store = MemoryStore()
    assert await played(turn_store, judge=Judge(OUT_OF_REACH, turn=2), on_outage="fail") is None
    assert {(e.ending, e.score) for e in turn_store.kept.values()} == {("failed", None)}
    assert all(e.failure is not None and e.failure.seat == "evaluator" for e in turn_store.kept.values())


async def test_a_request_that_the_judge_cannot_answer_is_no_outage():
    turn_store = MemoryStore()
    judge = Judge(ProviderError("too long", kind="context_overflow"), turn=1)
    assert await played(turn_store, judge=judge, on_outage="pause") is None
    assert {e.failure and e.failure.kind for e in turn_store.kept.values()} == {"context_overflow"}


async def test_an_agent_out_of_reach_is_no_outage_of_the_judge():
    turn_store = MemoryStore()
    assert await played(turn_store, agent=Agent(OUT_OF_REACH), on_outage="pause") is None
    assert turn_store.kept[0].failure is not None and turn_store.kept[0].failure.seat == "empathic"


def no_quorum(kind: str) -> Step:
    failed = Failure(turn=1, blame="provider", kind=kind, detail="down")
    kept = Assessment(evaluator="panel", items=(), votes=(Vote(judge="a", failure=failed),))
    failure = Failure(turn=1, blame="provider", kind="panel_no_quorum", detail="0 of 1 judges")
    return Step(turn=1, increment=None, assessment=kept, failure=failure)


async def test_a_panel_out_of_reach_pauses_before_the_turn_is_kept():
    turn_store = MemoryStore()
    stopped = await played(turn_store, judge=Judge(no_quorum("unreachable"), turn=1), on_outage="pause")
    assert stopped is not None and stopped.limit == "judge_outage" and turn_store.held == {}


@pytest.mark.parametrize(("kind", "how"), [("unreachable", "fail"), ("judge_invalid", "pause")])
async def test_a_panel_without_a_quorum_is_a_missing_judgement_otherwise(kind: str, how: str):
    turn_store = MemoryStore()
    assert await played(turn_store, judge=Judge(no_quorum(kind), turn=1), on_outage=how) is None
    assert {episode.score and episode.score.coverage for episode in turn_store.kept.values()} == {0.5}
