from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableLambda

from empa_graph.errors import ReplyError
from empa_graph.roles.empathic.spoken import NO_MESSAGES, Speaks, fresh, messages_of, spoken, takes_messages, text

SENT = [
    {"role": "user", "content": "Hello.", "id": "said-0"},
    {"role": "assistant", "content": "Hi.", "id": "said-1"},
    {"role": "user", "content": "Hello.", "id": "said-2"},
]
BARE = [{"role": m["role"], "content": m["content"]} for m in SENT]
NEW = AIMessage("Hi.", id="new")
CHAT = GenericFakeChatModel(messages=iter(["Hm."]))


def call(name: str, *, words: str = "", by: str | None = None) -> AIMessage:
    return AIMessage(words, name=by, tool_calls=[{"name": name, "args": {}, "id": name}])


def done(name: str) -> ToolMessage:
    return ToolMessage("Done.", tool_call_id=name)


SUPERVISED = [
    call("transfer_to_listener", by="supervisor"),
    done("transfer_to_listener"),
    AIMessage("They feel shut out.", name="listener"),
    call("transfer_back_to_supervisor", words="Transferring back to supervisor", by="listener"),
    done("transfer_back_to_supervisor"),
]
SWARM = [
    AIMessage("Let me bring in Bob.", name="alice", tool_calls=call("transfer_to_bob").tool_calls),
    done("transfer_to_bob"),
    AIMessage("I am Bob. What hurts?", name="bob"),
]
REACT = [call("look", words="I am looking."), done("look"), AIMessage("By the lift.")]


@pytest.mark.parametrize("sent", [SENT, BARE])
@pytest.mark.parametrize(
    "held",
    [
        [NEW],
        [SystemMessage("In short: hello."), NEW],
        [HumanMessage("In short: hello.", id="summary"), NEW],
        [SENT[-1], NEW],
        [*SENT, NEW],
        [*BARE, NEW],
        [HumanMessage("Hello."), AIMessage("Hi."), HumanMessage("Hello."), NEW],
        [HumanMessage("HELLO."), AIMessage("HI."), HumanMessage("HELLO."), NEW],
    ],
)
def test_what_is_new_in_a_state_is_found_whatever_the_graph_did_to_its_messages(held: list[Any], sent: list[Any]):
    assert [m for m in fresh(held, sent) if m is NEW or getattr(m, "type", "") == "ai"] == [NEW]


def test_a_message_is_known_by_its_id_where_the_graph_changed_its_words():
    redacted = HumanMessage("[name] left.", id="said-2")
    assert fresh([redacted, NEW], SENT) == [NEW]


def test_what_a_thread_held_before_is_not_new():
    assert fresh([AIMessage("Old.", id="old"), NEW], SENT[-1:], frozenset({"old"})) == [NEW]


@pytest.mark.parametrize(
    ("new", "every", "last"),
    [
        (
            [*SUPERVISED, AIMessage("You feel shut out.", name="supervisor")],
            ["You feel shut out."],
            "You feel shut out.",
        ),
        ([*SUPERVISED[:3], AIMessage("You feel shut out.", name="supervisor")], ["You feel shut out."], None),
        ([*SUPERVISED, AIMessage("", name="supervisor")], ["They feel shut out."], "They feel shut out."),
        (SWARM, ["Let me bring in Bob.", "I am Bob. What hurts?"], "I am Bob. What hurts?"),
        (REACT, ["I am looking.", "By the lift."], "By the lift."),
        ([call("look"), done("look")], [], None),
        ([AIMessage("Transferring back to supervisor")], [], None),
        ([AIMessage("One."), AIMessage("Two.")], ["One.", "Two."], "Two."),
        ([AIMessage(""), AIMessage("One.")], ["One."], "One."),
        ([AIMessage([{"type": "reasoning", "reasoning": "Hm."}])], [], None),
    ],
)
def test_the_person_hears_what_is_meant_for_them(new: list[Any], every: list[str], last: str | None):
    assert [text(m) for m in spoken(new)] == every
    assert [text(m) for m in spoken(new, "last")] == every[-1:]
    assert last in (None, *every[-1:])


@pytest.mark.parametrize("speaks", ["all", "last"])
def test_an_empty_text_is_heard_as_silence_where_it_is_all(speaks: Speaks):
    assert [text(m) for m in spoken([AIMessage("")], speaks)] == [""]


@pytest.mark.parametrize("answer", [7, {"role": "ai", "content": 7}, {"messages": [7]}, ["fine", None]])
def test_what_is_neither_text_nor_message_is_refused(answer: object):
    with pytest.raises(ReplyError, match="not text or a message"):
        messages_of(answer)


async def in_parts() -> AsyncIterator[str]:
    yield "fine"


@pytest.mark.parametrize(("answer", "of"), [((w for w in "fine"), "generator"), (in_parts(), "async_generator")])
def test_a_generator_in_the_place_of_a_reply_is_refused_with_its_cause(answer: object, of: str):
    with pytest.raises(ReplyError, match=f"the reply is {of}, .*: the agent yields and returns no reply; join what"):
        messages_of(answer)


def test_a_state_without_messages_is_told_from_what_is_no_reply():
    with pytest.raises(ReplyError, match="returned a state of answer, done, and no `messages`") as caught:
        messages_of({"answer": "Go on.", "done": True})
    assert caught.value.kind == NO_MESSAGES


def test_messages_as_pairs_or_with_parts_are_read():
    parts = {"role": "assistant", "content": [{"type": "text", "text": "Go "}, {"type": "text", "text": "on."}]}
    held = messages_of({"messages": [("assistant", "Hm."), parts]})
    assert [text(m) for m in spoken(held)] == ["Hm.", "Go on."]


@pytest.mark.parametrize(
    ("runnable", "bare"),
    [
        (CHAT, True),
        (CHAT.with_retry(), True),
        (CHAT | RunnableLambda(text), True),
        (ChatPromptTemplate.from_messages([("placeholder", "{messages}")]) | CHAT, False),
        (RunnableLambda(text), False),
    ],
)
def test_a_model_takes_messages_and_any_other_runnable_a_state_with_them(runnable: Any, bare: bool):
    assert takes_messages(runnable) is bare
