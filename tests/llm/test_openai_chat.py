from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from pydantic import BaseModel, ConfigDict

from empa_graph.errors import ProviderError, TransientError
from empa_graph.llm import ChatParameters, Prompt, resolve_chat
from tests.stub_server import (
    Canned,
    StubServer,
    dropped,
    failed,
    held,
    no_choices,
    null_content,
    prose,
    said,
    slow,
    stub_in_thread,
)

KEY = "sk-very-secret-key"
HELLO = [Prompt(role="system", content="Be kind."), Prompt(role="user", content="Hello?")]


class Mood(BaseModel, extra="forbid"):
    mood: str


class Wave(BaseModel, extra="forbid"):
    """Wave a hand."""

    model_config = ConfigDict(title="wave_a_hand")
    times: int


def called(*calls: object, text: str | None = None) -> Canned:
    """An answer with these ``tool_calls``, as a server sends them."""
    body = json.loads(said(text, finish_reason="tool_calls").body)
    body["choices"][0]["message"]["tool_calls"] = list(calls)
    return Canned(json.dumps(body))


@asynccontextmanager
async def served(*answers: Canned | str, **given: object) -> AsyncIterator[tuple[StubServer, object]]:
    async with StubServer(*answers) as stub:
        parameters = ChatParameters.model_validate(given)
        chat = resolve_chat("openai:stub-model", base_url=stub.url, api_key=KEY, parameters=parameters)
        try:
            yield stub, chat
        finally:
            await chat.aclose()


async def fault_of(canned: Canned, **given: object) -> ProviderError:
    async with served(canned, **given) as (stub, chat):
        with pytest.raises(ProviderError) as caught:
            await chat.complete(HELLO)
        assert stub.count == 1, "a failed call is not retried here"
        assert KEY not in str(caught.value)
        return caught.value


async def test_the_server_gets_the_messages_and_parameters_as_given():
    async with served("Hi.", temperature=0.5, max_tokens=33) as (stub, chat):
        done = await chat.complete(HELLO, seed=11)
    request = stub.requests[0]
    assert request["messages"] == [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "Hello?"},
    ]
    assert (request["model"], request["temperature"], request["max_tokens"], request["seed"]) == (
        "stub-model",
        0.5,
        33,
        11,
    )
    assert "response_format" not in request and "stream" not in request
    assert stub.keys == [KEY]
    assert (done.text, done.model, done.finish_reason) == ("Hi.", "stub-model", "stop")
    assert done.usage is not None and (done.usage.tokens_in, done.usage.tokens_out) == (7, 3)


async def test_a_schema_is_sent_and_the_cut_off_text_comes_back_raw():
    async with served(said('{"mood": "go', finish_reason="length")) as (stub, chat):
        done = await chat.complete(HELLO, schema=Mood)
    sent = stub.requests[0]["response_format"]["json_schema"]
    assert sent["strict"] is True and sent["schema"]["required"] == ["mood"]
    assert (done.text, done.finish_reason) == ('{"mood": "go', "length")


async def test_tools_are_offered_by_the_titles_of_their_models():
    async with served("Hi.") as (stub, chat):
        await chat.complete(HELLO, tools=[Wave, Mood])
        await chat.complete(HELLO)
    (wave, mood), parallel = stub.requests[0]["tools"], stub.requests[0]["parallel_tool_calls"]
    assert (wave["type"], wave["function"]["name"], wave["function"]["description"]) == (
        "function",
        "wave_a_hand",
        "Wave a hand.",
    )
    assert wave["function"]["parameters"]["required"] == ["times"]
    assert (mood["function"]["name"], parallel) == ("Mood", False)
    assert not {"tools", "parallel_tool_calls"} & set(stub.requests[1])


async def test_tool_calls_come_back_raw_and_unchecked():
    good = {"id": "1", "type": "function", "function": {"name": "wave_a_hand", "arguments": '{"times": "no'}}
    as_object = {"function": {"name": "wave_a_hand", "arguments": {"times": 2}}}
    async with served(called(good, as_object), called({"type": "custom"}, text="Hm."), "Hi.") as (_, chat):
        raw, odd, none = [await chat.complete(HELLO, tools=[Wave]) for _ in range(3)]
    assert [(c.name, c.arguments) for c in raw.calls] == [
        ("wave_a_hand", '{"times": "no'),
        ("wave_a_hand", '{"times": 2}'),
    ]
    assert (raw.text, raw.finish_reason) == ("", "tool_calls")
    assert ([c.name for c in odd.calls], odd.text, none.calls) == ([""], "Hm.", ())


async def test_a_refusal_without_content_is_a_failure_with_its_words():
    assert (await fault_of(null_content())).kind == "refused"
    refused = await fault_of(said(None, refusal="I will not."))
    assert refused.kind == "refused" and "'I will not.'" in str(refused)


async def test_no_answer_is_an_error_and_no_empty_text():
    assert [(await fault_of(none)).kind for none in (no_choices(), null_content("stop"))] == [
        "bad_answer",
        "no_content",
    ]


async def test_a_call_of_a_tool_is_an_answer_to_a_request_that_offered_it_and_to_no_other():
    calls = called({"function": {"name": "wave_a_hand", "arguments": "{}"}})
    async with served(calls, calls) as (_, chat):
        assert (await chat.complete(HELLO, tools=[Wave])).calls
        with pytest.raises(ProviderError, match="tools that were not offered"):
            await chat.complete(HELLO)


async def test_too_many_requests_says_when_to_come_back_but_never_later_than_two_minutes():
    soon = await fault_of(failed(429, retry_after=7))
    late = await fault_of(failed(429, retry_after=9_999))
    assert isinstance(soon, TransientError) and isinstance(late, TransientError)
    assert (soon.kind, soon.retry_after, late.retry_after) == ("rate_limited", 7.0, 120.0)


async def test_a_server_error_a_drop_and_a_timeout_are_worth_another_try():
    faults = [
        await fault_of(failed(500)),
        await fault_of(dropped()),
        await fault_of(slow(30), timeout=0.1),
    ]
    assert [f.kind for f in faults] == ["server_error", "dropped", "timeout"]
    assert all(isinstance(f, TransientError) for f in faults)


async def test_a_refused_request_is_not_worth_another_try():
    faults = [
        await fault_of(failed(401, f"bad key {KEY}")),
        await fault_of(failed(403)),
        await fault_of(failed(404, "no such model")),
        await fault_of(failed(400, "x" * 5_000 + KEY)),
        await fault_of(failed(429, "You exceeded your quota", code="insufficient_quota")),
        await fault_of(failed(400, "too long", code="context_length_exceeded")),
    ]
    kinds = ["unauthorised", "unauthorised", "model_not_found", "bad_request", "quota", "context_overflow"]
    assert [f.kind for f in faults] == kinds
    assert not any(isinstance(f, TransientError) for f in faults)
    assert "'stub-model'" in str(faults[2])
    assert len(str(faults[3])) < 400 and "\n" not in str(faults[3])


async def test_prose_instead_of_json_is_quoted_in_the_fault():
    fault = await fault_of(prose())
    assert fault.kind == "bad_answer" and "Welcome to nginx" in str(fault)


async def test_a_megabyte_passes_and_three_do_not():
    async with served("x" * 1_000_000) as (_, chat):
        assert len((await chat.complete(HELLO)).text) == 1_000_000
    assert (await fault_of(said("x" * 3_000_000))).kind == "oversize"
    assert (await fault_of(said("x" * 9_000_000))).kind == "oversize"


async def test_a_closed_port_is_unreachable_and_named():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    chat = resolve_chat("m", base_url=f"http://127.0.0.1:{port}/v1", api_key=KEY)
    with pytest.raises(TransientError, match=f"127.0.0.1:{port}.*connection refused") as caught:
        await chat.complete(HELLO)
    await chat.aclose()
    assert caught.value.kind == "unreachable"
    assert KEY not in str(caught.value) and KEY not in repr(chat)


def test_one_chat_serves_several_event_loops_without_being_closed():
    with stub_in_thread("Hi.") as stub:
        chat = resolve_chat("m", base_url=stub.url)
        texts = [asyncio.run(chat.complete(HELLO)).text for _ in range(3)]
    assert texts == ["Hi."] * 3
    assert stub.keys == ["not-needed"] * 3


async def test_a_closed_chat_can_be_used_again():
    async with served("Hi.") as (stub, chat):
        await chat.complete(HELLO)
        await chat.aclose()
        await chat.complete(HELLO)
    assert stub.count == 2


async def test_a_hundred_calls_run_at_once():
    async with served("Hi.", held(101), timeout=20) as (stub, chat):
        await chat.complete(HELLO)
        done = await asyncio.gather(*(chat.complete(HELLO) for _ in range(100)))
    assert [each.text for each in done] == ["late"] * 100 and stub.count == 101


async def test_a_cancelled_call_leaves_the_chat_usable():
    async with served(slow(20), "Hi.") as (stub, chat):
        call = asyncio.create_task(chat.complete(HELLO))
        await stub.until(1)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert (await chat.complete(HELLO)).text == "Hi."
