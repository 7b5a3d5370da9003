from __future__ import annotations

from typing import Any, TypedDict

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.types import Command, interrupt

from empa_graph.errors import UsageError
from empa_graph.graph.agent import MOST_RESUMED, OnInterrupt, adapted, resumable
from empa_graph.graph.build import build_sandbox
from empa_graph.graph.state import SandboxState
from empa_graph.models.config import AgentConfig
from empa_graph.models.episode import Episode
from empa_graph.roles.empathic.agents import FunctionEmpathic
from empa_graph.roles.evaluator.offline import CueEvaluator
from empa_graph.roles.overrides import NOTHING
from empa_graph.roles.persona.rule_persona import RulePersona
from empa_graph.roles.views import EmpathicView, EmpathicWrite
from tests.asking_graphs import asking, asking_at_once, pausing
from tests.live_parts import monitored, replies, say, settled, thread
from tests.scripted_parts import RUBRIC, SCENARIO, agent, sandbox

SAVERS = [None, InMemorySaver(), True]


async def played(graph: Any, on_interrupt: OnInterrupt | None = None) -> Episode:
    return await sandbox(empathic=FunctionEmpathic(resumable(graph, on_interrupt)), max_turns=2).play(SCENARIO)


def said(episode: Episode) -> list[str]:
    return [message.content for message in episode.messages if message.speaker == "empathic"]


def failure(episode: Episode) -> tuple[str, str, str | None]:
    assert episode.failure is not None
    assert episode.score is None
    return episode.failure.kind, episode.failure.blame, episode.failure.seat


@pytest.mark.parametrize("saver", SAVERS)
@pytest.mark.parametrize("built", [asking("May I?"), asking_at_once()])
async def test_an_agent_that_waits_for_an_answer_is_interrupted_and_has_no_score(built: Any, saver: Any) -> None:
    episode = await played(built.compile(checkpointer=saver))
    assert failure(episode) == ("interrupted", "empathic", "empathic")
    assert "?'" in episode.failure.detail  # type: ignore[union-attr]  # seen above


@pytest.mark.parametrize("saver", SAVERS)
@pytest.mark.parametrize("place", ["interrupt_before", "interrupt_after"])
async def test_an_agent_that_stops_at_a_break_is_interrupted(place: str, saver: Any) -> None:
    following = pausing().add_node("then", lambda state: {}).add_edge("say", "then")
    episode = await played(following.compile(checkpointer=saver, **{place: ["say"]}))
    assert failure(episode) == ("interrupted", "empathic", "empathic")


@pytest.mark.parametrize("saver", SAVERS)
async def test_an_interrupt_is_answered_with_its_value_at_hand_and_the_agent_goes_on(saver: Any) -> None:
    episode = await played(asking("May I?", "Sure?").compile(checkpointer=saver), lambda value: f"yes to {value}")
    assert said(episode) == ["yes to May I? yes to Sure?"] * 2
    assert episode.score is not None


@pytest.mark.parametrize("saver", SAVERS)
async def test_interrupts_at_once_are_each_answered(saver: Any) -> None:
    async def answer(value: str) -> str:
        return value.upper()

    episode = await played(asking_at_once().compile(checkpointer=saver), answer)
    assert said(episode) == ["one? ONE?", "two? TWO?"] * 2


@pytest.mark.parametrize("saver", SAVERS)
async def test_a_break_is_passed_where_an_answer_is_given(saver: Any) -> None:
    episode = await played(pausing().compile(checkpointer=saver, interrupt_before=["say"]), lambda value: 1 / 0)
    assert said(episode) == ["Go on."] * 2


@pytest.mark.parametrize(("questions", "kind"), [(MOST_RESUMED, None), (MOST_RESUMED + 1, "interrupted")])
async def test_an_agent_is_resumed_so_often_and_no_more(questions: int, kind: str | None) -> None:
    episode = await played(asking(*["Now?"] * questions).compile(), lambda value: "yes")
    assert (episode.failure and episode.failure.kind) == kind


async def test_a_function_that_calls_a_graph_which_asks_is_interrupted() -> None:
    graph = asking("May I?").compile()
    episode = await played(lambda messages: graph.invoke({"messages": messages}))
    assert failure(episode) == ("interrupted", "empathic", "empathic")


async def test_an_agent_that_hands_to_a_graph_around_it_cannot_write_there() -> None:
    goto = Command(graph=Command.PARENT, goto="evaluator", update={"messages": [agent(1, "I am done.")]})
    built = StateGraph(SandboxState).add_node("out", lambda state: goto).add_edge(START, "out")
    episode = await played(lambda messages: built.compile().invoke({"messages": messages}))
    assert failure(episode) == ("handed_over", "empathic", "empathic")
    assert said(episode) == []


class Asked(TypedDict):
    query: str
    answer: str


class Answered(TypedDict):
    answer: str


@pytest.mark.parametrize(
    ("schemas", "told"),
    [
        ({"state_schema": Asked}, "takes query, answer and returns query, answer, and no `messages`"),
        (
            {"state_schema": MessagesState, "output_schema": Answered},
            "the agent's graph returns answer, and no `messages`",
        ),
    ],
)
def test_a_graph_without_messages_is_refused_before_it_plays(schemas: dict[str, Any], told: str) -> None:
    graph = StateGraph(**schemas).add_node("say", lambda state: {"answer": "I hear you."}).add_edge(START, "say")
    for built in (graph, graph.compile()):
        with pytest.raises(UsageError) as caught:
            adapted(built, AgentConfig(), NOTHING)
        assert told in str(caught.value) and "a function of the messages" in str(caught.value)


def test_a_graph_of_which_nobody_knows_what_it_takes_is_tried() -> None:
    adapted(StateGraph(dict).add_node("say", lambda state: state).add_edge(START, "say"), AgentConfig(), NOTHING)


async def test_in_a_larger_graph_with_checkpoints_a_role_may_ask() -> None:
    async def human(view: EmpathicView) -> EmpathicWrite:
        return EmpathicWrite(messages=[agent(view["messages"][-1].turn, interrupt("your reply?"))])

    short = RUBRIC.model_copy(update={"stop": RUBRIC.stop.model_copy(update={"max_turns": 1, "min_turns": 1})})
    graph = build_sandbox(persona=RulePersona(), empathic=human, evaluator=CueEvaluator(RUBRIC), rubric=short)
    compiled = graph.compile(checkpointer=InMemorySaver())
    stopped = await compiled.ainvoke({"scenario": SCENARIO, "instructions": ""}, thread())
    assert stopped["__interrupt__"][0].value == "your reply?"
    ended = await compiled.ainvoke(Command(resume="I hear you."), thread())
    assert ended["messages"][-1].content == "I hear you."


@pytest.mark.parametrize("own", [None, InMemorySaver()])
async def test_in_monitor_an_interrupt_of_the_agent_reaches_the_caller_who_resumes_it(own: Any) -> None:
    graph = monitored(asking("May I?", "Sure?").compile(checkpointer=own), saver=InMemorySaver())
    for _ in range(2):
        assert [asked.value for asked in (await say(graph, "hello"))["__interrupt__"]] == ["May I?"]
        state = await graph.ainvoke(Command(resume="yes"), thread())
        assert [asked.value for asked in state["__interrupt__"]] == ["Sure?"]
        state = await graph.ainvoke(Command(resume="very"), thread())
        assert replies(state)[-1] == "yes very"
    assert replies(state) == ["yes very"] * 2
    assert (await settled(graph)).turn == 2


async def test_in_monitor_questions_asked_at_once_in_the_agents_own_thread_are_put_one_by_one() -> None:
    graph = monitored(asking_at_once().compile(checkpointer=InMemorySaver()), saver=InMemorySaver())
    values = [asked.value for asked in (await say(graph, "hello"))["__interrupt__"]]
    state = await graph.ainvoke(Command(resume="first"), thread())
    values += [asked.value for asked in state["__interrupt__"]]
    state = await graph.ainvoke(Command(resume="second"), thread())
    assert (values, replies(state)) == (["one?", "two?"], ["one? first", "two? second"])


async def test_in_monitor_a_break_of_an_agent_with_its_own_thread_is_an_interrupt() -> None:
    agent = pausing().compile(checkpointer=InMemorySaver(), interrupt_before=["say"])
    graph = monitored(agent, saver=InMemorySaver())
    assert [asked.value for asked in (await say(graph, "hello"))["__interrupt__"]] == [{"before": ["say"]}]
    assert replies(await graph.ainvoke(Command(resume=True), thread())) == ["Go on."]


async def test_in_monitor_a_break_of_an_agent_without_its_own_thread_is_passed_by_resuming() -> None:
    graph = monitored(pausing().compile(interrupt_before=["say"]), saver=InMemorySaver())
    assert replies(await say(graph, "hello")) == []
    assert (await graph.aget_state(thread())).next == ("agent",)
    assert replies(await graph.ainvoke(None, thread())) == ["Go on."]


@pytest.mark.parametrize("own", [None, InMemorySaver()])
async def test_in_monitor_without_checkpoints_the_interrupt_stands_in_the_result(own: Any) -> None:
    graph = monitored(asking("May I?").compile(checkpointer=own), saver=None)
    state = await graph.ainvoke({"messages": [{"role": "user", "content": "hello"}]}, thread())
    assert [asked.value for asked in state["__interrupt__"]] == ["May I?"]


async def test_in_monitor_a_new_message_instead_of_an_answer_begins_the_turn_anew() -> None:
    graph = monitored(asking("May I?").compile(checkpointer=InMemorySaver()), saver=InMemorySaver())
    await say(graph, "hello")
    assert [asked.value for asked in (await say(graph, "are you there"))["__interrupt__"]] == ["May I?"]
    state = await graph.ainvoke(Command(resume="yes"), thread())
    assert replies(state) == ["yes"]
    assert (await settled(graph)).turn == 1
