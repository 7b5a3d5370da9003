from __future__ import annotations

import pytest

from empa_graph.errors import ProviderError, TransientError
from empa_graph.llm import Completion, Prompt, ScriptedChat, ToolCall, probe

ASK = [Prompt(role="user", content="Hello?")]


async def test_answers_come_in_order_and_every_call_is_kept():
    chat = ScriptedChat("actor", ["one", Completion(text="two", finish_reason="length")])
    first, second = await chat.complete(ASK, seed=1), await chat.complete([])
    assert (first.text, first.model, second.text, second.finish_reason) == ("one", "actor", "two", "length")
    assert [asked.prompts for asked in chat.asked] == [tuple(ASK), ()]
    assert [asked.seed for asked in chat.asked] == [1, None]


async def test_a_scripted_exception_is_raised_in_its_turn():
    chat = ScriptedChat("actor", [TransientError("busy"), "then this"])
    with pytest.raises(TransientError, match="busy"):
        await chat.complete(ASK)
    assert (await chat.complete(ASK)).text == "then this"


async def test_an_exhausted_script_fails_unless_it_cycles():
    once, again = ScriptedChat("a", ["x"]), ScriptedChat("b", ["x", "y"], cycle=True)
    await once.complete(ASK)
    with pytest.raises(ProviderError, match="1 answers") as caught:
        await once.complete(ASK)
    assert (caught.value.kind, caught.value.blame) == ("script_exhausted", "us")
    assert [(await again.complete(ASK)).text for _ in range(3)] == ["x", "y", "x"]


async def test_a_function_sees_the_prompts():
    chat = ScriptedChat("echo", lambda prompts: prompts[-1].content.upper())
    assert (await chat.complete(ASK)).text == "HELLO?"
    assert await probe(chat) is None


async def test_the_tools_offered_are_kept_and_a_call_can_be_scripted():
    called = Completion(text="", calls=(ToolCall(name="Prompt", arguments="{}"),))
    chat = ScriptedChat("actor", [called, "Hi."])
    assert (await chat.complete(ASK, tools=[Prompt])).calls == called.calls
    assert (await chat.complete(ASK)).calls == ()
    assert [asked.tools for asked in chat.asked] == [(Prompt,), ()]
