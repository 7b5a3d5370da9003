"""Conversations in which the caller sits in the agent's seat, without the protocol around them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from empa_graph import play_async
from empa_graph.errors import NotFoundError, SuspendedError, UsageError
from empa_graph.mcp_server import desk as desks
from empa_graph.mcp_server.desk import Desk
from empa_graph.models.config import Keys, RunConfig
from tests.command import SCENARIO
from tests.sensible_answers import message_for
from tests.stub_server import StubServer, said

REPLY = "Organic chemistry on Thursday, and the same page over and over. No wonder you are tired. What is hardest?"
SHORT = RunConfig(suite={"max_turns": 3})


@asynccontextmanager
async def desk(config: RunConfig = SHORT, **more: object) -> AsyncIterator[Desk]:
    made = Desk(config, **more)  # type: ignore[arg-type]
    try:
        yield made
    finally:
        await made.aclose()


async def test_a_conversation_is_the_episode_that_play_gives():
    async with desk() as held:
        number, heard = await held.start(SCENARIO, seed=7)
        words, conversation = [], held.held(number)[0]
        while heard is not None:
            words.append(heard.text)
            heard = await conversation.replied(f"{REPLY} ({heard.turn})")
        episode = conversation.episode
    turns = iter(range(1, 4))
    same = await play_async(SCENARIO, lambda messages: f"{REPLY} ({next(turns)})", seed=7, max_turns=3)
    assert words == [message.content for message in same.messages if message.speaker == "persona"]
    assert (episode.latent, episode.score, episode.support) == (same.latent, same.score, same.support)
    assert episode.score is not None and episode.ending == "max_turns"


async def test_the_seed_chooses_the_first_words():
    async with desk() as held:
        firsts = {(await held.start(SCENARIO, seed=seed))[1].text for seed in range(8)}  # type: ignore[union-attr]
    assert len(firsts) > 1


async def test_nothing_is_told_of_a_conversation_before_its_end_and_nothing_said_behind_it():
    async with desk(RunConfig(suite={"max_turns": 1})) as held:
        number, _ = await held.start(SCENARIO, seed=0)
        conversation = held.held(number)[0]
        with pytest.raises(UsageError, match="has not ended"):
            _ = conversation.episode
        assert await conversation.replied(REPLY) is None
        with pytest.raises(UsageError, match="has ended"):
            await conversation.replied(REPLY)


async def test_words_that_a_given_up_request_never_got_are_handed_over_first():
    async with desk() as held:
        number, _ = await held.start(SCENARIO, seed=0)
        conversation = held.held(number)[0]
        given_up = asyncio.create_task(conversation.replied(REPLY))
        for _ in range(5):  # the reply is in, and the person has not answered yet
            await asyncio.sleep(0)
        with pytest.raises(UsageError, match="still being answered"):
            await conversation.replied(REPLY)
        given_up.cancel()
        await asyncio.wait({given_up})
        with pytest.raises(UsageError, match=r"not taken: you have not heard the person's last words yet: \S"):
            await conversation.replied(REPLY)
        heard = await conversation.replied(REPLY)
        assert heard is not None and heard.turn == 3


async def test_open_conversations_are_bounded_and_an_idle_one_gives_way(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(desks, "MOST_OPEN", 2)
    now = [0.0]
    async with desk(clock=lambda: now[0]) as held:
        first, _ = await held.start(SCENARIO, seed=0)
        await held.start(SCENARIO, seed=0)
        with pytest.raises(UsageError, match="2 conversations go on, and no more may"):
            await held.start(SCENARIO, seed=0)
        now[0] = desks.IDLE
        await held.start(SCENARIO, seed=0)
        with pytest.raises(UsageError, match=f"no conversation '{first}'"):
            held.held(first)


async def test_of_those_that_have_ended_the_oldest_is_forgotten(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(desks, "MOST_KEPT", 2)
    async with desk(RunConfig(suite={"max_turns": 1})) as held:
        numbers = []
        for _ in range(3):
            numbers.append((await held.start(SCENARIO, seed=0))[0])
            await held.held(numbers[-1])[0].replied(REPLY)
        assert held.held(numbers[1])[0].ended and held.held(numbers[2])[0].ended
        with pytest.raises(UsageError, match="no conversation"):
            held.held(numbers[0])


async def test_a_pattern_or_a_path_is_no_scenario():
    async with desk() as held:
        for name in ("all", "exam*", "exam_student", "../personas/exam_student.yaml"):
            with pytest.raises(NotFoundError, match="unknown scenario"):
                await held.start(name, seed=0)


JUDGED = {"name": "judge", "judges": ["m"]}


def test_a_model_without_a_limit_of_cost_is_refused():
    config = RunConfig(evaluator={**JUDGED, "judge_base_url": "http://127.0.0.1:1/v1"})
    with pytest.raises(
        UsageError, match="--max-cost: say what all conversations may cost together, since 'm' is asked"
    ):
        Desk(config, keys=Keys(judge_api_key="sk-1"))


@pytest.mark.parametrize(("dollars", "turns"), [("0.5", 1), ("1000", 3)])
async def test_the_limit_of_cost_holds_over_all_conversations(tmp_path: Path, dollars: str, turns: int):
    prices = tmp_path / "prices.yaml"
    prices.write_text("prices:\n  m: {tokens_in: 100000, tokens_out: 3000, as_of: 2025-01-01, source: a test}\n")
    async with StubServer(choose=lambda body: said(message_for(body, "m")["content"])) as stub:
        config = RunConfig(
            evaluator={**JUDGED, "judge_base_url": stub.url},
            suite={"max_turns": 3},
            limits={"run_cost": float(dollars)},
            store={"prices": prices},
        )
        async with desk(config, keys=Keys(judge_api_key="sk-1")) as held:
            numbers = [(await held.start(SCENARIO, seed=0))[0] for _ in range(2)]
            first, second = (held.held(number)[0] for number in numbers)
            if dollars == "1000":
                while await first.replied(REPLY) is not None:
                    pass
                assert first.episode.score is not None and len(stub.requests) == turns
                return
            for one in (first, first, second):
                with pytest.raises(SuspendedError, match="limit reached"):
                    await one.replied(REPLY)
        assert len(stub.requests) == turns
