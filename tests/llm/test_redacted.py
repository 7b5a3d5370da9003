from __future__ import annotations

import pytest
from pydantic import BaseModel

from empa_graph.errors import ProviderError, TransientError
from empa_graph.llm import LOCATION, AdaptiveLimiter, Completion, Location, MeteredChat, Prices, Prompt, ScriptedChat
from empa_graph.llm.redacted import RedactedChat
from empa_graph.models.dialogue import Usage
from empa_graph.models.turn_record import ModelCall
from empa_graph.roles.identifiers import Rule
from empa_graph.roles.redaction import Redaction

NAMES = Redaction((Rule("name", "Anna"), Rule("number", "[0-9]{3,}")))
ASKED = [Prompt(role="user", content="Anna?")]


class Level(BaseModel):
    level: int


async def test_an_answer_comes_back_redacted_and_the_prompt_goes_out_as_it_is():
    inner = ScriptedChat("m-123", [Completion(text="Anna is 1234.", model="m-123")])
    answer = await RedactedChat(inner, NAMES).complete(ASKED, seed=5)
    assert (answer.text, answer.model) == ("[name] is [number].", "m-123")
    assert (inner.asked[0].prompts, inner.asked[0].seed) == (tuple(ASKED), 5)


async def test_of_an_answer_by_schema_the_strings_are_redacted():
    text = '{"level": 1234, "why": "Anna"}'
    answer = await RedactedChat(ScriptedChat("m", [text]), NAMES).complete(ASKED, schema=Level)
    assert answer.text == '{"level": 1234, "why": "[name]"}'


async def test_of_an_answer_in_words_all_is_redacted():
    text = '{"level": 1234}'
    answer = await RedactedChat(ScriptedChat("m", [text]), NAMES).complete(ASKED)
    assert answer.text == '{"level": [number]}'


async def test_what_a_server_quotes_in_its_error_is_redacted_and_its_address_is_not():
    chat = ScriptedChat("m", [TransientError("http://127.0.0.1:8000/v1 answered 503: Anna", kind="x", retry_after=3.0)])
    chat.endpoint = "http://127.0.0.1:8000/v1"
    with pytest.raises(TransientError, match=r"^http://127\.0\.0\.1:8000/v1 answered \[number\]: \[name\]$") as caught:
        await RedactedChat(chat, NAMES).complete(ASKED)
    assert (caught.value.kind, caught.value.retry_after) == ("x", 3.0)


async def test_an_answer_that_cannot_be_redacted_in_time_is_a_failure():
    slow = Redaction((Rule("slow", r"(?:a|a|aa)+\d"),), seconds=0.05)
    with pytest.raises(ProviderError, match="took too long") as caught:
        await RedactedChat(ScriptedChat("m", ["a" * 40]), slow).complete(ASKED)
    assert (caught.value.kind, caught.value.blame) == ("redaction_timeout", "us")


async def test_tokens_of_an_answer_that_cannot_be_redacted_are_counted():
    slow = Redaction((Rule("slow", r"(?:a|a|aa)+\d"),), seconds=0.05)
    inner = ScriptedChat("m", [Completion(text="a" * 40, usage=Usage(tokens_in=5, tokens_out=40))])
    meter = OneShelf()
    chat = MeteredChat(
        RedactedChat(inner, slow), role="judge", meter=meter, limiter=AdaptiveLimiter(1), prices=Prices({})
    )
    token = LOCATION.set(Location(episode=0, repeat=0, turn=1))
    try:
        with pytest.raises(ProviderError, match="took too long"):
            await chat.complete(ASKED)
    finally:
        LOCATION.reset(token)
    (call,) = meter.calls
    assert (call.failure, call.usage, meter.kept) == ("redaction_timeout", Usage(tokens_in=5, tokens_out=40), [])


def test_it_is_known_under_the_name_of_its_chat():
    inner = ScriptedChat("m", ["x"])
    chat = RedactedChat(inner, NAMES)
    assert (chat.name, chat.endpoint, chat.parameters) == (inner.name, inner.endpoint, inner.parameters)


class OneShelf:
    """A meter that keeps everything and allows everything."""

    def __init__(self) -> None:
        self.kept: list[str] = []
        self.calls: list[ModelCall] = []

    async def answered(self, key: str) -> str | None:
        return self.kept[0] if self.kept else None

    async def keep(self, call: ModelCall, *, key: str | None = None, answer: str | None = None) -> None:
        self.calls.append(call)
        self.kept += [answer] if answer else []

    def allow(self, endpoint: str) -> None:
        """Allow it."""


async def test_what_a_run_keeps_and_replays_is_the_redacted_answer():
    meter = OneShelf()
    inner = RedactedChat(ScriptedChat("m", ["Anna is here."]), NAMES)
    chat = MeteredChat(inner, role="empathic", meter=meter, limiter=AdaptiveLimiter(1), prices=Prices({}))
    token = LOCATION.set(Location(episode=0, repeat=0, turn=1))
    try:
        answers = [await chat.complete(ASKED) for _ in range(2)]
    finally:
        LOCATION.reset(token)
    assert [answer.text for answer in answers] == ["[name] is here."] * 2
    assert len(meter.kept) == 1 and "Anna" not in meter.kept[0]
