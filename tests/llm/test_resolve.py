from __future__ import annotations

import pytest

from empa_graph.errors import Error, MissingExtraError, NotFoundError, UsageError
from empa_graph.llm import resolve_chat


@pytest.mark.parametrize(
    ("spec", "base_url", "error", "says"),
    [
        ("openai:gpt-4o", None, UsageError, "OPENAI_API_KEY"),
        ("gpt-4o", None, UsageError, "names no provider"),
        ("", None, UsageError, "has no name"),
        ("openai:", None, UsageError, "has no name"),
        ("antropic:claude", None, NotFoundError, "'anthropic'"),
        ("opnai:gpt-4o", None, NotFoundError, "'openai'"),
        ("m", "ftp://x/v1", UsageError, "no base URL"),
        ("m", "localhost:8000", UsageError, "no base URL"),
        ("m", "http://x:notaport/v1", UsageError, "no base URL"),
    ],
)
def test_a_wrong_model_string_is_one_clear_line(spec: str, base_url: str | None, error: type[Error], says: str):
    with pytest.raises(error, match=says) as caught:
        resolve_chat(spec, base_url=base_url)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("spec", ["openai:gpt-4o", "qwen2.5:7b-instruct", "llama", "openai:local"])
def test_a_base_url_needs_no_key_and_takes_any_name(spec: str):
    chat = resolve_chat(spec, base_url="http://127.0.0.1:9/v1/")
    assert chat.name == spec


def test_a_password_in_the_base_url_is_refused_and_not_repeated():
    with pytest.raises(UsageError, match="https://host/v1: give the key apart") as caught:
        resolve_chat("m", base_url="https://me:hunter2@host/v1")
    assert "hunter2" not in str(caught.value)


def test_a_key_is_enough_for_openai_and_is_not_shown():
    chat = resolve_chat("openai:gpt-4o", api_key="sk-secret")
    assert chat.name == "openai:gpt-4o" and "sk-secret" not in repr(chat) + str(vars(chat).get("name"))


def test_another_provider_says_what_to_install_when_its_package_is_absent():
    with pytest.raises(MissingExtraError, match=r"'groq:m' needs LangChain's groq package: pip install langchain lang"):
        resolve_chat("groq:m", api_key="k")
