"""What an agent is called elsewhere: a developer and a name, whatever its own words are."""

from __future__ import annotations

import re

import pytest

from empa_graph.llm.providers import PACKAGES
from empa_graph.models.run import Run
from empa_graph.report.model_identity import PROVIDERS, folder_name, identity
from tests.records import run


def test_every_provider_has_a_developer():
    assert PROVIDERS.keys() == {"openai", *PACKAGES}


@pytest.mark.parametrize(
    ("agent", "called", "inspect"),
    [
        ("openai:gpt-x", "openai/gpt-x", "openai/gpt-x"),
        ("google_genai:gem-1", "google/gem-1", "google/gem-1"),
        ("together:meta-llama/Llama-3.1", "meta-llama/Llama-3.1", "openai-api/meta-llama/Llama-3.1"),
        ("xai:grok-1", "xai/grok-1", "openai-api/xai/grok-1"),
        ("ollama:llama3:8b", "ollama/llama3_8b", "ollama/llama3_8b"),
        ("local", "HuggingFaceTB/SmolLM2-135M-Instruct", "llama-cpp-python/SmolLM2-135M-Instruct"),
        ("local:/home/someone/m.gguf", "unstated/local_m.gguf", "llama-cpp-python/local_m.gguf"),
        ("scripted:expert", "empa-graph/scripted_expert", "openai-api/empa-graph/scripted_expert"),
    ],
)
def test_a_model_is_called_by_who_makes_it(agent: str, called: str, inspect: str):
    found = identity(run(agent=agent), metered=True)
    assert (found.id, "/".join(found.inspect)) == (called, inspect)
    assert "/home" not in found.shown


@pytest.mark.parametrize("agent", ["my_package.agents:answer", "place/agents.py:answer", "own_role"])
def test_code_is_called_by_its_name_and_made_by_whom_it_is_said(agent: str):
    found = identity(run(agent=agent), metered=False, maker="My lab")
    assert (found.developer, found.provider) == ("My_lab", None) and "place" not in found.id
    assert identity(run(agent=agent), metered=False).developer == "unstated"


def test_a_server_of_its_own_has_an_unstated_developer_unless_the_model_tells():
    url = "http://127.0.0.1:1/v1"
    plain, told = (identity(served(name, url), metered=True) for name in ("my-model", "openai:org/my-model"))
    assert (plain.id, plain.provider) == ("unstated/my-model", "server")
    assert (told.id, told.inspect) == ("org/my-model", ("openai-api", "org/my-model"))


def served(name: str, url: str) -> Run:
    made = run(agent=name)
    return made.model_copy(update={"config": made.config.changed({"agent.base_url": url})})


@pytest.mark.parametrize(
    "text",
    ["..", ".", "", "/", "../../x", "a/b", "con", "NUL.txt", "data", "Unknown", ".hidden", "a ", "\u202ea", "x" * 999],
)
def test_a_name_is_one_plain_folder(text: str):
    name = folder_name(text)
    assert re.fullmatch(r"[A-Za-z0-9_+-][A-Za-z0-9._+-]{0,100}", name) and not name.endswith(".")
    assert name.partition(".")[0].lower() not in ("data", "unknown", "con", "nul")
