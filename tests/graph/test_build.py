from __future__ import annotations

import asyncio
import json
from typing import Annotated, Any, TypedDict

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from empa_graph.episode.score import scored
from empa_graph.errors import NotFoundError, RoleError
from empa_graph.graph.build import RETRY, build_sandbox
from empa_graph.graph.state import SandboxState
from empa_graph.models.dialogue import Message
from empa_graph.models.episode import Note, PersonaState, Score
from empa_graph.models.latent import LatentState
from empa_graph.models.persona import Scenario
from empa_graph.roles.empathic.reference_agents import ScriptedEmpathic
from empa_graph.roles.evaluator.offline import CueEvaluator
from empa_graph.roles.persona.rule_persona import RulePersona
from empa_graph.roles.views import After, EmpathicView, EmpathicWrite, EvaluatorRole, ObserverView, ObserverWrite
from tests.scripted_parts import RUBRIC, SCENARIO, FixedEvaluator, rubric, walked

pytestmark = pytest.mark.usefixtures("strict_checkpoints")
ROLES: dict[str, Any] = {"persona": RulePersona(noise=0.0), "empathic": ScriptedEmpathic("generic")}
THREAD: Any = {"configurable": {"thread_id": "one"}, "recursion_limit": 50}


class Watcher:
    """An extra role that notes how many turns were judged."""

    def __init__(self, name: str) -> None:
        self._name = name

    async def __call__(self, view: ObserverView) -> ObserverWrite:
        return ObserverWrite(notes=[Note(author=self._name, turn=view["standing"].turn, content="seen")])


def start() -> Any:
    return {"scenario": SCENARIO.id, "seed": 1}


def built(
    max_turns: int = 2, evaluator: EvaluatorRole | None = None, extra: dict[str, After] | None = None
) -> StateGraph[SandboxState]:
    judge = evaluator or CueEvaluator(RUBRIC)
    return build_sandbox(**ROLES, evaluator=judge, rubric=rubric(max_turns), extra=extra)


def edges(graph: CompiledStateGraph[Any, Any, Any, Any]) -> set[tuple[str, str]]:
    return {(edge.source, edge.target) for edge in graph.get_graph().edges}


def test_the_sandbox_goes_round_and_out_to_the_score_once() -> None:
    assert edges(built().compile()) == {
        ("__start__", "begin"),
        ("begin", "persona"),
        ("begin", "end_turn"),
        ("persona", "empathic"),
        ("empathic", "evaluator"),
        ("evaluator", "end_turn"),
        ("end_turn", "persona"),
        ("end_turn", "score"),
        ("score", "__end__"),
    }


async def test_a_played_state_holds_the_talk_the_path_and_the_score() -> None:
    state = await built().compile().ainvoke(start())
    assert [m.speaker for m in state["messages"]] == ["persona", "empathic"] * 2
    assert len(state["latent"].steps) == 2
    assert isinstance(state["score"], Score)
    assert state["unscored"] is None


def test_a_role_that_does_not_keep_to_its_seat_is_refused_at_build() -> None:
    async def nosy(view: SandboxState) -> EmpathicWrite:
        return EmpathicWrite(messages=[])

    with pytest.raises(RoleError, match="'empathic' sees"):
        build_sandbox(**(ROLES | {"empathic": nosy}), evaluator=FixedEvaluator(None), rubric=RUBRIC)


def test_an_unknown_profile_is_refused_at_build_and_not_after_the_last_turn() -> None:
    with pytest.raises(NotFoundError, match="Did you mean 'deep_rapport'"):
        build_sandbox(**ROLES, evaluator=FixedEvaluator(None), rubric=RUBRIC, profile="deep_raport")


@pytest.mark.parametrize("place", ["persona", "empathic", "evaluator"])
async def test_an_extra_role_plays_behind_its_seat_every_turn(place: Any) -> None:
    graph = built(extra={"director": After(place, Watcher("director"))}).compile()
    state = await graph.ainvoke(start())
    seen = 1 if place == "evaluator" else 0
    assert [note.turn for note in state["notes"]] == [seen, seen + 1]
    assert (place, "director") in edges(graph)


async def test_extra_roles_behind_one_seat_play_in_the_order_given() -> None:
    extra = {name: After("evaluator", Watcher(name)) for name in ("first", "second")}
    state = await built(max_turns=1, extra=extra).compile().ainvoke(start())
    assert [note.author for note in state["notes"]] == ["first", "second"]


@pytest.mark.parametrize(("name", "place"), [("persona", "evaluator"), ("score", "persona"), ("director", "score")])
def test_an_extra_role_without_a_place_is_refused(name: str, place: Any) -> None:
    with pytest.raises(RoleError, match=f"extra role '{name}' after '{place}' has no place"):
        built(extra={name: After(place, Watcher(name))})


def test_an_extra_role_that_would_write_increments_is_refused() -> None:
    with pytest.raises(RoleError, match="'director' writes 'latent'"):
        built(extra={"director": After("evaluator", CueEvaluator(RUBRIC))})


def test_an_extra_role_that_would_speak_is_refused() -> None:
    async def chatty(view: EmpathicView) -> EmpathicWrite:
        return EmpathicWrite(messages=[])

    with pytest.raises(RoleError, match="'chatty' writes 'messages'"):
        built(extra={"chatty": After("persona", chatty)})


async def test_the_sandbox_is_a_node_in_a_larger_graph() -> None:
    class Study(TypedDict, total=False):
        scenario: Scenario
        instructions: str
        seed: int
        messages: list[Message]
        persona_state: PersonaState | None
        latent: Annotated[LatentState, lambda old, new: new]
        notes: list[Note]
        score: Score | None
        unscored: str | None
        report: str

    async def prepare(state: Study) -> Any:
        return start()

    async def report(state: Study) -> Any:
        score = state["score"]
        return {"report": f"{score.composite:.0f}" if score else "none"}

    study = StateGraph(Study)
    study.add_node("prepare", prepare)
    study.add_node("sandbox", built().compile())
    study.add_node("report", report)
    for source, target in ((START, "prepare"), ("prepare", "sandbox"), ("sandbox", "report"), ("report", END)):
        study.add_edge(source, target)
    state = await study.compile().ainvoke({})
    alone = await built().compile().ainvoke(start())
    assert state["report"] == f"{alone['score'].composite:.0f}"
    assert state["latent"] == alone["latent"]


async def test_a_checkpointed_run_loads_back_equal_under_strict_deserialisation() -> None:
    graph = built(extra={"director": After("evaluator", Watcher("director"))}).compile(checkpointer=InMemorySaver())
    played = await graph.ainvoke(start(), THREAD)
    loaded = (await graph.aget_state(THREAD)).values
    assert {name: loaded[name] for name in played} == played
    assert {name: type(loaded[name]) for name in played} == {name: type(value) for name, value in played.items()}


async def test_every_checkpoint_on_the_way_loads_back_with_its_types() -> None:
    graph = built().compile(checkpointer=InMemorySaver())
    await graph.ainvoke(start(), THREAD)
    states = [snapshot.values async for snapshot in graph.aget_state_history(THREAD)]
    turns = [len(state["latent"].steps) for state in states if "latent" in state]
    assert turns == sorted(turns, reverse=True)
    assert {type(m) for state in states for m in state.get("messages", [])} == {Message}


async def test_an_interrupted_run_resumes_to_the_same_end() -> None:
    whole = await built().compile().ainvoke(start())
    halting = built().compile(checkpointer=InMemorySaver(), interrupt_before=["evaluator"])
    await halting.ainvoke(start(), THREAD)
    await halting.ainvoke(None, THREAD)
    assert await halting.ainvoke(None, THREAD) == whole


async def test_an_episode_begun_in_a_thread_that_has_played_one_starts_from_nothing() -> None:
    graph = built().compile(checkpointer=InMemorySaver())
    first = await graph.ainvoke(start(), THREAD)
    assert await graph.ainvoke(start(), THREAD) == first


def test_a_path_is_scored_over_its_judged_turns_only() -> None:
    gaps = scored(walked([(0.1,) * 4, None, (0.1,) * 4, None]), RUBRIC.stop, "balanced").score
    dense = scored(walked([(0.1,) * 4, (0.1,) * 4]), RUBRIC.stop, "balanced").score
    assert gaps is not None and dense is not None
    assert (gaps.coverage, dense.coverage) == (0.5, 1.0)
    assert gaps.model_copy(update={"coverage": 1.0}) == dense


@pytest.mark.parametrize("increments", [[], [None], [None] * 4])
def test_a_path_without_a_judged_turn_has_no_score_and_says_why(increments: list[None]) -> None:
    assert scored(walked(increments), RUBRIC.stop, "balanced") == (None, "no turn was judged")


def test_a_judged_path_that_stood_still_is_scored() -> None:
    assert scored(walked([(0.0,) * 4] * 3), RUBRIC.stop, "balanced").score is not None


def test_a_transient_failure_is_tried_four_times() -> None:
    assert RETRY.max_attempts == 4


@pytest.mark.parametrize("inside_a_loop", [False, True])
def test_the_sandbox_can_be_invoked_without_async(inside_a_loop: bool) -> None:
    graph = built().compile()
    whole = asyncio.run(graph.ainvoke(start()))

    async def within() -> Any:
        return graph.invoke(start())

    assert (asyncio.run(within()) if inside_a_loop else graph.invoke(start())) == whole


async def test_an_episode_played_from_an_earlier_checkpoint_comes_to_the_same_end() -> None:
    graph = built(max_turns=3).compile(checkpointer=InMemorySaver())
    whole = await graph.ainvoke(start(), THREAD)
    history = [snapshot async for snapshot in graph.aget_state_history(THREAD)]
    earlier = next(s for s in history if s.next == ("persona",) and len(s.values["latent"].steps) == 1)
    assert await graph.ainvoke(None, earlier.config) == whole


async def test_a_stream_of_custom_events_has_one_for_each_turn() -> None:
    events = [event async for event in built(max_turns=3).compile().astream(start(), stream_mode="custom")]
    assert [event["turn"] for event in events] == [1, 2, 3]
    assert [event["ending"] for event in events] == [None, None, "max_turns"]
    assert json.loads(json.dumps(events))[2]["position"]
