"""Runs that reach a limit, are interrupted, or are replayed without a service."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import accumulate
from pathlib import Path

import pytest

from empa_graph.models.turn_record import ModelCall
from tests.command import empa
from tests.fault_proxy import FaultProxy, Settings, faults_in_thread
from tests.forked import PATIENCE, empa_started
from tests.model_runs import IN_FLIGHT, PLAY, calls, episodes, kept, totals

pytestmark = pytest.mark.slow
PRICE = "prices:\n  m: {tokens_in: 1000, tokens_out: 3000, as_of: 2025-01-01, source: a test}\n"


@pytest.fixture(scope="module")
def served() -> Iterator[FaultProxy]:
    with faults_in_thread() as proxy:
        yield proxy


@pytest.fixture
def proxy(served: FaultProxy) -> FaultProxy:
    """A service that has not been asked yet."""
    served.settings = Settings(latency=0.002)
    for counts in (served.asked, served.answered, served.faults):
        counts.clear()
    return served


@pytest.fixture(scope="module")
def prices(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("prices") / "prices.yaml"
    file.write_text(PRICE)
    return file


@pytest.fixture(scope="module")
def played(served: FaultProxy, prices: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that was played to its end without a limit."""
    folder = tmp_path_factory.mktemp("played") / "run"
    assert empa("run", *PLAY, "--base-url", served.url, "--prices", prices, "--out", folder).code == 0
    return folder


Used = Callable[[ModelCall], float]


def cost(call: ModelCall) -> float:
    return call.cost or 0.0


def tokens(call: ModelCall) -> float:
    return (call.usage.tokens_in or 0) + (call.usage.tokens_out or 0) if call.usage else 0


@pytest.mark.parametrize(("option", "used"), [("--max-cost", cost), ("--max-run-tokens", tokens)])
def test_a_limit_is_passed_by_the_calls_in_flight_at_most_and_a_higher_one_lets_the_run_go_on(
    option: str, used: Used, proxy: FaultProxy, prices: Path, played: Path, tmp_path: Path
):
    words = ["run", *PLAY, "--base-url", proxy.url, "--prices", prices, "--out"]
    whole = calls(played)
    limit = sum(map(used, whole)) / 2 if option == "--max-cost" else int(sum(map(used, whole)) / 2)
    folder = tmp_path / "run"
    assert empa(*words, folder, option, limit).code == 3
    sums = list(accumulate(map(used, calls(folder))))
    assert limit <= sums[-1] and sum(each >= limit for each in sums) <= IN_FLIGHT
    assert empa("resume", folder, option, limit).code == 3
    assert len(calls(folder)) == len(sums)
    assert empa("resume", folder, option, 3 * limit).code == 0
    assert kept(folder) == kept(played)
    assert sum(map(used, calls(folder))) == pytest.approx(sum(map(used, whole)))
    assert totals(folder).cost == pytest.approx(sum(map(cost, whole))) and totals(folder).unpriced == 0


def test_a_limit_of_cost_needs_a_price(proxy: FaultProxy, tmp_path: Path):
    done = empa("run", *PLAY, "--base-url", proxy.url, "--out", tmp_path / "run", "--max-cost", 1)
    assert done.code == 2 and "the price of 'm' is unknown" in done.err
    assert proxy.asked.total() == 0


@pytest.mark.usefixtures("played")  # the first run of a process spends a second on imports
def test_a_limit_of_time_suspends_a_run(proxy: FaultProxy, tmp_path: Path):
    folder = tmp_path / "run"
    proxy.settings = replace(proxy.settings, latency=0.2)
    assert empa("run", *PLAY, "--base-url", proxy.url, "--out", folder, "--max-minutes", 0.02).code == 3
    assert 0 < len(calls(folder)) < 50
    proxy.settings = replace(proxy.settings, latency=0.0)
    assert empa("resume", folder).code == 0


def test_a_limit_of_time_holds_while_a_service_lets_the_run_wait(proxy: FaultProxy, tmp_path: Path):
    folder = tmp_path / "run"
    proxy.settings = Settings(rates={"rate_limit": 1.0}, retry_after=2 * PATIENCE)
    words = ["run", *PLAY, "--base-url", proxy.url, "--out", folder, "--max-minutes", 0.02]
    assert empa_started(*words).ended().code == 3
    assert {call.failure for call in calls(folder)} == {"rate_limited"}
    proxy.settings = Settings()
    assert empa("resume", folder).code == 0


def test_one_ctrl_c_holds_while_a_service_lets_the_run_wait(proxy: FaultProxy, tmp_path: Path):
    folder = tmp_path / "run"
    proxy.settings = Settings(rates={"rate_limit": 1.0}, retry_after=2 * PATIENCE)
    child = empa_started("run", *PLAY, "--base-url", proxy.url, "--out", folder)
    child.until(lambda: proxy.faults.total() > 0)
    os.kill(child.pid, signal.SIGINT)
    assert child.ended().code == 3
    assert {call.failure for call in calls(folder)} == {"rate_limited"}


def test_a_token_limit_ends_each_episode_at_the_same_turn_suspended_or_not(proxy: FaultProxy, tmp_path: Path):
    words = ["run", *PLAY, "--base-url", proxy.url, "--out"]
    limit = ("--episode-tokens", 7_000)
    assert empa(*words, tmp_path / "whole", *limit).code == 1
    found = episodes(tmp_path / "whole")
    assert {episode.failure and episode.failure.kind for episode in found} == {"limit_tokens"}
    assert all(1 <= len(episode.latent.steps) <= 2 for episode in found)
    folder = tmp_path / "run"
    assert empa(*words, folder, *limit, "--max-run-tokens", 22_000).code == 3
    assert empa("resume", folder, *limit).code == 1
    assert kept(folder) == kept(tmp_path / "whole")


def test_an_episode_that_takes_too_long_fails(proxy: FaultProxy, tmp_path: Path):
    proxy.settings = replace(proxy.settings, latency=30.0)
    words = ["run", *PLAY, "--base-url", proxy.url, "--out", tmp_path / "run", "--episode-seconds", 0.05]
    assert empa(*words).code == 1
    failures = [episode.failure for episode in episodes(tmp_path / "run")]
    assert [failure and failure.kind for failure in failures] == ["limit_time"] * 6


def interrupted(words: list[object], proxy: FaultProxy, *, twice: bool = False) -> int:
    """Run ``words`` in a process of its own, send it SIGINT under way, and return its exit code."""
    child = empa_started(*words)
    child.until(lambda: len(proxy.answered) >= 12)
    if not twice:
        os.kill(child.pid, signal.SIGINT)
        return child.ended().code
    # What is asked from here on stays under way.
    asked = proxy.asked.total()
    proxy.settings = replace(proxy.settings, latency=30.0)
    child.until(lambda: proxy.asked.total() >= asked + IN_FLIGHT)
    os.kill(child.pid, signal.SIGINT)
    child.until(lambda: "once more to stop at once" in child.said("err"))
    os.kill(child.pid, signal.SIGINT)
    return child.ended().code


def test_one_ctrl_c_waits_for_what_is_in_flight_and_suspends_the_run(played: Path, proxy: FaultProxy, tmp_path: Path):
    proxy.settings = replace(proxy.settings, latency=0.02)
    folder = tmp_path / "run"
    assert interrupted(["run", *PLAY, "--base-url", proxy.url, "--out", folder], proxy) == 3
    assert 12 <= len(calls(folder)) == proxy.asked.total() < 50
    assert empa("resume", folder).code == 0
    assert kept(folder) == kept(played)
    assert proxy.counts()["repeated"] == {}


def test_two_ctrl_c_wait_for_nothing_and_lose_nothing(proxy: FaultProxy, tmp_path: Path):
    folder = tmp_path / "run"
    proxy.settings = replace(proxy.settings, latency=0.02)
    assert interrupted(["run", *PLAY, "--base-url", proxy.url, "--out", folder], proxy, twice=True) not in (0, 3)
    assert [call.failure for call in calls(folder)].count("cancelled") >= 1
    proxy.settings = replace(proxy.settings, latency=0.0)
    assert empa("resume", folder).code == 0
    assert [episode.ending for episode in episodes(folder)] == ["max_turns"] * 6
    assert proxy.counts()["repeated"] == {}


def test_a_finished_run_is_replayed_from_its_own_answers_without_a_request(
    played: Path, proxy: FaultProxy, prices: Path, tmp_path: Path
):
    words = ["run", *PLAY, "--base-url", proxy.url, "--prices", prices, "--out", tmp_path / "again"]
    assert empa(*words, "--cache", played, "--offline").code == 0
    assert proxy.asked.total() == 0
    assert kept(tmp_path / "again") == kept(played)
    assert (totals(tmp_path / "again").calls, totals(tmp_path / "again").cost) == (0, 0.0)


def test_a_repeat_finds_no_answer_of_another_repeat(played: Path, proxy: FaultProxy, tmp_path: Path):
    words = ["run", *PLAY, "--base-url", proxy.url, "--out", tmp_path / "again"]
    assert empa(*words, "--repeats", 2, "--cache", played, "--offline").code == 1
    found = episodes(tmp_path / "again")
    assert [episode.ending for episode in found if episode.repeat == 0] == ["max_turns"] * 6
    assert {e.failure and e.failure.kind for e in found if e.repeat == 1} == {"not_cached"}
