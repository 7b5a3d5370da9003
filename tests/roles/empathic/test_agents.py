from __future__ import annotations

import asyncio
import operator
from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any, TypedDict

import pytest
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, RemoveMessage
from langchain_core.runnables import RunnableLambda
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.func import entrypoint
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.graph.message import REMOVE_ALL_MESSAGES, add_messages
from langgraph.prebuilt import ToolNode, tools_condition

from empa_graph.errors import ProviderError, ReplyError, UsageError
from empa_graph.llm import Completion, ScriptedChat
from empa_graph.models.dialogue import Message, Usage
from empa_graph.roles.empathic.agents import (
    LONGEST_REPLY,
    ChatEmpathic,
    FunctionEmpathic,
    checked_reply,
)
from tests.scripted_parts import SCENARIO, agent, exchange, heard, person, sandbox

TALK = [*exchange("Where is it now?"), person(2, "By the lift.")]


async def replies(call: object, messages: list[Message] | None = None) -> list[str]:
    write = await FunctionEmpathic(call)(heard(messages or TALK))
    assert {(m.turn, m.speaker) for m in write["messages"]} == {((messages or TALK)[-1].turn, "empathic")}
    return [message.content for message in write["messages"]]


def graph(*texts: str) -> StateGraph[MessagesState]:
    """A real graph that answers with ``texts``, one node each."""
    built = StateGraph(MessagesState)
    names = [f"say{index}" for index in range(len(texts))]
    for name, text in zip(names, texts, strict=True):
        built.add_node(name, lambda state, text=text: {"messages": [AIMessage(text)]})
    for source, target in zip([START, *names], [*names, END], strict=True):
        built.add_edge(source, target)
    return built


async def test_a_sync_function_sees_the_conversation_as_chat_messages() -> None:
    seen: list[dict[str, str]] = []

    def reply(messages: list[dict[str, str]]) -> str:
        seen.extend(messages)
        return "  I see. "

    assert await replies(reply) == ["I see."]
    assert [m["role"] for m in seen] == ["user", "assistant", "user"]
    assert seen[-1] == {"role": "user", "content": "By the lift."}


async def test_an_async_function_is_awaited() -> None:
    async def reply(messages: list[dict[str, str]]) -> str:
        return f"{len(messages)} messages"

    assert await replies(reply) == ["3 messages"]


async def test_a_function_may_name_its_argument_as_it_likes() -> None:
    assert await replies(lambda chat: chat[-1]["content"]) == ["By the lift."]


async def test_a_callable_object_takes_the_seat() -> None:
    class Agent:
        def __call__(self, messages: list[dict[str, str]], *, tone: str = "plain") -> str:
            return tone

    assert await replies(Agent()) == ["plain"]


def by_keyword(messages: list[dict[str, str]], *, instructions: str) -> str:
    return f"{len(messages)} {instructions}"


def by_place(chat: list[dict[str, str]], instructions: str, /) -> str:
    return f"{len(chat)} {instructions}"


async def second_of_two(chat: list[dict[str, str]], instructions: str = "none") -> str:
    return f"{len(chat)} {instructions}"


def in_any_order(instructions: str, messages: list[dict[str, str]]) -> str:
    return f"{len(messages)} {instructions}"


@pytest.mark.parametrize("call", [by_keyword, by_place, second_of_two, in_any_order])
async def test_a_function_with_a_parameter_instructions_is_given_those_of_the_variant(call: Any) -> None:
    role = FunctionEmpathic(call)
    (message,) = (await role(heard(TALK, instructions="Be brief.")))["messages"]
    assert role.instructed and message.content == "3 Be brief."


@pytest.mark.parametrize(
    "call",
    [
        lambda messages: "Hm.",
        lambda instructions: "Hm.",
        lambda messages, **options: "Hm.",
        partial(by_keyword, instructions="Always the same."),
        graph("Hm."),
        RunnableLambda(lambda _: "Hm."),
        len,
    ],
)
def test_what_has_no_such_parameter_takes_no_instructions(call: Any) -> None:
    assert not FunctionEmpathic(call).instructed


async def test_what_a_partial_has_bound_stays_as_it_is() -> None:
    assert await replies(partial(by_keyword, instructions="Always the same.")) == ["3 Always the same."]


def test_a_graph_that_cannot_be_compiled_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="the agent's graph cannot be compiled"):
        FunctionEmpathic(StateGraph(MessagesState))


@pytest.mark.parametrize("answer", [["One.", "Two."], ("One.", "Two.")])
async def test_several_messages_in_a_turn_are_kept_apart(answer: Sequence[str]) -> None:
    assert await replies(lambda messages: answer) == ["One.", "Two."]


async def test_ten_messages_a_turn_are_allowed_and_eleven_are_not() -> None:
    assert len(await replies(lambda messages: ["Hm."] * 10)) == 10
    with pytest.raises(ReplyError, match="11 messages in one turn, allowed are 10"):
        await replies(lambda messages: ["Hm."] * 11)


@pytest.mark.parametrize("compiled", [True, False])
async def test_a_langgraph_graph_takes_the_seat_compiled_or_not(compiled: bool) -> None:
    built = graph("From the graph.")
    assert await replies(built.compile() if compiled else built) == ["From the graph."]


async def test_every_new_message_of_a_graph_is_a_reply_and_the_old_ones_are_not() -> None:
    assert await replies(graph("First.", "Second.")) == ["First.", "Second."]


async def test_only_what_the_agent_says_is_a_reply() -> None:
    def node(state: MessagesState) -> dict[str, Any]:
        call = {"name": "look", "args": {}, "id": "1"}
        return {"messages": [AIMessage("", tool_calls=[call]), HumanMessage("noise"), AIMessage("Found it.")]}

    built = StateGraph(MessagesState).add_node("node", node).add_edge(START, "node")
    assert await replies(built) == ["Found it."]


async def test_a_graph_with_more_channels_takes_the_seat() -> None:
    class State(TypedDict):
        messages: Annotated[list[AnyMessage], add_messages]
        mood: str

    def node(state: State) -> dict[str, Any]:
        return {"messages": [{"role": "assistant", "content": "Noted."}], "mood": "calm"}

    assert await replies(StateGraph(State).add_node("node", node).add_edge(START, "node")) == ["Noted."]


async def test_a_graph_that_says_nothing_new_gave_no_reply() -> None:
    built = StateGraph(MessagesState).add_node("node", lambda state: {"messages": []}).add_edge(START, "node")
    with pytest.raises(ReplyError, match="0 new messages") as caught:
        await replies(built)
    assert (caught.value.kind, caught.value.blame) == ("no_reply", "empathic")


@pytest.mark.parametrize(
    "answer",
    [
        "Heard.",
        AIMessage("Heard."),
        AIMessage([{"type": "text", "text": "Heard."}]),
        [AIMessage("Heard.")],
        {"messages": [*(HumanMessage("old"),) * 3, AIMessage("Heard.")]},
        {"messages": [*({"role": "user", "content": "old"},) * 3, {"role": "assistant", "content": "Heard."}]},
    ],
)
async def test_a_runnable_may_return_text_or_messages(answer: object) -> None:
    assert await replies(RunnableLambda(lambda _: answer)) == ["Heard."]


@pytest.mark.parametrize("answer", [7, b"bytes", {"role": "assistant", "content": 7}, ["fine", None], object()])
async def test_what_is_not_text_is_a_reply_error_of_the_agent(answer: object) -> None:
    with pytest.raises(ReplyError) as caught:
        await replies(lambda messages: answer)
    assert (caught.value.kind, caught.value.blame) == ("not_text", "empathic")


async def test_a_megabyte_is_too_large_and_the_limit_is_not() -> None:
    assert await replies(lambda messages: "a" * LONGEST_REPLY) == ["a" * LONGEST_REPLY]
    with pytest.raises(ReplyError, match="1,000,000 characters, allowed are 20,000") as caught:
        await replies(lambda messages: "a" * 1_000_000)
    assert caught.value.kind == "oversize_reply"


@pytest.mark.parametrize("answer", ["", " \n", ["", ""], AIMessage(""), {"role": "assistant", "content": ""}])
async def test_silence_is_one_empty_reply(answer: object) -> None:
    assert await replies(lambda messages: answer) == [""]


@pytest.mark.parametrize("answer", [None, [], (), HumanMessage("Hm."), {"messages": []}])
async def test_an_answer_without_a_message_of_the_agent_is_no_reply_and_no_silence(answer: object) -> None:
    with pytest.raises(ReplyError) as caught:
        await replies(lambda messages: answer)
    assert (caught.value.kind, caught.value.blame) == ("no_reply", "empathic")


def test_a_reply_is_stripped_and_nothing_else() -> None:
    assert checked_reply(" a\n\nb ") == "a\n\nb"


async def test_a_chat_gets_its_instructions_first_and_then_the_conversation() -> None:
    chat = ScriptedChat("model", ["Tell me."])
    await ChatEmpathic(chat)(heard(TALK, instructions="Be brief."))
    assert [(p.role, p.content) for p in chat.asked[0].prompts] == [
        ("system", "Be brief."),
        ("user", TALK[0].content),
        ("assistant", "Where is it now?"),
        ("user", "By the lift."),
    ]
    assert chat.asked[0].schema is None


async def test_without_instructions_there_is_no_system_prompt() -> None:
    chat = ScriptedChat("model", ["Tell me."])
    await ChatEmpathic(chat)(heard(TALK))
    assert [prompt.role for prompt in chat.asked[0].prompts] == ["user", "assistant", "user"]


async def test_what_the_server_said_of_its_answer_is_kept_on_the_message() -> None:
    usage = Usage(tokens_in=7, tokens_out=2)
    answer = Completion(text=" Yes. ", model="m-1", finish_reason="length", usage=usage)
    (message,) = (await ChatEmpathic(ScriptedChat("model", [answer]))(heard(TALK)))["messages"]
    assert message == Message(
        turn=2, speaker="empathic", content="Yes.", model="m-1", finish_reason="length", usage=usage
    )


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("<think>She is sad.</think>\n\nTell me.", "Tell me."),
        ("\n<think>\n</think>Tell me.", "Tell me."),
        ("She is sad.\n</think>\nTell me.", "Tell me."),
        ("Tell me what you <think>.", "Tell me what you <think>."),
        ("What is <think>x</think>?", "What is <think>x</think>?"),
    ],
)
async def test_reasoning_before_a_reply_is_said_to_nobody_and_its_length_is_kept(text: str, spoken: str) -> None:
    answer = Completion(text=text, finish_reason="length")
    (message,) = (await ChatEmpathic(ScriptedChat("model", [answer]))(heard(TALK)))["messages"]
    assert (message.content, message.finish_reason) == (spoken, "length")
    assert (message.agent_state is None) == (text == spoken)
    left = (message.agent_state or {}).get("reasoning_characters", 0)
    assert text == text[:left] + text[left:] and text[left:].strip() == spoken


@pytest.mark.parametrize(
    ("text", "reason", "kind"),
    [
        ("<think>She is", "length", "cut_off_in_reasoning"),
        ("", "length", "cut_off_in_reasoning"),
        ("<think>She is sad.</think>", "stop", "no_content"),
        ("<think>She is", None, "no_content"),
        ("", "content_filter", "refused"),
        ("", "error", "no_content"),
    ],
)
async def test_a_model_that_only_reasoned_or_refused_has_not_been_silent(text: str, reason: str | None, kind: str):
    used = Usage(tokens_in=7, tokens_out=160)
    chat = ScriptedChat("model", [Completion(text=text, finish_reason=reason, usage=used)])
    with pytest.raises(ProviderError) as caught:
        await ChatEmpathic(chat)(heard(TALK))
    assert (caught.value.kind, caught.value.usage) == (kind, used)
    assert ("--max-tokens" in str(caught.value)) == (kind == "cut_off_in_reasoning")


@pytest.mark.parametrize("reason", ["stop", "end_turn", None])
async def test_a_text_that_ended_empty_is_an_empty_reply(reason: str | None):
    chat = ScriptedChat("model", [Completion(text=" ", finish_reason=reason)])
    (message,) = (await ChatEmpathic(chat)(heard(TALK)))["messages"]
    assert message.content == ""


@pytest.mark.parametrize(("reason", "kind"), [("length", "cut_off_in_reasoning"), ("SAFETY", "refused")])
async def test_an_empty_message_whose_model_says_why_is_no_silence_of_the_agent(reason: str, kind: str) -> None:
    message = AIMessage("", response_metadata={"finish_reason": reason})
    with pytest.raises(ReplyError) as caught:
        await replies(RunnableLambda(lambda _: message))
    assert (caught.value.kind, caught.value.blame) == (kind, "empathic")


async def test_reasoning_may_be_longer_than_a_reply() -> None:
    chat = ScriptedChat("model", [f"<think>{'a' * 2 * LONGEST_REPLY}</think>Tell me."])
    (message,) = (await ChatEmpathic(chat)(heard(TALK)))["messages"]
    assert message.content == "Tell me."


async def test_an_earlier_empty_reply_is_shown_to_the_model_as_no_reply() -> None:
    chat = ScriptedChat("model", ["Sorry."])
    await ChatEmpathic(chat)(heard([person(1, "Hi."), agent(1, ""), person(2, "Hello?")]))
    assert chat.asked[0].prompts[1].content == "(no reply)"


async def test_the_seed_of_a_reply_depends_on_the_turn_and_on_the_run() -> None:
    chat = ScriptedChat("model", ["Yes."], cycle=True)
    for view in (heard(TALK), heard(TALK[:1]), heard(TALK, seed=1), heard(TALK)):
        await ChatEmpathic(chat)(view)
    first, *others, again = [call.seed for call in chat.asked]
    assert first == again
    assert first not in others


class Counted(TypedDict):
    messages: Annotated[list[AnyMessage], add_messages]
    turns: Annotated[int, operator.add]


def counting(node: Any = None) -> StateGraph[Counted]:
    """A graph that counts its turns in a channel of its own and says how many messages it holds."""

    def say(state: Counted) -> dict[str, Any]:
        return {"messages": [AIMessage(f"{len(state['messages'])} held")], "turns": 1}

    return StateGraph(Counted).add_node("say", node or say).add_edge(START, "say")


def searching() -> StateGraph[MessagesState]:
    """A graph with a real tool node: it calls the tool, then replies; each of its messages took tokens."""

    def where(desk: str) -> str:
        """Say where a desk stands."""
        return f"{desk} is by the lift"

    def think(state: MessagesState) -> dict[str, Any]:
        asked = isinstance(state["messages"][-1], HumanMessage)
        call = {"name": "where", "args": {"desk": "yours"}, "id": "c1"}
        used = {"input_tokens": 5, "output_tokens": 2, "total_tokens": 7, "input_token_details": {"cache_read": 3}}
        said = AIMessage("", tool_calls=[call], usage_metadata=used)
        if not asked:
            said = AIMessage("By the lift.", usage_metadata=used, response_metadata={"model_name": "m-1"})
        return {"messages": [said]}

    built = StateGraph(MessagesState).add_node("think", think).add_node("tools", ToolNode([where]))
    built.add_conditional_edges("think", tools_condition)
    return built.add_edge(START, "think").add_edge("tools", "think")


async def turns_of(role: FunctionEmpathic, count: int, said: str = "Still here.") -> list[Message]:
    """Play ``count`` turns and return the replies."""
    messages: list[Message] = []
    for turn in range(1, count + 1):
        messages.append(person(turn, said))
        messages += (await role(heard(messages)))["messages"]
    return [message for message in messages if message.speaker == "empathic"]


async def test_the_tool_calls_of_a_graph_and_the_tokens_of_all_its_messages_are_kept() -> None:
    (message,) = (await FunctionEmpathic(searching())(heard(TALK)))["messages"]
    assert (message.content, message.model) == ("By the lift.", "m-1")
    assert message.usage == Usage(tokens_in=10, tokens_cached=6, tokens_out=4)
    called = {"name": "where", "args": {"desk": "yours"}, "answer": "yours is by the lift"}
    assert message.agent_state == {"tools": [called]}


async def test_tokens_of_a_turn_that_says_nothing_are_counted() -> None:
    used = {"input_tokens": 4, "output_tokens": 1, "total_tokens": 5}
    built = counting(lambda state: {"messages": [AIMessage("", usage_metadata=used)]})
    (message,) = (await FunctionEmpathic(built)(heard(TALK)))["messages"]
    assert (message.content, message.usage) == ("", Usage(tokens_in=4, tokens_out=1))


async def test_the_final_state_of_a_graph_stands_on_the_last_message_of_the_turn() -> None:
    node = lambda state: {"messages": [AIMessage("One."), AIMessage("Two.")], "turns": 1}  # noqa: E731
    first, last = (await FunctionEmpathic(counting(node))(heard(TALK)))["messages"]
    assert (first.agent_state, last.agent_state) == (None, {"state": {"turns": 1}})


async def test_a_graph_without_a_checkpointer_sees_the_whole_conversation_each_turn() -> None:
    replies = await turns_of(FunctionEmpathic(counting()), 3)
    assert [m.content for m in replies] == ["1 held", "3 held", "5 held"]
    assert [m.agent_state for m in replies] == [{"state": {"turns": 1}}] * 3


async def test_a_graph_with_its_own_checkpointer_goes_on_in_its_thread_and_hears_nothing_twice() -> None:
    saver = InMemorySaver()
    replies = await turns_of(FunctionEmpathic(counting().compile(checkpointer=saver)), 3)
    assert [m.content for m in replies] == ["1 held", "3 held", "5 held"]
    assert [m.agent_state for m in replies] == [{"state": {"turns": n}} for n in (1, 2, 3)]
    assert len({entry.config["configurable"]["thread_id"] for entry in saver.list(None)}) == 1


async def test_two_conversations_share_no_thread_even_when_they_are_the_same() -> None:
    saver = InMemorySaver()
    role = FunctionEmpathic(counting().compile(checkpointer=saver))
    both = await asyncio.gather(turns_of(role, 3), turns_of(role, 3))
    assert [[m.content for m in replies] for replies in both] == [["1 held", "3 held", "5 held"]] * 2


async def test_a_conversation_resumed_elsewhere_is_told_whole_to_a_new_thread() -> None:
    role = FunctionEmpathic(counting().compile(checkpointer=InMemorySaver()))
    assert (await role(heard(TALK)))["messages"][0].content == "3 held"


async def test_a_further_try_of_a_failed_turn_finds_the_thread_as_it_was() -> None:
    failing = [False, True, False]

    def say(state: Counted) -> dict[str, Any]:
        if len(state["messages"]) > 1 and failing.pop():
            raise ConnectionError
        return {"messages": [AIMessage(f"{len(state['messages'])} held")], "turns": 1}

    failing[:] = [False, True]
    role = FunctionEmpathic(counting(say).compile(checkpointer=InMemorySaver()))
    messages = [person(1, "Hello.")]
    messages += (await role(heard(messages)))["messages"]
    messages.append(person(2, "Hello?"))
    with pytest.raises(ConnectionError):
        await role(heard(messages))
    (reply,) = (await role(heard(messages)))["messages"]
    assert (reply.content, reply.agent_state) == ("3 held", {"state": {"turns": 2}})


async def test_a_graph_keeps_its_checkpoints_to_itself_inside_the_sandbox() -> None:
    saver = InMemorySaver()
    role = FunctionEmpathic(counting().compile(checkpointer=saver))
    episode = await sandbox(empathic=role, max_turns=3).play(SCENARIO)
    assert [m.content for m in episode.messages if m.speaker == "empathic"] == ["1 held", "3 held", "5 held"]
    assert len(list(saver.list(None))) == 9


async def test_a_graph_that_drops_old_messages_is_still_heard() -> None:
    def say(state: Counted) -> dict[str, Any]:
        return {"messages": [*(RemoveMessage(m.id) for m in state["messages"][:-1]), AIMessage("Short memory.")]}

    replies = await turns_of(FunctionEmpathic(counting(say)), 3)
    assert [m.content for m in replies] == ["Short memory."] * 3


class Plain(TypedDict):
    messages: list[Any]


def plainly(node: Any) -> StateGraph[Plain]:
    return StateGraph(Plain).add_node("say", node).add_edge(START, "say")


@pytest.mark.parametrize("saver", [None, InMemorySaver()])
async def test_a_graph_that_replaces_its_messages_is_heard(saver: Any) -> None:
    graph = plainly(lambda state: {"messages": [AIMessage("Still here.")]}).compile(checkpointer=saver)
    assert [m.content for m in await turns_of(FunctionEmpathic(graph), 3)] == ["Still here."] * 3


async def test_a_graph_without_a_reducer_is_handed_messages_without_ids_as_a_model_takes_them() -> None:
    seen: list[set[str]] = []

    def say(state: Plain) -> dict[str, Any]:
        seen.extend(set(message) for message in state["messages"])
        return {"messages": [*state["messages"], {"role": "assistant", "content": "Hm."}]}

    assert await replies(plainly(say)) == ["Hm."]
    assert seen == [{"role", "content"}] * 3


@pytest.mark.parametrize("saver", [None, InMemorySaver()])
async def test_a_graph_that_puts_a_summary_in_place_of_its_messages_is_heard(saver: Any) -> None:
    def say(state: MessagesState) -> dict[str, Any]:
        kept = state["messages"][-2:-1]
        summary = [RemoveMessage(REMOVE_ALL_MESSAGES), HumanMessage("In short."), *kept]
        return {"messages": [*summary, AIMessage(f"{len(state['messages'])} held")]}

    graph = StateGraph(MessagesState).add_node("say", say).add_edge(START, "say").compile(checkpointer=saver)
    heard = [m.content for m in await turns_of(FunctionEmpathic(graph), 3)]
    assert heard == (["1 held", "3 held", "5 held"] if saver is None else ["1 held", "3 held", "4 held"])


async def test_a_workflow_of_the_functional_api_takes_the_seat() -> None:
    @entrypoint()
    async def flow(given: dict[str, Any]) -> AIMessage:
        return AIMessage(f"{len(given['messages'])} messages")

    assert await replies(flow) == ["3 messages"]


async def test_a_bare_chat_model_takes_the_seat() -> None:
    assert await replies(GenericFakeChatModel(messages=iter(["From the model."]))) == ["From the model."]


@pytest.mark.parametrize(
    "answer", [AIMessage("Heard."), {"role": "assistant", "content": "Heard."}, {"messages": [AIMessage("Heard.")]}]
)
async def test_a_function_may_return_a_message_or_a_state(answer: object) -> None:
    assert await replies(lambda messages: answer) == ["Heard."]


async def test_only_the_last_message_is_spoken_where_that_is_asked_for() -> None:
    (message,) = (await FunctionEmpathic(graph("First.", "Second."), speaks="last")(heard(TALK)))["messages"]
    assert message.content == "Second."
