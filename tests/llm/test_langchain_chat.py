from __future__ import annotations

import json

import pytest
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from langchain_deepseek import ChatDeepSeek
from langchain_openai import ChatOpenAI

from empa_graph.errors import ProviderError, TransientError
from empa_graph.llm import Prompt
from empa_graph.llm.langchain_chat import LangChainChat
from empa_graph.models.dialogue import Usage
from tests.llm.test_openai_chat import Mood, Wave, called
from tests.stub_server import Canned, StubServer

ASK = [Prompt(role="user", content="Hello?")]


async def test_a_langchain_message_becomes_a_completion():
    message = AIMessage(
        content="Hi.",
        response_metadata={"model_name": "big", "stop_reason": "max_tokens"},
        usage_metadata={
            "input_tokens": 4,
            "output_tokens": 2,
            "total_tokens": 6,
            "input_token_details": {"cache_read": 3},
        },
    )
    done = await LangChainChat("p:big", GenericFakeChatModel(messages=iter([message]))).complete(ASK)
    assert (done.text, done.model, done.finish_reason) == ("Hi.", "big", "max_tokens")
    assert done.usage == Usage(tokens_in=4, tokens_cached=3, tokens_out=2)


def test_a_provider_answers_at_its_own_name_unless_it_has_a_url():
    model = GenericFakeChatModel(messages=iter([]))
    assert LangChainChat("anthropic:big", model).endpoint == "anthropic"
    assert LangChainChat("p:big", model, url="https://me:pw@host/v1?k=1").endpoint == "https://host/v1"


@pytest.mark.parametrize(
    ("arguments", "text", "given"),
    [
        ('{"mood": "calm"}', None, '{"mood": "calm"}'),
        ('{"mood": "calm"}', "I would say this.", '{"mood": "calm"}'),
        ('{"mood": "cal', None, '{"mood": "cal'),
    ],
)
async def test_a_structured_answer_is_the_call_it_came_in(arguments: str, text: str | None, given: str):
    sent = {"id": "1", "type": "function", "function": {"name": "Mood", "arguments": arguments}}
    async with StubServer(called(sent, text=text)) as stub:
        model = ChatDeepSeek(model="m", base_url=stub.url, api_key="k", max_retries=0)
        done = await LangChainChat("p:m", model).complete(ASK, schema=Mood)
    assert (done.text, done.calls) == (given, ())


async def test_a_structured_answer_that_calls_nothing_is_its_text():
    async with StubServer("I would rather talk.") as stub:
        model = ChatDeepSeek(model="m", base_url=stub.url, api_key="k", max_retries=0)
        done = await LangChainChat("p:m", model).complete(ASK, schema=Mood)
    assert (done.text, done.finish_reason) == ("I would rather talk.", "stop")


async def test_a_refusal_beside_the_content_is_one():
    message = AIMessage(content="Well.", additional_kwargs={"refusal": "I cannot."})
    done = await LangChainChat("p:big", GenericFakeChatModel(messages=iter([message]))).complete(ASK)
    assert (done.text, done.finish_reason) == ("Well.", "refusal")


THOUGHT = {"type": "thinking", "thinking": "She is sad."}


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        (AIMessage("", additional_kwargs={"refusal": "I cannot."}, response_metadata={"stop_reason": "x"}), "refused"),
        (AIMessage("", response_metadata={"finish_reason": "SAFETY"}), "refused"),
        (AIMessage([THOUGHT], response_metadata={"stop_reason": "max_tokens"}), "cut_off_in_reasoning"),
        (AIMessage([THOUGHT], response_metadata={"stop_reason": "end_turn"}), "no_content"),
        (
            AIMessage("", additional_kwargs={"reasoning_content": "Hm."}, response_metadata={"finish_reason": "stop"}),
            "no_content",
        ),
        (AIMessage("", tool_calls=[{"name": "wave", "args": {}, "id": "1"}]), "no_content"),
        (AIMessage([], response_metadata={"stop_reason": "end_turn"}), "no_content"),
        (AIMessage("", response_metadata={"finish_reason": "error"}), "no_content"),
    ],
)
async def test_a_message_without_a_visible_word_is_a_failure_of_its_own_kind(message: AIMessage, kind: str):
    with pytest.raises(ProviderError) as caught:
        await LangChainChat("p:big", GenericFakeChatModel(messages=iter([message]))).complete(ASK)
    assert caught.value.kind == kind


async def test_an_empty_text_that_ended_is_an_answer():
    message = AIMessage("", response_metadata={"done_reason": "stop"})
    done = await LangChainChat("p:big", GenericFakeChatModel(messages=iter([message]))).complete(ASK)
    assert (done.text, done.finish_reason) == ("", "stop")


async def test_tools_are_bound_and_their_calls_given_as_json_even_broken_ones():
    sent = [
        {"id": str(n), "type": "function", "function": {"name": "wave_a_hand", "arguments": a}}
        for n, a in enumerate(['{"times": 2}', '{"times":'])
    ]
    async with StubServer(called(*sent)) as stub:
        model = ChatOpenAI(model="m", base_url=stub.url, api_key="k", max_retries=0)
        done = await LangChainChat("p:m", model).complete(ASK, tools=[Wave])
    assert stub.requests[0]["tools"][0]["function"]["name"] == "wave_a_hand"
    assert [(c.name, c.arguments) for c in done.calls] == [
        ("wave_a_hand", '{"times": 2}'),
        ("wave_a_hand", '{"times":'),
    ]


@pytest.mark.parametrize(("code", "kind", "again"), [(429, "rate_limited", True), (402, "quota", False)])
async def test_an_error_with_status_200_is_that_of_its_code(code: int, kind: str, again: bool):
    async with StubServer(Canned(json.dumps({"error": {"code": code, "message": "No."}}))) as stub:
        model = ChatDeepSeek(model="m", base_url=stub.url, api_key="k-9", max_retries=0)
        with pytest.raises(ProviderError) as caught:
            await LangChainChat("p:m", model).complete(ASK)
    assert (caught.value.kind, isinstance(caught.value, TransientError)) == (kind, again)


async def test_any_error_of_the_provider_is_a_provider_error():
    chat = LangChainChat("p:big", GenericFakeChatModel(messages=iter([])), secrets=["sk-secret"])
    with pytest.raises(ProviderError):
        await chat.complete(ASK)
