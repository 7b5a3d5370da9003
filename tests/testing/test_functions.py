from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import numpy as np
import pytest

from empa_graph.content.registry import REGISTRY, registered
from empa_graph.errors import ProviderError
from empa_graph.llm import resolve_chat
from empa_graph.llm.scripted import ScriptedChat
from empa_graph.models.episode import Episode
from empa_graph.report.summary import measured
from empa_graph.testing import CheckError, check_chat, check_executor, check_metric
from tests.records import episode as small

Play = Callable[[int], Awaitable[None]]


def faults(check: Callable[..., None], thing: Any, **options: Any) -> tuple[str, ...]:
    with pytest.raises(CheckError) as caught:
        check(thing, **options)
    return caught.value.faults


def longest_reply(episode: Episode) -> float | None:
    said = [len(m.content) for m in episode.messages if m.speaker == "empathic"]
    return float(max(said)) if said else None


@pytest.mark.parametrize("kind", [np.float32, np.int64])
def test_a_metric_that_gives_a_number_of_numpy_is_sound(kind: Callable[[float], Any]):
    def measure(episode: Episode) -> Any:
        return kind(2) if episode.messages else None

    check_metric(measure)
    with REGISTRY.scratch():
        registered("metric", "numpy_words")(measure)
        assert type(measured("numpy_words", small())) is float


def test_a_sound_metric_passes():
    check_metric(longest_reply)


@pytest.mark.parametrize(
    ("metric", "said"),
    [
        (lambda e: float(len(e.messages)), "failed episode: it gave 0.0 where nothing was said, allowed is None"),
        (lambda e: float("nan"), "scored episode: it gave 'nan', allowed is a finite number or None"),
        (lambda e: "much", "it gave 'much'"),
        (lambda e: e.score.composite, "failed episode: AttributeError"),
        (lambda e: random.random() if e.score else None, "for the same episode"),
    ],
)
def test_a_metric_that_cannot_be_trusted_is_a_fault(metric: Any, said: str):
    assert any(said in fault for fault in faults(check_metric, metric))


async def one_by_one(play: Play, plan: Iterable[int], concurrency: int) -> None:
    for item in plan:
        await play(item)


async def all_at_once(play: Play, plan: Iterable[int], concurrency: int) -> None:
    await asyncio.gather(*map(play, plan), return_exceptions=True)


async def first_only(play: Play, plan: Iterable[int], concurrency: int) -> None:
    await play(next(iter(plan)))


def test_a_sound_executor_passes():
    check_executor(one_by_one)


def test_an_executor_that_crowds_and_hides_errors_is_told_both():
    found = faults(check_executor, all_at_once)
    assert "7 episodes at a time, allowed are 3" in found
    assert "an error of an episode came out as None, not as it is" in found
    assert "it went on to the end behind an error" in found


def test_an_executor_that_leaves_episodes_out_is_told_which_it_played():
    assert "of items 0 to 6 it played [0]" in faults(check_executor, first_only)


def test_a_sound_chat_passes():
    down = ScriptedChat("mine:small", [ProviderError("refused", kind="unreachable")])
    check_chat(ScriptedChat("mine:small", ["Yes."], cycle=True), failing=down)


def test_a_real_client_with_nothing_behind_it_fails_as_it_should():
    down = resolve_chat("m", base_url="http://127.0.0.1:9/v1")
    check_chat(ScriptedChat("mine:small", ["Yes."], cycle=True), failing=down)


def test_a_chat_that_may_know_no_tools():
    answers = ["Yes.", "Yes.", ProviderError("no tools", kind="tools_unsupported"), "Yes."]
    check_chat(ScriptedChat("mine:small", answers))
    answers = [ProviderError("no tools", kind="tools_unsupported"), *answers[:1] * 3]
    assert "a plain request: ProviderError: no tools" in faults(check_chat, ScriptedChat("mine:small", answers))


class Parsing(ScriptedChat):
    """A chat that parses what it should hand on, with a password in its place."""

    endpoint = "https://me:secret@host"

    async def complete(self, prompts: Any, **options: Any) -> Any:
        return {"reply": "Yes."}


def test_every_fault_of_a_chat_is_listed():
    found = faults(check_chat, Parsing("", []), failing=ScriptedChat("up", ["I am up."]))
    assert "name is empty" in found
    assert any(fault.startswith("endpoint holds '@'") for fault in found)
    assert "a request with a schema: it gave dict, not a Completion" in found
    assert "a service that is down: it gave an answer" in found
    assert "secret" not in "".join(found)
