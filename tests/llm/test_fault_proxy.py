from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from empa_graph.content.library import load_rubric
from empa_graph.episode.start import opening
from empa_graph.errors import ProviderError, TransientError
from empa_graph.llm import AdaptiveLimiter, Chat, ChatParameters, Completion, MeteredChat, Prices, Prompt, resolve_chat
from empa_graph.models.persona import Scenario
from empa_graph.models.rubric import Rubric
from empa_graph.roles.director.model import choice
from empa_graph.roles.director.tools import TOOLS, Wait
from empa_graph.roles.evaluator.judge import JudgeEvaluator
from tests.fault_proxy import KINDS, FaultProxy, Settings, faults_in_thread, fingerprint, spread
from tests.llm.test_metered import MemoryMeter, at
from tests.roles.judging import EPM_SCENARIO
from tests.scripted_parts import SCENARIO, exchange, shown

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
REPLY = "You were moved without a word, and that stings. What would you want them to know?"
SDT = load_rubric("sdt")


def ask(text: str = "Hello?") -> list[Prompt]:
    return [Prompt(role="system", content="Be kind."), Prompt(role="user", content=text)]


def chat_to(proxy: FaultProxy, timeout: float = 30.0) -> Chat:
    parameters = ChatParameters(timeout=timeout, connect_timeout=timeout)
    return resolve_chat("openai:stub-model", base_url=proxy.url, parameters=parameters)


async def all_of(chat: Chat, count: int = 1, **given: object) -> list[Completion | BaseException]:
    calls = [chat.complete(ask(f"Hello {number}?"), **given) for number in range(count)]  # type: ignore[arg-type]
    try:
        return await asyncio.gather(*calls, return_exceptions=True)
    finally:
        await chat.aclose()


def once(kind: str, *, timeout: float = 30.0, drip: float = 0.05, **given: object) -> Completion | BaseException:
    """Return what our client makes of the fault ``kind``."""
    with faults_in_thread(rates={kind: 1.0}, drip=drip) as proxy:
        found = asyncio.run(all_of(chat_to(proxy, timeout), **given))[0]
        assert proxy.faults == {kind: 1}
        return found


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("server_error", "server_error"),
        ("rate_limit", "rate_limited"),
        ("hang", "timeout"),
        ("drop", "dropped"),
        ("half", "dropped"),
        ("drip", "timeout"),
    ],
)
def test_a_fault_of_the_wire_is_an_error_worth_another_try(kind: str, error: str):
    found = once(kind, timeout=0.15 if error == "timeout" else 30.0)
    assert isinstance(found, TransientError) and found.kind == error
    assert found.retry_after == (1.0 if kind == "rate_limit" else 0.0)


def test_a_drip_that_ends_in_time_is_an_answer():
    found = once("drip", drip=0.001)
    assert isinstance(found, Completion) and found.text


@pytest.mark.parametrize(("kind", "told"), [("no_choices", "bad_answer"), ("null_content", "no_content")])
def test_an_answer_that_is_none_is_a_fault_of_the_provider(kind: str, told: str):
    found = once(kind)
    assert isinstance(found, ProviderError) and not isinstance(found, TransientError)
    assert (found.kind, found.blame) == (told, "provider")


def test_an_answer_that_was_filtered_away_is_a_refusal():
    found = once("content_filter")
    assert isinstance(found, ProviderError) and found.kind == "refused"
    assert found.usage is not None and found.usage.tokens_in


def test_a_wrong_model_name_is_the_servers_word():
    found = once("wrong_model")
    assert isinstance(found, Completion) and found.model == "another-model" and found.text


@contextmanager
def judged_at(rates: dict[str, float], rubric: Rubric) -> Iterator[JudgeEvaluator]:
    with faults_in_thread(rates=rates) as proxy:
        yield JudgeEvaluator(chat_to(proxy), rubric)


@pytest.mark.parametrize(("name", "scenario"), [("sdt", SCENARIO), ("epm", EPM_SCENARIO)], ids=["sdt", "epm"])
def test_a_judge_gets_a_judgement_that_stands(name: str, scenario: Scenario):
    rubric = load_rubric(name)
    with judged_at({}, rubric) as judge:
        step = asyncio.run(judge(shown(exchange(REPLY), opening(rubric, scenario), scenario)))["latent"]
    assert step.failure is None and step.assessment is not None and not step.assessment.repaired
    assert any(item.progress or item.regress for item in step.assessment.items)


@pytest.mark.parametrize(
    ("kind", "failure"),
    [
        ("malformed", "judge_invalid"),
        ("truncated", "judge_truncated"),
        ("out_of_range", "judge_invalid"),
        ("content_filter", "judge_refused"),
    ],
)
def test_a_spoilt_judgement_is_a_failure_and_no_number(kind: str, failure: str):
    with judged_at({kind: 1.0}, SDT) as judge:
        step = asyncio.run(judge(shown(exchange(REPLY), None, SCENARIO)))["latent"]
    assert step.failure is not None and (step.failure.kind, step.increment) == (failure, None)


def test_faults_of_a_judgement_leave_plain_answers_alone():
    with faults_in_thread(rates={"malformed": 1.0}) as proxy:
        found = asyncio.run(all_of(chat_to(proxy), 3))
        assert proxy.counts()["faults"] == {} and all(isinstance(each, Completion) for each in found)


def test_a_director_is_answered_by_a_tool_and_by_a_schema():
    with faults_in_thread() as proxy:
        called = asyncio.run(all_of(chat_to(proxy), tools=tuple(TOOLS.values())))[0]
        chosen = asyncio.run(all_of(chat_to(proxy), schema=choice(tuple(TOOLS.values()))))[0]
    assert isinstance(called, Completion) and isinstance(chosen, Completion)
    assert called.calls[0].name == "wait" and Wait.model_validate_json(called.calls[0].arguments)
    assert json.loads(chosen.text)["call"]["tool"] == "wait"


def test_answers_vary_with_the_prompt_and_are_the_same_in_every_run():
    found = []
    for _ in range(2):
        with faults_in_thread(seed=5) as proxy:
            found.append(
                [each.text for each in asyncio.run(all_of(chat_to(proxy), 12)) if isinstance(each, Completion)]
            )
    assert found[0] == found[1] and len(set(found[0])) > 4


def outcomes(seed: int, rates: dict[str, float], count: int = 60) -> list[str]:
    with faults_in_thread(seed=seed, rates=rates) as proxy:
        done = asyncio.run(all_of(chat_to(proxy), count))
    return [each.kind if isinstance(each, ProviderError) else "answered" for each in done]


def test_faults_come_at_their_rate_and_the_same_way_for_a_seed():
    rates = {"drop": 0.1, "server_error": 0.2}
    first = outcomes(1, rates)
    counted = Counter(first)
    assert 2 <= counted["dropped"] <= 12 and 6 <= counted["server_error"] <= 20 and len(counted) == 3
    assert first == outcomes(1, rates) != outcomes(2, rates)


def test_all_faults_together_reach_their_total():
    draws = FaultProxy(Settings(seed=3, rates=spread(0.3)))
    found = [draws._drawn(group, str(i)) for group in ((KINDS[:6]), KINDS[6:]) for i in range(2_000)]
    assert set(found) == {None, *KINDS}
    assert 0.13 < sum(kind is not None for kind in found) / 4_000 < 0.17


def counted(proxy: FaultProxy, *, answers: int) -> dict[str, Any]:
    """Return the counts once so many ``answers`` are in: the proxy counts one once it is sent."""
    deadline = time.monotonic() + 10
    while proxy.counts()["answers"] < answers and time.monotonic() < deadline:
        time.sleep(0.01)
    return proxy.counts()


def test_a_retry_may_pass_and_only_full_answers_count():
    async def until_answered(chat: Chat) -> int:
        for tries in range(1, 60):
            found = (await all_of(chat))[0]
            if isinstance(found, Completion):
                return tries
        raise AssertionError("never answered")

    with faults_in_thread(seed=2, rates={"half": 0.6, "drop": 0.2}) as proxy:
        tries = asyncio.run(until_answered(chat_to(proxy)))
        counts = counted(proxy, answers=1)
    assert tries > 1 and counts["requests"] == tries
    assert counts["answers"] == 1 and counts["repeated"] == {}


def test_an_answer_given_twice_is_seen():
    with faults_in_thread() as proxy:
        for _ in range(2):
            asyncio.run(all_of(chat_to(proxy)))
        assert list(counted(proxy, answers=2)["repeated"].values()) == [2]


def test_a_request_given_up_is_neither_active_nor_answered():
    async def given_up(chat: Chat, proxy: FaultProxy) -> None:
        call = asyncio.create_task(chat.complete(ask()))
        await active(proxy, 1)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await active(proxy, 0)
        await chat.aclose()

    async def active(proxy: FaultProxy, count: int) -> None:
        async with asyncio.timeout(10):
            while proxy.active != count:
                await asyncio.sleep(0.002)

    with faults_in_thread(latency=20.0) as proxy:
        asyncio.run(given_up(chat_to(proxy), proxy))
        assert (proxy.active, proxy.counts()["requests"], proxy.counts()["answers"]) == (0, 1, 0)


def test_a_full_server_turns_requests_away_and_the_limiter_finds_its_capacity():
    async def run(proxy: FaultProxy) -> tuple[MemoryMeter, AdaptiveLimiter]:
        meter, limiter = MemoryMeter(), AdaptiveLimiter(32)
        asked = MeteredChat(chat_to(proxy), role="judge", meter=meter, limiter=limiter, prices=Prices({}))

        async def one(seed: int) -> None:
            while True:
                try:
                    await asked.complete(ask(), seed=seed)
                    return
                except TransientError:
                    continue

        with at():
            await asyncio.gather(*(one(seed) for seed in range(80)))
        await asked.aclose()
        return meter, limiter

    with faults_in_thread(capacity=6, latency=0.005, retry_after=0.01) as proxy:
        meter, limiter = asyncio.run(run(proxy))
        counts = counted(proxy, answers=80)
    assert counts["answers"] == len(meter.answers) == 80 and counts["repeated"] == {}
    assert limiter.load().limited == counts["faults"]["rate_limit"] == sum(bool(c.failure) for c in meter.calls)
    assert counts["faults"]["rate_limit"] < 80 and limiter.limit <= 2 * 6


def test_a_wrong_rate_is_refused():
    with pytest.raises(ValueError, match="unknown fault 'dropp'; known: server_error"):
        Settings(rates={"dropp": 0.1})
    with pytest.raises(ValueError, match="above 1 together"):
        Settings(rates={"drop": 0.6, "hang": 0.5})


def test_any_part_of_a_request_changes_its_fingerprint():
    body = {"model": "m", "messages": [{"role": "user", "content": "a"}], "seed": 1}
    assert fingerprint(body) == fingerprint(dict(reversed(body.items()))) != fingerprint({**body, "seed": 2})


def test_as_a_process_it_keeps_its_counts_while_clients_come_and_go():
    command = [sys.executable, "-m", "tests.fault_proxy", "--seed", "4", "--rate", "server_error=0.5"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            for _ in range(2):
                asyncio.run(all_of(resolve_chat("m", base_url=url), 20))
            with urllib.request.urlopen(url.removesuffix("/v1") + "/counts", timeout=10) as told:
                counts = json.loads(told.read())
        finally:
            process.terminate()
    assert counts["requests"] == 40 and counts["answers"] + counts["faults"]["server_error"] == 40
    assert 10 <= counts["faults"]["server_error"] <= 30
