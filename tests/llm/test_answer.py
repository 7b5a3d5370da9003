from __future__ import annotations

import json
from typing import Any

import pytest

from empa_graph.errors import ProviderError
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
        ({"content": None, "refusal": "I will not."}, "I will not."),
        ({"content": "", "refusal": "I will not."}, "I will not."),
        ({"content": '{"calm": 2}', "refusal": "I will not."}, '{"calm": 2}'),
        ({"content": [{"type": "refusal", "refusal": "I will not."}]}, "I will not."),
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


@pytest.mark.parametrize("reason", ["content_filter", "length"])
def test_an_answer_that_was_filtered_or_cut_off_before_its_first_word_is_empty_and_says_why(reason: str) -> None:
    found = read(reason, content=None)
    assert (found.text, found.finish_reason) == ("", reason)


WAVE = {"function": {"name": "wave", "arguments": "{}"}}


@pytest.mark.parametrize(
    ("message", "why"),
    [
        ({"content": None}, r"no content \(finish reason: stop\)"),
        ({}, "no content"),
        ({"content": None, "tool_calls": []}, "no content"),
        ({"content": None, "tool_calls": [WAVE]}, "calls of tools that were not offered"),
    ],
)
def test_missing_content_is_no_answer_and_no_empty_reply(message: dict[str, Any], why: str) -> None:
    with pytest.raises(ProviderError, match=why) as caught:
        read(**message)
    assert (caught.value.kind, caught.value.blame) == ("no_content", "provider")


def test_an_empty_text_is_an_answer() -> None:
    assert read(content="").text == read(content=[]).text == ""


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
