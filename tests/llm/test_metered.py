from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pydantic import BaseModel

from empa_graph.errors import RunError, SuspendedError, TransientError
from empa_graph.llm import (
    LOCATION,
    AdaptiveLimiter,
    Chat,
    Completion,
    Location,
    MeteredChat,
    Prices,
    Prompt,
    ScriptedChat,
    resolve_chat,
)
from empa_graph.llm.answer import completion
from empa_graph.llm.faults import Call
from empa_graph.llm.prices import Price
from empa_graph.models.dialogue import Usage
from empa_graph.models.turn_record import ModelCall
from tests.stub_server import StubServer, failed, said, slow

HELLO = [Prompt(role="user", content="Hello?")]
PRICE = Price.model_validate({"tokens_in": 1e6, "tokens_out": 1e6, "as_of": "2025-01-01", "source": "a test"})
COUNTED = Completion(text="Hi.", model="m-1", finish_reason="stop", usage=Usage(tokens_in=2, tokens_out=1))


class MemoryMeter:
    """Keeps everything in memory; ``most`` requests are allowed."""

    def __init__(self, *, most: int = 1_000, pause: asyncio.Event | None = None) -> None:
        self.answers: dict[str, str] = {}
        self.calls: list[ModelCall] = []
        self.pause = pause
        self._most = most

    async def answered(self, key: str) -> str | None:
        return self.answers.get(key)

    async def keep(self, call: ModelCall, *, key: str | None = None, answer: str | None = None) -> None:
        if self.pause is not None:
            await self.pause.wait()
        self.calls.append(call)
        if key is not None and answer is not None:
            self.answers[key] = answer

    def allow(self, endpoint: str) -> None:
        if len([call for call in self.calls if not call.replayed]) >= self._most:
            raise SuspendedError("limit reached", limit="cost")


class PaidChat(ScriptedChat):
    """A scripted chat that stands for a service that is paid for."""

    endpoint = "https://host/v1"


def metered(chat: Chat, meter: MemoryMeter, *, at_once: int = 10, offline: bool = False) -> MeteredChat:
    prices = Prices({"m": PRICE})
    return MeteredChat(
        chat, role="empathic", meter=meter, limiter=AdaptiveLimiter(at_once), prices=prices, offline=offline
    )


@contextmanager
def at(episode: int = 0, repeat: int = 0, turn: int = 1) -> Iterator[None]:
    token = LOCATION.set(Location(episode, repeat, turn))
    try:
        yield
    finally:
        LOCATION.reset(token)


async def test_outside_a_run_a_chat_is_only_passed_on():
    meter, chat = MemoryMeter(most=0), PaidChat("m", ["Hi."])
    assert (await metered(chat, meter).complete(HELLO, seed=3)).text == "Hi."
    assert meter.calls == [] and chat.asked[0].seed == 3


async def test_an_answer_is_recorded_with_what_was_asked_and_what_it_cost():
    meter = MemoryMeter()
    with at(episode=4, repeat=1, turn=7):
        await metered(PaidChat("m", [COUNTED]), meter).complete(HELLO, seed=3)
    call = meter.calls[0]
    assert (call.episode, call.turn, call.role, call.model, call.endpoint) == (4, 7, "empathic", "m", "https://host/v1")
    assert (call.answered_by, call.finish_reason, call.attempt, call.cost) == ("m-1", "stop", 1, 3.0)
    assert call.parameters["seed"] == 3 and call.prompt_characters == 6 and not call.replayed


async def test_an_answer_is_kept_before_it_is_given():
    meter = MemoryMeter(pause=asyncio.Event())
    with at():
        asking = asyncio.create_task(metered(PaidChat("m", ["Hi."]), meter).complete(HELLO))
    for _ in range(20):
        await asyncio.sleep(0)
    assert not asking.done()
    assert meter.pause is not None
    meter.pause.set()
    assert (await asking).text == "Hi." and len(meter.answers) == 1


async def test_a_kept_answer_is_replayed_whole_and_costs_nothing():
    meter, chat = MemoryMeter(), PaidChat("m", [COUNTED])
    with at():
        first = await metered(chat, meter).complete(HELLO)
        second = await metered(chat, meter, offline=True).complete(HELLO)
    assert first == second and len(chat.asked) == 1
    assert (meter.calls[1].replayed, meter.calls[1].cost, meter.calls[1].latency) == (True, 0.0, 0.0)


async def test_repeats_do_not_share_an_answer():
    meter, chat = MemoryMeter(), PaidChat("m", ["one", "two"])
    texts = []
    for repeat in (0, 1, 0, 1):
        with at(repeat=repeat):
            texts.append((await metered(chat, meter).complete(HELLO)).text)
    assert texts == ["one", "two", "one", "two"]


async def test_equal_requests_at_the_same_time_are_asked_once():
    meter, chat = MemoryMeter(), PaidChat("m", ["Hi."])
    asked = metered(chat, meter)
    with at():
        done = await asyncio.gather(*(asked.complete(HELLO) for _ in range(5)))
    assert {answer.text for answer in done} == {"Hi."} and len(chat.asked) == 1
    assert [call.replayed for call in meter.calls] == [False, True, True, True, True]


async def test_offline_a_request_without_an_answer_fails_and_sends_nothing():
    meter, chat = MemoryMeter(), PaidChat("m", ["Hi."])
    with at(), pytest.raises(RunError) as caught:
        await metered(chat, meter, offline=True).complete(HELLO)
    assert (caught.value.kind, caught.value.blame, chat.asked, meter.calls) == ("not_cached", "us", [], [])


async def test_an_answer_that_cannot_be_read_is_a_failure_and_not_asked_again():
    meter, chat = MemoryMeter(), PaidChat("m", ["Hi."])
    with at():
        await metered(chat, meter).complete(HELLO)
        meter.answers = dict.fromkeys(meter.answers, '{"words": "Hi."}')
        with pytest.raises(RunError) as caught:
            await metered(chat, meter).complete(HELLO)
    assert caught.value.kind == "cache_unreadable" and len(chat.asked) == 1


async def test_a_failed_request_is_kept_with_its_kind_and_its_retry_is_numbered():
    meter, chat = MemoryMeter(), PaidChat("m", [TransientError("reset", kind="dropped"), COUNTED])
    asked = metered(chat, meter)
    with at():
        with pytest.raises(TransientError):
            await asked.complete(HELLO)
        await asked.complete(HELLO)
    assert [(c.attempt, c.failure, c.cost, c.usage is None) for c in meter.calls] == [
        (1, "dropped", None, True),
        (2, None, 3.0, False),
    ]
    assert len(meter.answers) == 1


async def test_an_unknown_price_or_count_is_an_unknown_cost():
    meter = MemoryMeter()
    with at():
        await metered(PaidChat("other", [COUNTED]), meter).complete(HELLO)
        await metered(PaidChat("m", ["uncounted"]), meter).complete(HELLO)
        await metered(ScriptedChat("m", ["free"]), meter).complete(HELLO)
    assert [call.cost for call in meter.calls] == [None, None, 0.0]


async def test_an_absurd_count_is_an_unknown_cost_and_never_a_negative_one():
    body = {"choices": [{"message": {"content": "Hi."}}], "usage": {"prompt_tokens": -5, "completion_tokens": 1e25}}
    answer = completion(json.dumps(body).encode(), Call("m", "https://host/v1"))
    meter = MemoryMeter()
    with at():
        found = await metered(PaidChat("m", [answer]), meter).complete(HELLO)
    assert (meter.calls[0].cost, meter.calls[0].usage) == (None, Usage())
    assert found.usage == Usage(note="prompt_tokens was -5; completion_tokens was 1e+25")


async def test_no_request_follows_a_limit_and_those_under_way_are_kept():
    """Behind the first answer a fourth request may start; behind the second none."""
    meter = MemoryMeter(most=2)
    async with StubServer(slow(0.05)) as stub:
        asked = metered(resolve_chat("m", base_url=stub.url), meter, at_once=3)
        with at():
            calls = [asked.complete(HELLO, seed=seed) for seed in range(9)]
            done = await asyncio.gather(*calls, return_exceptions=True)
        await asked.aclose()
    answered = sum(isinstance(each, Completion) for each in done)
    assert answered == stub.count == len(meter.answers) and 2 <= answered <= 4
    assert sum(isinstance(each, SuspendedError) for each in done) == 9 - answered


async def test_a_cancelled_request_is_kept_as_one():
    meter = MemoryMeter()
    async with StubServer(slow(30)) as stub:
        asked = metered(resolve_chat("m", base_url=stub.url), meter)
        with at():
            call = asyncio.create_task(asked.complete(HELLO))
        await stub.until(1)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await asked.aclose()
    assert [(call.failure, call.cost) for call in meter.calls] == [("cancelled", None)]


async def test_an_answer_on_its_way_to_the_store_survives_a_cancellation():
    meter = MemoryMeter(pause=asyncio.Event())
    with at():
        asking = asyncio.create_task(metered(PaidChat("m", ["Hi."]), meter).complete(HELLO))
    for _ in range(20):
        await asyncio.sleep(0)
    asking.cancel()
    await asyncio.sleep(0)
    assert meter.pause is not None
    meter.pause.set()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert len(meter.answers) == 1


async def test_a_refusal_of_the_service_slows_all_roles_that_share_the_limiter():
    meter, limiter = MemoryMeter(), AdaptiveLimiter(8)
    async with StubServer(failed(429, retry_after=0.01), said("Hi.")) as stub:
        asked = MeteredChat(
            resolve_chat("m", base_url=stub.url), role="judge", meter=meter, limiter=limiter, prices=Prices({})
        )
        with at(), pytest.raises(TransientError) as refused:
            await asked.complete(HELLO)
        assert (limiter.load().limited, refused.value.retry_after) == (1, 0.0), "the limiter waits, nobody else"
        with at():
            await asked.complete(HELLO)
        await asked.aclose()
    assert limiter.limit == 4 and [call.failure for call in meter.calls] == ["rate_limited", None]


async def test_records_hold_no_key_and_no_path(tmp_path: Path):
    meter = MemoryMeter()
    async with StubServer(failed(401, "bad key sk-secret")) as stub:
        asked = metered(resolve_chat("m", base_url=stub.url, api_key="sk-secret"), meter)
        with at(), pytest.raises(RunError):
            await asked.complete(HELLO)
        await asked.aclose()
    with at():
        await metered(ScriptedChat(f"local:{tmp_path}/m.gguf", [COUNTED]), meter).complete(HELLO)
    told = "".join(call.model_dump_json() for call in meter.calls)
    assert "sk-secret" not in told and str(tmp_path) not in told and "local:m.gguf" in told


class Mood(BaseModel):
    mood: str


async def test_schema_and_tools_reach_the_chat_and_have_answers_of_their_own():
    meter, chat = MemoryMeter(), PaidChat("m", ["plain", "schema", "tools"])
    asked = metered(chat, meter)
    with at():
        texts = [
            (await asked.complete(HELLO)).text,
            (await asked.complete(HELLO, schema=Mood)).text,
            (await asked.complete(HELLO, tools=[Mood])).text,
        ]
    assert texts == ["plain", "schema", "tools"]
    assert [(each.schema, each.tools) for each in chat.asked] == [(None, ()), (Mood, ()), (None, (Mood,))]
