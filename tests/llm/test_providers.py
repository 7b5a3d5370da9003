from __future__ import annotations

import pytest
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage

from empa_graph.errors import ProviderError
from empa_graph.llm import Prompt
from empa_graph.llm.providers import LangChainChat

ASK = [Prompt(role="user", content="Hello?")]


async def test_a_langchain_message_becomes_a_completion():
    message = AIMessage(
        content="Hi.",
        response_metadata={"model_name": "big", "stop_reason": "max_tokens"},
        usage_metadata={"input_tokens": 4, "output_tokens": 2, "total_tokens": 6},
    )
    done = await LangChainChat("p:big", GenericFakeChatModel(messages=iter([message]))).complete(ASK)
    assert (done.text, done.model, done.finish_reason) == ("Hi.", "big", "max_tokens")
    assert done.usage is not None and (done.usage.tokens_in, done.usage.tokens_out) == (4, 2)


async def test_an_answer_in_a_tool_call_is_given_as_json():
    call = {"name": "Mood", "args": {"mood": "calm"}, "id": "1"}
    message = AIMessage(content="", tool_calls=[call])
    done = await LangChainChat("p:big", GenericFakeChatModel(messages=iter([message]))).complete(ASK)
    assert done.text == '{"mood": "calm"}'


async def test_any_error_of_the_provider_is_a_provider_error():
    chat = LangChainChat("p:big", GenericFakeChatModel(messages=iter([])), secret="sk-secret")
    with pytest.raises(ProviderError):
        await chat.complete(ASK)
