"""What Inspect scores of an episode; what has no score is unscored to Inspect, and no mean counts it.

Rule: what cannot be told is NaN and never 0, and composite and support of a run that is scripted are void.
Support that stands on too few replies is provisional, and no mean counts it.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from inspect_ai.scorer import Metric, SampleScore, Score, Scorer, Target, mean, metric, scorer, stderr
from inspect_ai.solver import TaskState

from empa_graph.cues.script import script_share
from empa_graph.models.dialogue import Message
from empa_graph.models.episode import Episode
from empa_graph.report.inspect_log import scores

EPISODE = "episode"
"""Where the sample's store holds the episode, whole."""
_CLUSTER = "persona"


@metric
def stderr_scored() -> Metric:
    """Return the standard error of the mean, clustered by persona; NaN for fewer than two of them."""
    over = stderr(cluster=_CLUSTER)

    def scored(found: list[SampleScore]) -> float:
        return over(found) if len(set(map(_persona, found))) > 1 else math.nan

    return scored


def _unscripted(over: Callable[[list[SampleScore]], float]) -> Metric:
    def unscripted(found: list[SampleScore]) -> float:
        counted = _counted(found)
        return over(counted) if counted else math.nan

    return unscripted


@metric
def mean_unscripted() -> Metric:
    """Return the mean; NaN where what the agent said comes from a script, by the first epochs of all samples."""
    return _unscripted(mean())


@metric
def stderr_unscripted() -> Metric:
    """Return the standard error of that mean."""
    return _unscripted(stderr_scored())


@scorer(metrics=[mean_unscripted(), stderr_unscripted()])
def composite() -> Scorer:
    """Score the EMPA composite, 0 to 100; its metadata holds the path with the evidence of every turn."""
    return _of_score("composite")


@scorer(metrics=[mean(), stderr_scored()])
def progress() -> Scorer:
    """Score the share of the way to the target that was kept at the end, 0 to 1."""
    return _of_score("progress")


@scorer(metrics=[mean_unscripted(), stderr_unscripted()])
def support() -> Scorer:
    """Score the replies beside human supporters by an offline coder, 0 to 1."""

    async def score(state: TaskState, target: Target) -> Score:
        episode = _episode(state)
        if episode is None:
            return _stopped()
        if episode.support is None:
            why = "the agent said nothing, or not in English"
            return Score.unscored(explanation=why, metadata=_said(episode.messages))
        metadata = {**episode.support.model_dump(mode="json"), **_said(episode.messages)}
        return Score(value=episode.support.value, metadata=metadata)

    return score


def _of_score(name: str) -> Scorer:
    async def score(state: TaskState, target: Target) -> Score:
        episode = _episode(state)
        if episode is None:
            return _stopped()
        if episode.score is None:
            reason = episode.failure.kind if episode.failure else None
            return Score.unscored(reason=reason, explanation=episode.unscored, metadata=_said(episode.messages))
        found = Score.model_validate(scores(episode, episode.score)[name])
        return found.model_copy(update={"metadata": {**(found.metadata or {}), **_said(episode.messages)}})

    return score


def _persona(found: SampleScore) -> str:
    return str((found.sample_metadata or {})[_CLUSTER])


def _counted(found: list[SampleScore]) -> list[SampleScore]:
    """Return the scores that a mean counts: none of a script, and no provisional one."""
    told = [(one, one.score.metadata or {}) for one in found]
    if script_share((_persona(one), metadata["said"]) for one, metadata in told).scripted:
        return []
    return [one for one, metadata in told if not metadata.get("provisional")]


def _episode(state: TaskState) -> Episode | None:
    held = state.store.get(EPISODE)
    return None if held is None else Episode.model_validate(held)


def _stopped() -> Score:
    return Score.unscored(explanation="the sample was stopped before its episode ended")


def _said(messages: tuple[Message, ...]) -> dict[str, list[list[str]]]:
    """Return what was said, by which a script is told over all samples."""
    return {"said": [[message.speaker, message.content] for message in messages]}
