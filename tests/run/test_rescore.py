from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from empa_graph.chats.transcripts import Transcript, transcripts
from empa_graph.content.library import find_scenarios, load_rubric
from empa_graph.errors import ProviderError, TransientError
from empa_graph.models.episode import Episode
from empa_graph.models.latent import Step
from empa_graph.roles.evaluator.asking import ATTEMPTS
from empa_graph.roles.evaluator.offline import CueEvaluator
from empa_graph.roles.views import EvaluatorView, EvaluatorWrite
from empa_graph.run.rescore import AHEAD, rescored, rescored_all

RUBRIC = load_rubric()


def chat(*said: tuple[str, object]) -> str:
    return json.dumps({"messages": [{"role": role, "content": content} for role, content in said]})


def read(folder: Path, *lines: str) -> list[Transcript]:
    file = folder / "chats.jsonl"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return transcripts(file)


class Judge:
    """Moves every dimension by 0.1 a turn, but raises the ``faults`` first, one a call."""

    def __init__(self, *faults: Exception | None) -> None:
        self.faults = list(faults)
        self.views: list[EvaluatorView] = []

    async def __call__(self, view: EvaluatorView) -> EvaluatorWrite:
        self.views.append(view)
        fault = self.faults.pop(0) if self.faults else None
        if fault is not None:
            raise fault
        return EvaluatorWrite(latent=Step(turn=len(view["latent"].steps) + 1, increment=(0.1,) * 4))


def three_turns(folder: Path) -> Transcript:
    return read(folder, chat(*[("user", "So."), ("assistant", "And then?")] * 3))[0]


async def test_the_evaluator_sees_the_conversation_grow_turn_by_turn(tmp_path: Path):
    judge = Judge()
    await rescored(three_turns(tmp_path), judge, RUBRIC)
    assert [len(view["messages"]) for view in judge.views] == [2, 4, 6]
    assert [len(view["latent"].steps) for view in judge.views] == [0, 1, 2]


async def test_without_a_scenario_the_path_starts_and_aims_at_the_rubrics_prior(tmp_path: Path):
    latent = (await rescored(three_turns(tmp_path), Judge(), RUBRIC)).latent
    assert latent.start == tuple(RUBRIC.prior_start.values())
    assert latent.target == tuple(RUBRIC.prior_target.values())
    assert latent.radius == RUBRIC.prior_radius


async def test_with_a_scenario_the_path_is_the_scenarios(tmp_path: Path):
    scenario = find_scenarios(["exam_student/reduce_stress"])[0]
    episode = await rescored(three_turns(tmp_path), Judge(), RUBRIC, scenario=scenario)
    assert episode.latent.start == tuple(scenario.goal.spaces["sdt"].start[name].value for name in RUBRIC.space.names)
    assert (episode.scenario, episode.conversation, episode.ending) == (scenario.id, "1", "recorded")


async def test_the_offline_evaluator_scores_a_saved_conversation_the_same_each_time(tmp_path: Path):
    one, two = [await rescored(three_turns(tmp_path), CueEvaluator(RUBRIC), RUBRIC) for _ in range(2)]
    assert one == two
    assert one.score is not None and one.score.coverage == 1.0


async def test_a_failing_evaluator_leaves_the_judged_turns_and_no_number(tmp_path: Path):
    judge = Judge(None, ProviderError("no such model", kind="model_not_found"))
    episode = await rescored(three_turns(tmp_path), judge, RUBRIC)
    assert (episode.ending, episode.score, episode.unscored) == ("failed", None, "model_not_found: no such model")
    assert episode.failure is not None and (episode.failure.turn, episode.failure.blame) == (2, "provider")
    assert len(episode.latent.steps) == 1


async def judged_with(folder: Path, *faults: Exception | None) -> tuple[Episode, list[float]]:
    """Return the episode of `three_turns` and the waits before further attempts, none of which is slept."""
    waits: list[float] = []

    async def pause(seconds: float) -> None:
        waits.append(seconds)

    return await rescored(three_turns(folder), Judge(*faults), RUBRIC, pause=pause), waits


STEP = Step(turn=1, increment=(0.1,) * 4)


@pytest.mark.parametrize(
    ("written", "kind", "told"),
    [
        (KeyError("lexicon"), "role_crashed", "KeyError"),
        (SystemExit(1), "role_crashed", "SystemExit"),
        (None, "role_error", "returned NoneType, not its write"),
        ({"latent": None}, "role_error", "something else than its write says to 'latent'"),
        ({"latent": STEP.model_copy(update={"turn": 7})}, "role_error", "step of turn 7 after 0 turns"),
        ({"latent": STEP.model_copy(update={"increment": (0.1,)})}, "role_error", "1 dimensions, the path has 4"),
        ({"latent": STEP.model_copy(update={"increment": (1e300,) * 4})}, "role_error", "an increment of 1e+300"),
    ],
)
async def test_what_an_evaluator_does_wrong_is_its_failure_and_no_crash(
    tmp_path: Path, written: object, kind: str, told: str
):
    async def wrong(view: EvaluatorView) -> EvaluatorWrite:
        if isinstance(written, BaseException):
            raise written
        return written  # type: ignore[return-value]

    episode = await rescored(three_turns(tmp_path), wrong, RUBRIC)
    assert episode.ending == "failed" and episode.score is None and episode.failure is not None
    assert (episode.failure.blame, episode.failure.kind, episode.failure.turn) == ("evaluator", kind, 1)
    assert told in episode.failure.detail and (episode.failure.trace is not None) == (kind == "role_crashed")


async def test_a_passing_fault_is_tried_again(tmp_path: Path):
    episode, waits = await judged_with(tmp_path, None, TransientError("busy", kind="rate_limited"))
    assert (waits, len(episode.latent.steps)) == ([0.5], 3)
    assert episode.failure is None and episode.score is not None


async def test_the_waits_double_and_none_follows_the_last_attempt(tmp_path: Path):
    episode, waits = await judged_with(tmp_path, *[TransientError("busy", kind="rate_limited")] * ATTEMPTS)
    assert waits == [0.5, 1.0, 2.0]
    assert episode.failure is not None and episode.unscored == "rate_limited: busy"


async def test_a_turn_starts_its_waits_anew(tmp_path: Path):
    busy = TransientError("busy")
    episode, waits = await judged_with(tmp_path, busy, busy, busy, None, busy)
    assert (waits, episode.failure) == ([0.5, 1.0, 2.0, 0.5], None)


async def test_the_service_s_own_wait_counts_when_it_is_longer_up_to_a_minute(tmp_path: Path):
    named = [TransientError("busy", retry_after=seconds) for seconds in (0.1, 7.0, 3600.0)]
    assert (await judged_with(tmp_path, *named))[1] == [0.5, 7.0, 60.0]


async def test_a_lasting_fault_is_not_tried_again(tmp_path: Path):
    episode, waits = await judged_with(tmp_path, ProviderError("no such model"))
    assert (waits, len(episode.latent.steps)) == ([], 0)


def several(folder: Path, count: int) -> list[Transcript]:
    return read(folder, *[chat(("user", "So."), ("assistant", "And then?"))] * count)


async def offline(transcript: Transcript) -> Episode:
    return await rescored(transcript, Judge(), RUBRIC)


def names(judged: list[Episode]) -> list[str]:
    return [episode.scenario.removeprefix("transcript:") for episode in judged]


async def test_what_ends_first_is_kept_behind_those_before_it(tmp_path: Path):
    last_ended, kept = asyncio.Event(), []

    async def first_ends_last(transcript: Transcript) -> Episode:
        if transcript.id == "1":
            await last_ended.wait()
        elif transcript.id == "5":
            last_ended.set()
        return await offline(transcript)

    await rescored_all(several(tmp_path, 5), first_ends_last, keep=kept.append, concurrency=2)
    assert names(kept) == ["1", "2", "3", "4", "5"]


async def test_no_more_end_ahead_of_a_slow_one_than_memory_may_hold(tmp_path: Path):
    begun, kept, stuck = [], [], asyncio.Event()

    async def first_is_slow(transcript: Transcript) -> Episode:
        begun.append(transcript.id)
        if transcript.id == "1":
            await stuck.wait()
        return await offline(transcript)

    count = 3 * AHEAD
    running = asyncio.create_task(
        rescored_all(several(tmp_path, count), first_is_slow, keep=kept.append, concurrency=2)
    )
    while len(begun) < AHEAD + 2:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    assert (len(begun), kept) == (AHEAD + 2, [])
    stuck.set()
    await running
    assert names(kept) == [str(number + 1) for number in range(count)]


async def test_no_more_are_judged_at_a_time_than_allowed(tmp_path: Path):
    flying, most = 0, 0

    async def counted(transcript: Transcript) -> Episode:
        nonlocal flying, most
        flying += 1
        most = max(most, flying)
        await asyncio.sleep(0)
        flying -= 1
        return await offline(transcript)

    await rescored_all(several(tmp_path, 9), counted, keep=lambda _: None, concurrency=3)
    assert most == 3


async def test_a_crash_keeps_every_conversation_that_has_ended(tmp_path: Path):
    kept: list[Episode] = []

    async def crashing(transcript: Transcript) -> Episode:
        if transcript.id == "2":
            await asyncio.Event().wait()
        if transcript.id == "4":
            raise RuntimeError("boom")
        return await offline(transcript)

    with pytest.raises(RuntimeError, match="boom"):
        await rescored_all(several(tmp_path, 9), crashing, keep=kept.append, concurrency=2)
    assert names(kept) == ["1", "3"]


async def test_an_interruption_keeps_every_conversation_that_has_ended(tmp_path: Path):
    kept: list[Episode] = []
    stuck = asyncio.Event()

    async def until_the_third(transcript: Transcript) -> Episode:
        if transcript.id == "3":
            stuck.set()
            await asyncio.Event().wait()
        return await offline(transcript)

    running = asyncio.create_task(rescored_all(several(tmp_path, 9), until_the_third, keep=kept.append, concurrency=1))
    await stuck.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert names(kept) == ["1", "2"]


async def test_what_cannot_be_kept_stops_the_reading(tmp_path: Path):
    judged: list[str] = []

    async def noted(transcript: Transcript) -> Episode:
        judged.append(transcript.id)
        return await offline(transcript)

    def full(_: Episode) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        await rescored_all(several(tmp_path, 9), noted, keep=full, concurrency=1)
    assert judged == ["1"]


async def test_a_saved_conversation_says_what_the_person_felt_or_why_not(tmp_path: Path):
    said = [("user", "My sister did not come and I am sad."), ("assistant", "That hurts. What happened?")]
    short, long = read(tmp_path, chat(*said), chat(*said * 3))
    found = [await rescored(each, CueEvaluator(RUBRIC), RUBRIC) for each in (short, long)]
    assert [(e.felt is None, e.felt_absent) for e in found] == [(True, "too_short"), (False, None)]
