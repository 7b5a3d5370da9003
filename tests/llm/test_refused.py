from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import BaseModel

from empa_graph.errors import ProviderError, RefusedFieldError
from empa_graph.llm import ChatParameters, Prompt, resolve_chat
from empa_graph.llm.refused import RefusedFields, takes_temperature
from tests.stub_server import Canned, StubServer, failed, said

ASK = [Prompt(role="system", content="Be kind."), Prompt(role="user", content="Hello?")]


class Mood(BaseModel, extra="forbid"):
    mood: str


def openai(message: str, param: str | None = None, code: str | None = None, *, status: int = 400) -> Canned:
    """An error as OpenAI and llama.cpp word theirs."""
    error = {"message": message, "type": "invalid_request_error", "param": param, "code": code}
    return Canned(json.dumps({"error": error}), status=status)


def old_vllm(message: str) -> Canned:
    body = {"object": "error", "message": message, "type": "BadRequestError", "param": None, "code": 400}
    return Canned(json.dumps(body), status=400)


def extra_input(field: str, body: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"type": "extra_forbidden", "loc": ["body", field], "msg": "Extra inputs are not permitted", "input": body}]


def has(field: str) -> Callable[[dict[str, Any]], bool]:
    if field == "system":
        return lambda body: any(message["role"] == "system" for message in body["messages"])
    return lambda body: field in body


REFUSALS: list[tuple[str, Callable[[dict[str, Any]], Canned]]] = [
    (
        "temperature",
        lambda _: openai(
            "Unsupported value: 'temperature' does not support 0.7 with this model. Only the default (1) value is "
            "supported.",
            "temperature",
            "unsupported_value",
        ),
    ),
    (
        "response_format",
        lambda _: openai(
            "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model."
        ),
    ),
    (
        "system",
        lambda _: openai(
            "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
            "messages[0].role",
            "unsupported_value",
        ),
    ),
    ("seed", lambda body: Canned(json.dumps({"detail": extra_input("seed", body)}), status=422)),
    ("seed", lambda body: old_vllm(str(extra_input("seed", body)).replace("['body', 'seed']", "('body', 'seed')"))),
    ("system", lambda _: old_vllm("System role not supported")),
    ("system", lambda _: openai("System role not supported", status=500)),
    ("system", lambda _: openai("Conversation roles must alternate user/assistant/user/assistant/...")),
    (
        "response_format",
        lambda _: openai('response_format type must be one of "text" or "json_object", but got: json_schema'),
    ),
    ("max_tokens", lambda _: openai("Unrecognized request argument supplied: max_tokens")),
    (
        "max_tokens",
        lambda _: openai(
            "Unsupported parameter: 'max_tokens' is not supported. Use 'max_completion_tokens' instead.",
            "max_tokens",
            "unsupported_parameter",
        ),
    ),
]


@pytest.mark.parametrize(("field", "refusal"), REFUSALS)
async def test_a_request_goes_without_what_its_server_refuses_from_the_second_on(
    field: str, refusal: Callable[[dict[str, Any]], Canned]
):
    async with StubServer(choose=lambda body: refusal(body) if has(field)(body) else said("Hi.")) as stub:
        chat = resolve_chat("stub-model", base_url=stub.url, parameters=ChatParameters(temperature=0.7))
        answers = [await chat.complete(ASK, schema=Mood, seed=seed) for seed in (1, 2, 3)]
        await chat.aclose()
    assert [has(field)(body) for body in stub.requests] == [True, False, False, False]
    assert [answer.text for answer in answers] == ["Hi."] * 3
    renamed = field == "max_tokens"
    assert answers[2].left_out == (() if renamed else (field,))
    assert not renamed or stub.requests[-1]["max_completion_tokens"] == 256
    assert "Be kind." in json.dumps(stub.requests[-1]) and "Hello?" in json.dumps(stub.requests[-1])


async def test_a_server_that_refuses_everything_is_asked_once_for_each():
    names = ("response_format", "seed", "temperature", "max_tokens", "max_completion_tokens", "system")

    def choose(body: dict[str, Any]) -> Canned:
        found = next((name for name in names if has(name)(body)), None)
        return said("Hi.") if found is None else openai(f"{found} role not supported")

    async with StubServer(choose=choose) as stub:
        chat = resolve_chat("stub-model", base_url=stub.url)
        answer = await chat.complete(ASK, schema=Mood, seed=3)
        await chat.aclose()
    assert stub.count == 7
    assert set(answer.left_out) == {"response_format", "seed", "temperature", "max_tokens", "system"}
    (only,) = stub.requests[-1]["messages"]
    assert only["role"] == "user" and only["content"].startswith("Be kind.\n\nAnswer with one JSON object")
    assert only["content"].endswith("Hello?") and '"mood"' in only["content"]


@pytest.mark.parametrize(
    "answer",
    [
        openai("Unsupported parameter: 'logprobs' is not supported; temperature is.", "logprobs"),
        openai("temperature must be between 0 and 1"),
        openai("max_tokens must be at least 1"),
        openai("tools are not supported"),
        failed(400, "'max_tokens' is not supported beyond this model's maximum context length of 2048 tokens"),
        Canned('{"detail":[{"type":"missing","loc":["body","user"],"msg":"unknown","input":{"seed":3}}]}', status=422),
        failed(404, "seed is not supported"),
        failed(500, "temperature is not supported"),
    ],
)
async def test_another_refusal_is_told_and_not_asked_again(answer: Canned):
    async with StubServer(answer) as stub:
        chat = resolve_chat("stub-model", base_url=stub.url)
        with pytest.raises(ProviderError) as caught:
            await chat.complete(ASK)
        await chat.aclose()
    assert stub.count == 1 and not isinstance(caught.value, RefusedFieldError)


async def test_a_field_that_one_model_refuses_is_sent_to_another():
    refused = RefusedFields()
    async with StubServer(openai("seed is not supported"), "Hi.") as stub:
        first, same, other = (resolve_chat(name, base_url=stub.url, refused=refused) for name in ("a", "a", "b"))
        with pytest.raises(RefusedFieldError, match="seed"):
            await first.complete(ASK, seed=3)
        await same.complete(ASK, seed=3)
        assert list(refused) == [(stub.url, "a", ("seed",))]
        await other.complete(ASK, seed=3)
        for chat in (first, same, other):
            await chat.aclose()
    assert ["seed" in body for body in stub.requests] == [True, False, True]


async def test_requests_under_way_when_a_field_is_refused_are_all_answered():
    def choose(body: dict[str, Any]) -> Canned:
        return openai("seed is not supported") if "seed" in body else said("Hi.")

    async with StubServer(choose=choose) as stub:
        chat = resolve_chat("stub-model", base_url=stub.url)
        answers = await asyncio.gather(*(chat.complete(ASK, seed=seed) for seed in range(8)))
        await chat.aclose()
    assert [answer.text for answer in answers] == ["Hi."] * 8


@pytest.mark.parametrize(
    ("model", "takes"),
    [
        ("o1", False),
        ("o3", False),
        ("o4-mini", False),
        ("openai/o3-mini", False),
        ("azure/o1", False),
        ("openrouter:openai/o1-preview", False),
        ("gpt-5-mini", False),
        ("openai/gpt-5.1", False),
        ("gpt-5-chat-latest", True),
        ("gpt-4o", True),
        ("gpt-4.1-mini", True),
        ("org/marco-o1", True),
        ("olmo-2", True),
        ("qwen3-8b", True),
    ],
)
def test_a_model_known_to_refuse_a_temperature_is_told_by_its_name(model: str, takes: bool):
    assert takes_temperature(model) is takes


@pytest.mark.parametrize("model", ["openai/o3-mini", "gpt-5-mini", "o1"])
async def test_such_a_model_is_sent_no_temperature_and_the_answer_says_so(model: str):
    async with StubServer("Hi.") as stub:
        chat = resolve_chat(model, base_url=stub.url, parameters=ChatParameters(temperature=0.3))
        answer = await chat.complete(ASK)
        await chat.aclose()
    assert "temperature" not in stub.requests[0] and answer.left_out == ("temperature",)
