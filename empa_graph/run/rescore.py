"""Score saved conversations: the evaluator reads them turn by turn, nothing is simulated."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable

from empa_graph.chats.transcripts import Transcript
from empa_graph.episode.score import scored
from empa_graph.episode.start import opening
from empa_graph.errors import RunError
from empa_graph.models.episode import Episode
from empa_graph.models.failure import Failure
from empa_graph.models.latent import LatentState
from empa_graph.models.persona import Scenario
from empa_graph.models.rubric import Rubric
from empa_graph.roles.calling import failure_of, judged
from empa_graph.roles.evaluator.asking import ATTEMPTS, Pause, asked_again
from empa_graph.roles.evaluator.offline import CueEvaluator, left_unread, missing
from empa_graph.roles.evaluator.support import felt_of, support_of, supporting
from empa_graph.roles.views import Closing, EvaluatorRole, EvaluatorView, EvaluatorWrite

CONCURRENCY = 4
"""Conversations judged at a time."""
AHEAD = 64
"""Conversations that may have ended before one that began earlier; beyond, none is begun."""


async def rescored_all(
    said: Iterable[Transcript] | AsyncIterable[Transcript],
    judge: Callable[[Transcript], Awaitable[Episode]],
    *,
    keep: Callable[[Episode], None],
    concurrency: int = CONCURRENCY,
) -> None:
    """Let ``judge`` read ``concurrency`` conversations at a time, each taken from ``said`` when its turn comes.

    ``keep`` gets each episode in that order as soon as all before it have ended; when the reading is stopped or
    ``judge`` raises, it still gets every other one that has ended.
    """
    waiting = _enumerated(said)
    taking, ahead = asyncio.Lock(), asyncio.Semaphore(concurrency + AHEAD)
    ended: dict[int, Episode] = {}
    kept = 0

    async def reader() -> None:
        nonlocal kept
        while True:
            await ahead.acquire()
            try:
                async with taking:
                    place, transcript = await anext(waiting)
            except StopAsyncIteration:
                ahead.release()
                return
            ended[place] = await judge(transcript)
            while kept in ended:
                episode, kept = ended.pop(kept), kept + 1
                keep(episode)
                ahead.release()
            await asyncio.sleep(0)  # an evaluator that never waits would hold off Ctrl-C to the end

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(concurrency):
                group.create_task(reader())
    except ExceptionGroup as several:
        raise several.exceptions[0] from None
    finally:
        for place in sorted(ended):
            keep(ended.pop(place))


async def _enumerated(said: Iterable[Transcript] | AsyncIterable[Transcript]) -> AsyncIterator[tuple[int, Transcript]]:
    """Yield conversations with their places, from 0."""
    place = 0
    if isinstance(said, AsyncIterable):
        async for transcript in said:
            yield place, transcript
            place += 1
        return
    for found in enumerate(said):
        yield found


async def rescored(
    transcript: Transcript,
    evaluator: EvaluatorRole,
    rubric: Rubric,
    *,
    scenario: Scenario | None = None,
    evaluator_name: str = "cues",
    profile: str = "balanced",
    pause: Pause = asyncio.sleep,
    attempts: int = ATTEMPTS,
) -> Episode:
    """Judge every answered turn of ``transcript`` and score the path.

    Without a scenario the path starts and aims at the rubric's stated prior. An evaluator that does not judge every
    turn judges what is left at the end. A passing fault is tried again after a ``pause`` of seconds, ``attempts`` times
    in all at most; when the evaluator fails, the episode ends unscored with that failure.
    """
    ask = functools.partial(asked_again, pause=pause, attempts=attempts)
    latent, failure = await _path(transcript, evaluator, opening(rubric, scenario), scenario, ask)
    result = scored(latent, rubric.stop, profile)
    support = None if left_unread(latent) else support_of(transcript.messages, supporting(evaluator))
    felt = felt_of(transcript.messages, support, own_words=True)
    return Episode(
        scenario=scenario.id if scenario else f"transcript:{transcript.id}",
        conversation=transcript.id,
        agent="transcript",
        variant="recorded",
        evaluator=evaluator_name,
        rubric=rubric.id,
        voice="recorded",
        repeat=0,
        seed=0,
        messages=transcript.messages,
        latent=latent,
        persona_state=None,
        ending="failed" if failure else "recorded",
        score=None if failure else result.score,
        support=support,
        felt=felt.value,
        felt_absent=felt.cause,
        unscored=f"{failure.kind}: {failure.detail}" if failure else result.unscored,
        failure=failure,
        faults=tuple(step.failure for step in latent.steps if step.failure is not None),
    )


Ask = Callable[[EvaluatorRole, EvaluatorView], Awaitable[EvaluatorWrite]]


async def _path(
    transcript: Transcript, evaluator: EvaluatorRole, latent: LatentState, scenario: Scenario | None, ask: Ask
) -> tuple[LatentState, Failure | None]:
    # Known whole, a conversation is told to be in another language from its first turn on.
    unread = evaluator.unread(scenario, transcript.messages) if isinstance(evaluator, CueEvaluator) else ""
    for turn in range(1, transcript.turns + 1):
        if unread:
            latent = latent.extended(missing(turn, unread))
            continue
        seen = [message for message in transcript.messages if message.turn <= turn]
        view = EvaluatorView(scenario=scenario, messages=seen, persona_state=None, latent=latent, seed=0)
        try:
            role = evaluator.closing if turn == transcript.turns and isinstance(evaluator, Closing) else evaluator
            step = await judged(evaluator, latent, functools.partial(ask, role, view))
        except RunError as error:
            return latent, failure_of(error, turn)
        latent = latent.extended(step)
    return latent, None
