"""Two real packages of providers, of which one speaks OpenAI's language and one does not, against a scripted server."""

from __future__ import annotations

import asyncio

import pytest
from pydantic import BaseModel, Field

from empa_graph.errors import ProviderError, TransientError, UsageError
from empa_graph.llm import ChatParameters, Completion, Prompt, probe, resolve_chat
from empa_graph.models.dialogue import Usage
from tests.llm.test_endpoint import closed_port
from tests.llm.test_openai_chat import Wave, called
from tests.stub_server import Canned, StubServer, dropped, failed, messaged, prose, said, slow, stub_in_thread

KEY = "sk-very-secret-key"
ASK = [Prompt(role="system", content="Be kind."), Prompt(role="user", content="Hello?")]
BOTH = ["anthropic:m", "deepseek:m"]


class Mood(BaseModel, extra="forbid"):
    mood: str
    strength: int = Field(ge=0, le=3)


def hello(spec: str) -> Canned:
    return messaged("Hi.") if spec.startswith("anthropic") else said("Hi.")


async def answered(spec: str, canned: Canned, **asked: object) -> tuple[Completion, StubServer]:
    async with StubServer(canned) as stub:
        chat = resolve_chat(spec, base_url=stub.url, api_key=KEY, parameters=ChatParameters(max_tokens=33))
        return await chat.complete(ASK, **asked), stub  # type: ignore[arg-type]


async def faults_of(spec: str, *canned: Canned, **given: float) -> list[ProviderError]:
    """Ask once for each answer, and return what was raised."""
    found = []
    async with StubServer(*canned) as stub:
        chat = resolve_chat(spec, base_url=stub.url, api_key=KEY, parameters=ChatParameters.model_validate(given))
        for _ in canned:
            with pytest.raises(ProviderError) as caught:
                await chat.complete(ASK)
            assert KEY not in str(caught.value) and "127.0.0.1" in str(caught.value)
            found.append(caught.value)
        assert stub.count == len(canned), "a failed call is not retried here"
    return found


async def test_anthropic_is_asked_in_its_own_language_and_its_answer_is_whole():
    done, stub = await answered("anthropic:m", messaged("Hi.", stop_reason="max_tokens"))
    assert (done.text, done.model, done.finish_reason) == ("Hi.", "stub-model", "max_tokens")
    assert done.usage == Usage(tokens_in=7, tokens_cached=3, tokens_out=2)
    (sent,) = stub.requests
    assert (sent["system"], sent["messages"]) == ("Be kind.", [{"role": "user", "content": "Hello?"}])
    assert (sent["model"], sent["max_tokens"], sent["temperature"], stub.keys) == ("m", 33, 0.0, [KEY])


async def test_deepseek_is_asked_like_openai_and_its_answer_is_whole():
    done, stub = await answered("deepseek:m", said("Hi.", finish_reason="length"))
    assert (done.text, done.model, done.finish_reason) == ("Hi.", "stub-model", "length")
    assert done.usage is not None and (done.usage.tokens_in, done.usage.tokens_out) == (7, 3)
    (sent,) = stub.requests
    assert [message["role"] for message in sent["messages"]] == ["system", "user"]
    assert (sent["model"], sent["max_tokens"], stub.keys) == ("m", 33, [KEY])


async def test_a_structured_answer_is_asked_by_a_forced_tool_and_given_as_its_json():
    mood = {"mood": "calm", "strength": 1}
    call = {"id": "1", "type": "function", "function": {"name": "Mood", "arguments": '{"mood": "calm", "strength": 1}'}}
    for spec, canned in (
        ("anthropic:m", messaged("Let me see.", {"name": "Mood", "input": mood}, stop_reason="tool_use")),
        ("deepseek:m", called(call, text="Let me see.")),
    ):
        done, stub = await answered(spec, canned, schema=Mood)
        assert Mood.model_validate_json(done.text) == Mood(mood="calm", strength=1)
        assert done.calls == () and "Mood" in str(stub.requests[0]["tool_choice"])


async def test_tools_are_offered_and_what_was_called_is_given():
    canned = messaged({"name": "wave_a_hand", "input": {"times": 2}}, stop_reason="tool_use")
    done, stub = await answered("anthropic:m", canned, tools=[Wave])
    assert [tool["name"] for tool in stub.requests[0]["tools"]] == ["wave_a_hand"]
    assert [(call.name, call.arguments) for call in done.calls] == [("wave_a_hand", '{"times": 2}')]


FAULTS = {
    "unauthorised": failed(401, f"bad key {KEY}"),
    "model_not_found": failed(404, "no such model"),
    "bad_request": failed(400, f"{KEY} may not"),
    "context_overflow": failed(400, "prompt is too long: 210000 tokens > 200000 maximum"),
    "quota": failed(402, "Insufficient Balance"),
    "server_error": failed(529, f"{KEY} broke it"),
    "rate_limited": failed(429, "slow down", retry_after=7),
    "dropped": dropped(),
    "bad_answer": prose(),
}


@pytest.mark.parametrize("spec", BOTH)
async def test_what_goes_wrong_is_told_apart_with_the_key_hidden(spec: str):
    found = await faults_of(spec, *FAULTS.values())
    assert [fault.kind for fault in found] == list(FAULTS)
    again = {fault.kind: fault.retry_after for fault in found if isinstance(fault, TransientError)}
    assert again == {"server_error": 0.0, "rate_limited": 7.0, "dropped": 0.0}


@pytest.mark.parametrize("spec", BOTH)
async def test_a_service_that_does_not_answer_in_time_is_a_fault(spec: str):
    assert [fault.kind for fault in await faults_of(spec, slow(5), timeout=0.05)] == ["timeout"]


@pytest.mark.parametrize("spec", BOTH)
async def test_a_closed_port_is_said_before_a_run_and_unreachable_in_one(spec: str):
    url = f"http://127.0.0.1:{closed_port()}/v1"
    chat = resolve_chat(spec, base_url=url, api_key=KEY)
    with pytest.raises(UsageError, match="connection refused"):
        await probe(chat)
    with pytest.raises(TransientError, match=rf"cannot reach {url[:-3]}.* \(connection refused\)") as caught:
        await chat.complete(ASK)
    assert caught.value.kind == "unreachable"


async def test_a_server_that_lists_no_models_or_asks_for_a_key_there_is_reachable():
    async with StubServer() as stub:
        stub.models_status = 401
        assert await probe(resolve_chat("anthropic:m", base_url=stub.url, api_key=KEY)) is None


@pytest.mark.parametrize("spec", BOTH)
def test_a_chat_is_asked_in_one_event_loop_after_another(spec: str):
    with stub_in_thread(hello(spec)) as stub:
        chat = resolve_chat(spec, base_url=stub.url, api_key=KEY)
        for _ in range(2):
            assert asyncio.run(chat.complete(ASK)).text == "Hi."
            asyncio.run(chat.aclose())
    assert len(stub.connections) == 1, "the connection outlives the loop that asked"


@pytest.mark.parametrize("spec", BOTH)
async def test_many_are_asked_at_once_and_a_cancelled_one_stops_alone(spec: str):
    async with StubServer(*([hello(spec)] * 8), slow(30)) as stub:
        chat = resolve_chat(spec, base_url=stub.url, api_key=KEY)
        done = await asyncio.gather(*(chat.complete(ASK) for _ in range(8)))
        cancelled = asyncio.create_task(chat.complete(ASK))
        await stub.until(9)
        cancelled.cancel()
        with pytest.raises(asyncio.CancelledError):
            await cancelled
    assert [d.text for d in done] == ["Hi."] * 8


@pytest.mark.parametrize("spec", BOTH)
async def test_a_server_of_ones_own_needs_no_key(spec: str):
    async with StubServer(hello(spec)) as stub:
        assert (await resolve_chat(spec, base_url=stub.url).complete(ASK)).text == "Hi."
    assert stub.keys == ["not-needed"]


def test_what_the_sdk_refuses_is_one_line_without_the_key():
    with pytest.raises(UsageError, match="'azure_openai:m': ") as caught:
        resolve_chat("azure_openai:m", api_key=KEY)
    assert "\n" not in str(caught.value) and KEY not in str(caught.value)


@pytest.mark.parametrize("spec", BOTH)
@pytest.mark.parametrize("field", ["temperature", "system"])
async def test_a_provider_that_refuses_a_field_is_asked_once_more_without_it(spec: str, field: str):
    words = {"temperature": "`temperature` is deprecated for this model.", "system": "System role not supported"}
    async with StubServer(failed(400, words[field]), hello(spec)) as stub:
        chat = resolve_chat(spec, base_url=stub.url, api_key=KEY)
        answers = [await chat.complete(ASK) for _ in range(2)]
    assert stub.count == 3 and [answer.left_out for answer in answers] == [(field,)] * 2
    if field == "temperature":
        assert ["temperature" in body for body in stub.requests] == [True, False, False]
    else:
        assert [message["role"] for message in stub.requests[-1]["messages"]] == ["user"]
        assert "system" not in stub.requests[-1] and "Be kind." in str(stub.requests[-1])


async def test_a_reasoning_model_is_sent_no_temperature_whoever_serves_it():
    done, stub = await answered("deepseek:openai/o3-mini", said("Hi."))
    assert "temperature" not in stub.requests[0] and done.left_out == ("temperature",)
