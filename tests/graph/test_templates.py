"""Agents of the shapes that LangGraph's public templates have take the empathic seat as they are."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import pytest
from langchain.agents import create_agent
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, AnyMessage, SystemMessage, ToolMessage
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import InjectedToolCallId, tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.func import entrypoint, task
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.graph.message import add_messages
from langgraph.prebuilt import InjectedState, ToolNode, tools_condition
from langgraph.runtime import Runtime, get_runtime
from langgraph.store.memory import InMemoryStore
from langgraph.types import Command, interrupt

from empa_graph import play, play_async
from empa_graph.errors import UsageError
from empa_graph.models.episode import Episode
from tests.asking_graphs import asking
from tests.live_parts import monitored, replies, thread
from tests.scripted_parts import SCENARIO

SAVERS = [None, InMemorySaver(), True]
KIND = "That sounds heavy. What part of it is hardest?"


class Model(GenericFakeChatModel):
    """A scripted chat model that may be told of tools."""

    def bind_tools(self, tools: Any, **more: Any) -> Any:
        return self


def model(*answers: AIMessage | str) -> Model:
    """Return a model that gives ``answers`` over and over."""

    def endless() -> Any:
        while True:
            for answer in answers:
                yield answer.model_copy() if isinstance(answer, AIMessage) else AIMessage(answer)

    return Model(messages=endless())


def calling(name: str, **args: Any) -> AIMessage:
    return AIMessage("", tool_calls=[{"name": name, "args": args, "id": f"call-{name}"}])


async def played(graph: Any, **options: Any) -> Episode:
    episode: Episode = await play_async(SCENARIO, graph, **{"max_turns": 2, **options})
    assert episode.failure is None, episode.failure
    assert episode.score is not None
    return episode


def said(episode: Episode) -> list[str]:
    return [message.content for message in episode.messages if message.speaker == "empathic"]


def tools_of(episode: Episode) -> list[Any]:
    return [(m.agent_state or {}).get("tools") for m in episode.messages if m.speaker == "empathic"]


@tool
def crisis_line(country: str) -> str:
    """Look up a crisis line."""
    return f"116 123 ({country})"


CALLED = {"name": "crisis_line", "args": {"country": "UK"}, "answer": "116 123 (UK)"}


@dataclass(kw_only=True)
class ReactContext:
    system_prompt: str = "You listen."
    model: str = "a/model"


@dataclass
class InputState:
    messages: Annotated[list[AnyMessage], add_messages]


@dataclass
class ReactState(InputState):
    is_last_step: bool = False


def react_agent() -> Any:
    """A loop of a model node and a tool node, with its settings as a dataclass in the runtime."""
    scripted = model(calling("crisis_line", country="UK"), KIND).bind_tools([crisis_line])

    async def call_model(state: ReactState, runtime: Runtime[ReactContext]) -> dict[str, Any]:
        prompt = SystemMessage(runtime.context.system_prompt)
        return {"messages": [await scripted.ainvoke([prompt, *state.messages])]}

    built = StateGraph(ReactState, input_schema=InputState, context_schema=ReactContext)
    built.add_node("call_model", call_model).add_node("tools", ToolNode([crisis_line]))
    built.add_conditional_edges("call_model", lambda s: "tools" if s.messages[-1].tool_calls else "__end__")
    return built.add_edge(START, "call_model").add_edge("tools", "call_model")


@pytest.mark.parametrize("saver", SAVERS)
async def test_a_react_agent_calls_its_tools_and_replies_each_turn(saver: Any) -> None:
    episode = await played(react_agent().compile(checkpointer=saver, name="ReAct Agent"))
    assert said(episode) == [KIND] * 2
    assert tools_of(episode) == [[CALLED]] * 2


async def test_a_react_agent_may_take_more_steps_than_the_episode_has() -> None:
    many = [calling("crisis_line", country="UK")] * 15
    scripted = model(*many, KIND)
    built = StateGraph(MessagesState).add_node("think", lambda s: {"messages": [scripted.invoke(s["messages"])]})
    built.add_node("tools", ToolNode([crisis_line])).add_edge(START, "think").add_edge("tools", "think")
    built.add_conditional_edges("think", tools_condition)
    assert said(await played(built, max_turns=1)) == [KIND]


@dataclass(kw_only=True)
class MemoryContext:
    user_id: str = "default"


async def upsert_memory(content: str, runtime: Runtime[MemoryContext]) -> str:
    assert runtime.store is not None
    await runtime.store.aput(("memories", runtime.context.user_id), content, {"content": content})
    return f"Stored {content}"


def memory_agent() -> Any:
    """A model node that reads a store, and a node that stores what the model calls for."""
    scripted = model(calling("upsert_memory", content="works at night"), KIND)

    async def call_model(state: MessagesState, runtime: Runtime[MemoryContext]) -> dict[str, Any]:
        known = await runtime.store.asearch(("memories", runtime.context.user_id))  # type: ignore[union-attr]  # has one
        answer = await scripted.ainvoke([SystemMessage(str(known)), *state["messages"]])
        return {"messages": [answer]}

    async def store_memory(state: MessagesState, runtime: Runtime[MemoryContext]) -> dict[str, Any]:
        calls = state["messages"][-1].tool_calls  # type: ignore[union-attr]  # the model called
        kept = [await upsert_memory(**call["args"], runtime=runtime) for call in calls]
        return {"messages": [ToolMessage(text, tool_call_id=c["id"]) for text, c in zip(kept, calls, strict=True)]}

    built = StateGraph(MessagesState, context_schema=MemoryContext)
    built.add_node("call_model", call_model).add_node("store_memory", store_memory)
    built.add_conditional_edges("call_model", lambda s: "store_memory" if s["messages"][-1].tool_calls else "__end__")
    return built.add_edge(START, "call_model").add_edge("store_memory", "call_model")


@pytest.mark.parametrize("saver", SAVERS)
async def test_a_memory_agent_writes_its_store_for_the_user_of_its_context(saver: Any) -> None:
    store = InMemoryStore()
    graph = memory_agent().compile(checkpointer=saver, store=store)
    assert said(await played(graph, context={"user_id": "nadia"})) == [KIND] * 2
    assert [item.key for item in store.search(("memories", "nadia"))] == ["works at night"]


async def test_a_memory_agent_without_a_context_has_its_defaults() -> None:
    store = InMemoryStore()
    await played(memory_agent().compile(store=store))
    assert [item.namespace for item in store.search(("memories",))] == [("memories", "default")]


@pytest.mark.parametrize("own", [None, InMemorySaver()])
@pytest.mark.parametrize(("context", "user"), [(None, "default"), ({"user_id": "nadia"}, "nadia")])
async def test_in_monitor_a_memory_agent_has_the_context_of_the_call(own: Any, context: Any, user: str) -> None:
    store = InMemoryStore()
    graph = monitored(memory_agent().compile(checkpointer=own, store=store), saver=InMemorySaver())
    state = await graph.ainvoke({"messages": [{"role": "user", "content": "hello"}]}, thread(), context=context)
    assert replies(state)[-1] == KIND
    assert [item.namespace for item in store.search(("memories",))] == [("memories", user)]


def handing_over(name: str) -> Any:
    """Return a tool that hands the conversation to the agent ``name`` beside the one that calls it."""

    @tool(f"transfer_to_{name}")
    def handoff(state: Annotated[Any, InjectedState], tool_call_id: Annotated[str, InjectedToolCallId]) -> Command[Any]:
        """Hand over."""
        told = ToolMessage(f"Successfully transferred to {name}", name=f"transfer_to_{name}", tool_call_id=tool_call_id)
        update = {"messages": [*state["messages"], told], "active_agent": name}
        return Command(goto=name, graph=Command.PARENT, update=update)

    return handoff


class SwarmState(MessagesState):
    active_agent: str


def swarm() -> Any:
    """Agents that hand over to each other; the one that is active answers."""
    alice = create_agent(model(calling("transfer_to_bob")), [handing_over("bob")], name="alice")
    bob = create_agent(model("It is Bob. " + KIND), [handing_over("alice")], name="bob")
    built = (
        StateGraph(SwarmState)
        .add_node("alice", alice, destinations=("bob",))
        .add_node("bob", bob, destinations=("alice",))
    )
    built.add_conditional_edges(START, lambda state: state.get("active_agent") or "alice", ["alice", "bob"])
    return built


@pytest.mark.parametrize("saver", SAVERS)
async def test_a_swarm_answers_by_the_agent_that_the_conversation_was_handed_to(saver: Any) -> None:
    episode = await played(swarm().compile(checkpointer=saver))
    assert said(episode) == ["It is Bob. " + KIND] * 2
    assert episode.messages[1].agent_state["state"] == {"active_agent": "bob"}  # type: ignore[index]  # it has one


async def test_a_swarm_begins_with_the_agent_that_its_initial_channels_name() -> None:
    episode = await played(swarm().compile(checkpointer=InMemorySaver()), initial={"active_agent": "bob"})
    assert tools_of(episode) == [None, None]


def supervisor() -> Any:
    """A supervisor that sends a worker, which hands back, and then speaks."""
    worker = create_agent(model("The rota is a mess."), [], name="worker")
    head = create_agent(model(calling("transfer_to_worker"), KIND), [handing_over("worker")], name="supervisor")

    async def call_worker(state: MessagesState) -> dict[str, Any]:
        found = await worker.ainvoke(state)  # type: ignore[arg-type]  # the same channels
        back = {"name": "transfer_back_to_supervisor", "args": {}, "id": "back"}
        handed = AIMessage("Transferring back to supervisor", name="worker", tool_calls=[back])
        told = ToolMessage("Successfully transferred back", name="transfer_back_to_supervisor", tool_call_id="back")
        return {"messages": [*found["messages"], handed, told]}

    built = StateGraph(MessagesState).add_node("supervisor", head, destinations=("worker", "__end__"))
    return built.add_node("worker", call_worker).add_edge(START, "supervisor").add_edge("worker", "supervisor")


@pytest.mark.parametrize("saver", SAVERS)
async def test_a_supervisor_speaks_and_its_worker_is_not_heard(saver: Any) -> None:
    assert said(await played(supervisor().compile(checkpointer=saver))) == [KIND] * 2


@pytest.mark.parametrize("saver", SAVERS)
async def test_an_agent_of_langchain_takes_the_seat(saver: Any) -> None:
    @tool
    def rota() -> str:
        """Say whose shift it is."""
        return f"{get_runtime(MemoryContext).context.user_id}'s"

    scripted = model(calling("rota"), KIND)
    graph = create_agent(scripted, [rota], system_prompt="Listen.", context_schema=MemoryContext, checkpointer=saver)
    episode = await played(graph, context={"user_id": "nadia"})
    assert said(episode) == [KIND] * 2
    assert tools_of(episode) == [[{"name": "rota", "args": {}, "answer": "nadia's"}]] * 2


@pytest.mark.parametrize("saver", SAVERS)
async def test_a_workflow_of_the_functional_api_takes_the_seat(saver: Any) -> None:
    scripted = model(KIND)

    @task
    async def ask(messages: list[Any]) -> Any:
        return await scripted.ainvoke(messages)

    @entrypoint(checkpointer=saver)
    async def flow(given: dict[str, Any], *, previous: Any = None) -> Any:
        held = add_messages((previous or {}).get("messages", []), given["messages"])
        answer = await ask(held)
        return {"messages": add_messages(held, [answer])}

    assert said(await played(flow)) == [KIND] * 2


@pytest.mark.parametrize("saver", SAVERS)
async def test_a_workflow_that_returns_its_reply_alone_takes_the_seat(saver: Any) -> None:
    @entrypoint(checkpointer=saver)
    def flow(given: dict[str, Any]) -> str:
        return KIND

    assert said(await played(flow)) == [KIND] * 2


@pytest.mark.parametrize("saver", SAVERS)
async def test_an_agent_that_asks_before_it_uses_a_tool_goes_on_with_the_answer(saver: Any) -> None:
    @tool
    def call_sister(number: str) -> str:
        """Call her, once a person has agreed."""
        return f"called, {interrupt({'action': 'call', 'number': number})}"

    graph = create_agent(model(calling("call_sister", number="7"), KIND), [call_sister], checkpointer=saver)
    episode = await played(graph, on_interrupt="agreed")
    assert said(episode) == [KIND] * 2
    assert tools_of(episode)[0][0]["answer"] == "called, agreed"


class Counted(MessagesState):
    calls: Annotated[int, operator.add]
    language: str


def counting() -> Any:
    def say(state: Counted) -> dict[str, Any]:
        return {"messages": [AIMessage(f"{state['language']} {state['calls']}")], "calls": 1}

    return StateGraph(Counted).add_node("say", say).add_edge(START, "say")


@pytest.mark.parametrize(("saver", "heard"), [(None, ["en 5", "en 5"]), (InMemorySaver(), ["en 5", "en 6"])])
async def test_initial_channels_are_given_wherever_the_state_of_a_graph_begins(saver: Any, heard: list[str]) -> None:
    graph = counting().compile(checkpointer=saver)
    assert said(await played(graph, initial={"language": "en", "calls": 5})) == heard


@pytest.mark.parametrize("saver", SAVERS)
async def test_a_graph_is_told_one_thread_id_for_each_conversation(saver: Any) -> None:
    threads: list[str] = []

    def say(state: MessagesState, config: RunnableConfig) -> dict[str, Any]:
        threads.append(config["configurable"]["thread_id"])
        return {"messages": [AIMessage(KIND)]}

    graph = StateGraph(MessagesState).add_node("say", say).add_edge(START, "say").compile(checkpointer=saver)
    for _ in range(2):
        await played(graph)
    assert (threads[0], threads[2]) == (threads[1], threads[3])
    assert len(set(threads)) == 2


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"context": {"usr_id": "nadia"}}, "context: unknown field of MemoryContext 'usr_id'. Did you mean 'user_id'?"),
        ({"initial": {"langage": "en"}}, "initial: unknown input channel 'langage'. Did you mean 'language'?"),
        ({"initial": {"messages": []}}, "initial: 'messages' cannot be set there; the conversation is sent there"),
    ],
)
async def test_what_a_graph_cannot_be_given_is_one_line_before_it_is_played(options: Any, line: str) -> None:
    agent = memory_agent() if "context" in options else counting()
    with pytest.raises(UsageError) as caught:
        await played(agent.compile(), **options)
    assert str(caught.value).startswith(line)


@pytest.mark.parametrize("agent", ["scripted:template", lambda messages: KIND])
@pytest.mark.parametrize("option", ["context", "initial"])
async def test_what_only_a_graph_takes_is_refused_for_another_agent(agent: Any, option: str) -> None:
    with pytest.raises(UsageError, match=f"^{option} is for a"):
        await played(agent, **{option: {"a": 1}})


@dataclass
class Strict:
    user_id: str


async def test_a_graph_that_needs_a_context_is_refused_without_one() -> None:
    built = StateGraph(MessagesState, context_schema=Strict).add_node("say", lambda s: {}).add_edge(START, "say")
    with pytest.raises(UsageError, match=r"context: the agent's graph takes a Strict .*'user_id'"):
        await played(built)


async def test_the_context_may_be_an_object_of_its_schema() -> None:
    store = InMemoryStore()
    await played(memory_agent().compile(store=store), context=MemoryContext(user_id="own"))
    assert [item.namespace for item in store.search(("memories",))] == [("memories", "own")]


async def test_a_graph_may_keep_its_checkpoints_in_a_sync_saver(tmp_path: Path) -> None:
    with SqliteSaver.from_conn_string(str(tmp_path / "threads.sqlite")) as saver:
        graph = counting().compile(checkpointer=saver)
        assert said(await played(graph, initial={"language": "en", "calls": 5}, max_turns=3)) == [
            "en 5",
            "en 6",
            "en 7",
        ]
        assert len({entry.config["configurable"]["thread_id"] for entry in saver.list(None)}) == 1


def test_a_graph_with_a_sync_saver_that_asks_is_answered(tmp_path: Path) -> None:
    with SqliteSaver.from_conn_string(str(tmp_path / "threads.sqlite")) as saver:
        episode = play(SCENARIO, asking("May I?").compile(checkpointer=saver), max_turns=2, on_interrupt="yes")
    assert said(episode) == ["yes"] * 2


async def test_in_monitor_an_agent_may_keep_its_thread_in_a_sync_saver(tmp_path: Path) -> None:
    with SqliteSaver.from_conn_string(str(tmp_path / "threads.sqlite")) as saver:
        graph = monitored(react_agent().compile(checkpointer=saver), saver=InMemorySaver())
        for _ in range(2):
            state = await graph.ainvoke({"messages": [{"role": "user", "content": "hello"}]}, thread())
    assert replies(state)[-1] == KIND


async def test_a_graph_may_keep_its_checkpoints_in_an_async_saver(tmp_path: Path) -> None:
    async with AsyncSqliteSaver.from_conn_string(str(tmp_path / "threads.sqlite")) as saver:
        graph = counting().compile(checkpointer=saver)
        assert said(await played(graph, initial={"language": "en", "calls": 5})) == ["en 5", "en 6"]
