"""Runs against a service that fails in every way there is, and one whose judge is away for a time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from empa_graph.content.library import find_scenarios, load_rubric
from empa_graph.llm import Chat, Limiters, MeteredChat, load_prices, resolve_chat
from empa_graph.models.episode import Episode, Score
from empa_graph.models.rubric import with_max_turns
from empa_graph.models.run import Run, planned
from empa_graph.report.summary import summarise
from empa_graph.roles.make import make_roles
from empa_graph.roles.run_roles import Patience
from empa_graph.run.meter import RunMeter
from empa_graph.run.schedule import run_async
from empa_graph.run.session import RunStore
from empa_graph.store.folder import folder_url
from empa_graph.store.ledger import Store
from tests.command import empa
from tests.fault_proxy import KINDS, FaultProxy, faults_in_thread, spread
from tests.model_runs import JUDGED, PLAY, episodes, kept
from tests.records import config, run

pytestmark = pytest.mark.slow
VARIANTS = ("baseline", "aligned")
TIMEOUT = 0.1
SCENARIOS = find_scenarios(["exam_student"])
RUBRIC = with_max_turns(load_rubric(), 3)
ONCE = ("--retries", 0)
NO_HANG = {kind: rate for kind, rate in spread(0.3).items() if kind != "hang"}


async def played(proxy: FaultProxy, store: Store) -> None:
    """Play the run of ``store`` with chats that wait for `TIMEOUT` only."""
    limiters, prices = Limiters(100), load_prices()
    turn_store = RunStore(store)
    meter = RunMeter(turn_store)

    def impatient(chat: Chat, role: str) -> Chat:
        parameters = chat.parameters.model_copy(update={"timeout": TIMEOUT, "connect_timeout": TIMEOUT})
        asked = resolve_chat(chat.name, base_url=proxy.url, parameters=parameters)
        return MeteredChat(asked, role=role, meter=meter, limiter=limiters.of(asked.endpoint), prices=prices)

    asked = config(empathic="m", voice="m", evaluator="judge", judges=("m",), director="m", base_url=proxy.url)
    seats = replace(make_roles(asked, RUBRIC, wrap=impatient), patience=Patience(wait=0.0))
    assert await run_async(store.run, SCENARIOS, seats, RUBRIC, turn_store=turn_store, meter=meter) is None
    await turn_store.aclose()


def manifest(*variants: str, repeats: int = 1) -> Run:
    plan = planned(SCENARIOS, variants, repeats=repeats, seed=0)
    return run(*variants, plan=plan, repeats=repeats, concurrency=len(plan), evaluator="judge", max_turns=3)


def assert_sound(store: Store) -> None:
    """Every planned episode has a score built on its judgements alone, or none and the cause."""
    found = dict(store.numbered())
    assert sorted(found) == list(range(len(store.run.plan)))
    for episode in found.values():
        assert_judgements(episode)
        if episode.score is None:
            assert episode.unscored
            assert episode.failure is not None or not episode.latent.judged
        else:
            assert episode.failure is None and episode.score.coverage == share_judged(episode) > 0
    summary = summarise(store.run, found.values())
    for variant in summary.variants:
        assert variant.scored + sum(variant.failed.values()) == variant.planned


def assert_judgements(episode: Episode) -> None:
    path = [episode.latent.start]
    for step in episode.latent.steps:
        assert (step.increment is None) == (step.failure is not None)
        if step.increment is not None:
            assert step.assessment is not None
            assert tuple(item.dimension for item in step.assessment.items) == RUBRIC.space.names
            path.append(tuple(a + b for a, b in zip(path[-1], step.increment, strict=True)))
    assert episode.latent.positions[-1] == pytest.approx(path[-1]) and len(episode.latent.positions) == len(path)


def assert_counted(store: Store, proxy: FaultProxy) -> None:
    """Every request that the service got is kept; one that is kept and never came there was given up on its way."""
    unsent = store.totals().calls - proxy.asked.total()
    assert 0 <= unsent <= sum(call.failure == "timeout" for call in store.calls())


def share_judged(episode: Episode) -> float:
    steps = episode.latent.steps
    return sum(step.assessment is not None for step in steps) / len(steps)


@pytest.mark.parametrize("kind", KINDS)
async def test_with_one_kind_of_fault_every_episode_is_scored_or_failed_with_its_cause(kind: str, tmp_path: Path):
    given = {"rates": {kind: 0.2}, "retry_after": 0.02, "drip": 0.05, "seed": 5}
    with faults_in_thread(**given) as proxy, Store.create(folder_url(tmp_path), manifest("baseline")) as store:
        await played(proxy, store)
        assert proxy.faults[kind] > 0
        answered = [call.failure is None for call in store.calls()]
        assert sum(answered) > len(answered) / 2
        assert_sound(store)
        assert_counted(store, proxy)
        assert store.verify().faults == ()


async def test_with_all_faults_at_once_every_episode_is_scored_or_failed_with_its_cause(tmp_path: Path):
    scores: list[Score | None] = []
    seen: set[str] = set()
    for seed in range(9, 21):
        folder = tmp_path / str(seed)
        given = {"rates": spread(0.3), "retry_after": 0.02, "drip": 0.05, "seed": seed}
        whole = manifest(*VARIANTS, repeats=3)
        with faults_in_thread(**given) as proxy, Store.create(folder_url(folder), whole) as store:
            await played(proxy, store)
            seen |= set(proxy.faults)
            assert_sound(store)
            assert_counted(store, proxy)
            scores += [episode.score for episode in store.episodes()]
        partly = any(score is not None and score.coverage < 1 for score in scores)
        if seen == set(KINDS) and None in scores and partly:
            return
    pytest.fail("the seeds left a fault unseen, or no episode without a score or with a missing judgement")


async def test_a_turn_without_a_judgement_is_left_out_of_the_score_and_seen_in_its_coverage(tmp_path: Path):
    rates = {"malformed": 0.5}
    with faults_in_thread(rates=rates) as proxy, Store.create(folder_url(tmp_path), manifest(*VARIANTS)) as store:
        await played(proxy, store)
        assert_sound(store)
        coverages = {episode.score and episode.score.coverage for episode in store.episodes()}
        assert len(coverages) > 1 and coverages <= {None, 1 / 3, 2 / 3, 1.0}


def test_the_exit_code_says_whether_more_failed_than_may(tmp_path: Path):
    told = set()
    for seed in range(3, 9):
        if told == {(0.0, 1), (1.0, 0)}:
            return
        told |= _exit_codes(tmp_path / str(seed), seed)
    assert told == {(0.0, 1), (1.0, 0)}


def _exit_codes(place: Path, seed: int) -> set[tuple[float, int]]:
    """Return the share that may fail with the exit code, for runs in which some episodes failed and some did not."""
    told = set()
    with faults_in_thread(rates=NO_HANG, retry_after=0.02, drip=0.0001, seed=seed) as proxy:
        for most in (0.0, 1.0):
            folder = place / str(most)
            done = empa("run", *PLAY, "--base-url", proxy.url, "--out", folder, "--max-failed", most, *ONCE, "--json")
            failed = sum(sum(variant["failed"].values()) for variant in done.rows[-1]["variants"])
            assert len(episodes(folder)) == 6
            assert done.code == int(failed / 6 > most)
            told |= {(most, done.code)} if 0 < failed < 6 else set()
    return told


def test_an_outage_of_the_judge_pauses_the_run_and_it_goes_on_when_the_judge_is_back(tmp_path: Path):
    folder = tmp_path / "run"
    with faults_in_thread(rates={"server_error": 1.0}) as proxy:
        words = [*JUDGED, "--empathic", "scripted:template", "--base-url", proxy.url, "--out", folder]
        done = empa("run", *words, "--on-judge-outage", "pause", *ONCE, "--json")
        assert (done.code, kept(folder)) == (3, {})
        assert "the judge is out of reach" in done.rows[-1]["stopped"]
        proxy.settings = replace(proxy.settings, rates={})
        assert empa("resume", folder, "--on-judge-outage", "pause").code == 0
    assert [episode.ending for episode in episodes(folder)] == ["max_turns"] * 3


def test_an_outage_of_the_judge_fails_the_episodes_otherwise(tmp_path: Path):
    folder = tmp_path / "run"
    with faults_in_thread(rates={"server_error": 1.0}) as proxy:
        words = [*JUDGED, "--empathic", "scripted:template", "--base-url", proxy.url, "--out", folder]
        assert empa("run", *words, *ONCE).code == 1
    failures = [episode.failure for episode in episodes(folder)]
    assert [(f.kind, f.blame, f.seat) for f in failures if f] == [("server_error", "provider", "evaluator")] * 3
