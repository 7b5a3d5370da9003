from __future__ import annotations

import json
from typing import Any

import pytest

from empa_graph.errors import ProviderError, TransientError
from empa_graph.llm.answer import TEXT_LIMIT, completion
from empa_graph.llm.chat import Completion
from empa_graph.llm.faults import Call, fault
from empa_graph.models.dialogue import Usage

CALL = Call("m", "http://host/v1")


def read(reason: str | None = "stop", **message: Any) -> Completion:
    body = {"model": "m-1", "choices": [{"message": message, "finish_reason": reason}], "usage": {"prompt_tokens": 3}}
    return completion(json.dumps(body).encode(), CALL)


def test_text_model_reason_and_usage_are_read() -> None:
    found = read("length", content="Hello")
    assert found == Completion(text="Hello", model="m-1", finish_reason="length", usage=Usage(tokens_in=3))


def test_text_may_come_in_parts() -> None:
    assert (
        read(content=[{"type": "text", "text": "Hel"}, {"type": "text", "text": "lo"}, {"type": "x"}]).text == "Hello"
    )


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({"content": '{"calm": 2}', "refusal": "I will not."}, '{"calm": 2}'),
        ({"content": [{"type": "text", "text": "Well"}, {"type": "refusal", "refusal": "no."}]}, "Well"),
    ],
)
def test_what_the_server_marks_as_a_refusal_is_one_whatever_stands_beside_it(
    message: dict[str, Any], text: str
) -> None:
    found = read(**message)
    assert (found.finish_reason, found.text) == ("refusal", text)


@pytest.mark.parametrize(
    "message", [{"content": "Yes."}, {"content": "Yes.", "refusal": None}, {"content": "", "refusal": ""}]
)
def test_what_is_not_marked_keeps_the_servers_own_reason(message: dict[str, Any]) -> None:
    assert read("stop", **message).finish_reason == "stop"


THOUGHT = {"reasoning_content": "She is sad."}
NO = {"refusal": "I will not."}


@pytest.mark.parametrize("content", [None, "", []])
@pytest.mark.parametrize(
    ("beside", "reason", "kind"),
    [
        (NO, "stop", "refused"),
        ({}, "content_filter", "refused"),
        ({}, "length", "cut_off_in_reasoning"),
        (THOUGHT, "length", "cut_off_in_reasoning"),
        (THOUGHT, "stop", "no_content"),
        ({"reasoning": "She is sad."}, "stop", "no_content"),
        ({"reasoning_details": [{"type": "reasoning.text"}]}, "stop", "no_content"),
        ({}, "error", "no_content"),
        ({}, None, "no_content"),
    ],
)
def test_without_a_visible_word_an_answer_says_why_and_null_is_as_empty(
    content: object, beside: dict[str, Any], reason: str | None, kind: str
) -> None:
    with pytest.raises(ProviderError) as caught:
        read(reason, content=content, **beside)
    assert (caught.value.kind, caught.value.usage) == (kind, Usage(tokens_in=3))
    assert ("--max-tokens" in str(caught.value)) == (kind == "cut_off_in_reasoning")
    assert isinstance(caught.value, TransientError) == (reason == "error")


def test_a_refusal_in_parts_is_one() -> None:
    with pytest.raises(ProviderError, match="in the words 'I will not") as caught:
        read(content=[{"type": "refusal", "refusal": "I will not."}])
    assert caught.value.kind == "refused"


def test_an_answer_that_broke_off_is_worth_another_try() -> None:
    with pytest.raises(TransientError) as caught:
        read("error", content="I would")
    assert caught.value.kind == "server_error"


WAVE = {"function": {"name": "wave", "arguments": "{}"}}


@pytest.mark.parametrize(
    ("message", "why"),
    [
        ({"content": None}, r"no content \(finish reason: stop\)"),
        ({}, "no content"),
        ({"content": []}, "no content"),
        ({"content": [{"type": "image_url"}]}, "no content"),
        ({"content": None, "tool_calls": []}, "no content"),
        ({"content": None, "tool_calls": [WAVE]}, "called tools that were not offered"),
        ({"content": "", "tool_calls": [WAVE]}, "called tools that were not offered"),
    ],
)
def test_missing_content_is_no_answer_and_no_empty_reply(message: dict[str, Any], why: str) -> None:
    with pytest.raises(ProviderError, match=why) as caught:
        read(**message)
    assert (caught.value.kind, caught.value.blame) == ("no_content", "provider")


def test_an_empty_text_is_an_answer() -> None:
    assert read(content="").text == read(content=[{"type": "text", "text": ""}]).text == ""


def test_an_answer_that_calls_the_tools_it_was_offered_needs_no_content() -> None:
    body = {"choices": [{"message": {"content": None, "tool_calls": [WAVE]}, "finish_reason": "tool_calls"}]}
    found = completion(json.dumps(body).encode(), CALL, tools=True)
    assert (found.text, [call.name for call in found.calls]) == ("", ["wave"])


@pytest.mark.parametrize(
    "body", [b"<html>", b"[]", b'{"error": {"message": "no"}}', b'{"choices": 1}', b'{"choices": []}', b"{}"]
)
def test_a_body_that_is_no_answer_is_a_fault_of_the_provider(body: bytes) -> None:
    with pytest.raises(ProviderError) as caught:
        completion(body, CALL)
    assert caught.value.kind == "bad_answer"


def test_an_answer_over_the_limit_is_refused() -> None:
    with pytest.raises(ProviderError) as caught:
        read(content="a" * (TEXT_LIMIT + 1))
    assert caught.value.kind == "oversize"


class FilterError(Exception):
    """What a hosted model's filter raises through its SDK."""

    status_code = 400
    code = "content_filter"


def test_a_prompt_that_the_services_filter_stops_is_a_refusal() -> None:
    found = fault(FilterError("The response was filtered due to the prompt"), CALL)
    assert (type(found), found.kind) == (ProviderError, "refused")


def test_tokens_from_the_servers_prompt_cache_are_read_and_unknown_when_it_says_nothing() -> None:
    def used(**usage: Any) -> Usage | None:
        choices = [{"message": {"content": "Yes."}}]
        return completion(json.dumps({"choices": choices, "usage": usage}).encode(), CALL).usage

    told = used(prompt_tokens=9, completion_tokens=2, prompt_tokens_details={"cached_tokens": 4, "audio_tokens": 0})
    assert told == Usage(tokens_in=9, tokens_cached=4, tokens_out=2)
    assert used(prompt_tokens=9, completion_tokens=2, prompt_tokens_details=None) == Usage(tokens_in=9, tokens_out=2)


@pytest.mark.parametrize(
    ("error", "kind", "again"),
    [
        ({"code": 429, "message": "slow down"}, "rate_limited", True),
        ({"code": "429", "message": "slow down"}, "rate_limited", True),
        ({"code": "rate_limit_exceeded", "message": "slow down"}, "rate_limited", True),
        ({"type": "overloaded_error", "message": "Overloaded"}, "server_error", True),
        ({"type": "server_error", "message": "sorry"}, "server_error", True),
        ({"code": 503, "status": "UNAVAILABLE", "message": "x"}, "server_error", True),
        ({"code": 502, "message": "Provider returned error", "metadata": {"raw": "x"}}, "server_error", True),
        ("The model is overloaded, try again", "server_error", True),
        ({"code": 401, "message": "who?"}, "unauthorised", False),
        ({"code": "insufficient_quota", "message": "pay"}, "quota", False),
        ({"code": 402, "message": "pay"}, "quota", False),
        ({"code": "context_length_exceeded", "message": "x"}, "context_overflow", False),
        ({"code": "content_filter", "message": "x"}, "refused", False),
        ({"type": "invalid_request_error", "message": "x"}, "bad_request", False),
        ({"code": 10**30, "message": "no"}, "bad_answer", False),
        ({"code": True, "message": ["no"]}, "bad_answer", False),
        ("no", "bad_answer", False),
        (["no"], "bad_answer", False),
    ],
)
def test_an_error_in_place_of_an_answer_is_that_of_its_code_or_name(error: object, kind: str, again: bool) -> None:
    broken = {"choices": [{"error": error, "message": {"content": "I wo"}, "finish_reason": "error"}]}
    for body in ({"error": error}, {"error": error, "choices": []}, {"detail": error}, broken):
        with pytest.raises(ProviderError) as caught:
            completion(json.dumps(body).encode(), CALL)
        assert (caught.value.kind, isinstance(caught.value, TransientError)) == (kind, again)


def test_an_error_may_be_the_body_itself() -> None:
    body = {"object": "error", "message": "wait", "type": "ServiceUnavailableError", "code": 503}
    with pytest.raises(TransientError, match="answered 200 with the error 503: wait"):
        completion(json.dumps(body).encode(), CALL)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"choices": 1}, "choices: "),
        ({"choices": [{"message": {"content": 5}}]}, "choices.0.message.content: "),
        ({"choices": [{"message": "Hello"}]}, "choices.0.message: "),
        ({"choices": [{"message": {"content": "x"}, "finish_reason": 5}]}, "choices.0.finish_reason: "),
        ({"choices": [{"message": {"content": "x"}}], "model": ["m"]}, "model: "),
    ],
)
def test_the_message_about_a_body_that_is_no_completion_names_the_field(body: object, field: str) -> None:
    with pytest.raises(ProviderError) as caught:
        completion(json.dumps(body).encode(), CALL)
    assert f"did not answer with a chat completion ({field}" in str(caught.value)


@pytest.mark.parametrize("usage", [5, [], "many", True, {"prompt_tokens": {"a": [-1]}, "completion_tokens": -2}])
def test_an_absurd_usage_refuses_no_answer(usage: object) -> None:
    body = {"choices": [{"message": {"content": "Yes."}}], "usage": usage}
    found = completion(json.dumps(body).encode(), CALL)
    assert found.text == "Yes." and found.usage is not None and found.usage.note
    assert (found.usage.tokens_in, found.usage.tokens_out) == (None, None)


def test_a_byte_order_mark_before_the_json_is_left_out() -> None:
    assert completion(b'\xef\xbb\xbf{"choices": [{"message": {"content": "Yes."}}]}', CALL).text == "Yes."
