from __future__ import annotations

import hashlib
from typing import Any

import pytest
from pydantic import BaseModel, Field

from empa_graph.llm import ChatParameters, Prompt, ScriptedChat
from empa_graph.llm.fingerprint import asked_with, prompt_hash, request_key, shown_model

HELLO = [Prompt(role="user", content="Hello?")]


class Mood(BaseModel):
    mood: str


class Finer(BaseModel):
    mood: str = Field(description="In one word.")


class Asked(ScriptedChat):
    """A chat whose description a test can choose."""

    def __init__(self, name: str = "m", *, endpoint: str = "http://host/v1", **given: Any) -> None:
        super().__init__(name, ["Hi."])
        self.endpoint = endpoint
        self.parameters = ChatParameters.model_validate(given)


def key(chat: Asked | None = None, prompts: str = "p", *, seed: int | None = 1, repeat: int = 0) -> str:
    asked = chat or Asked()
    return request_key(asked, prompts, given=asked_with(asked, seed), repeat=repeat)


def test_the_same_request_has_the_same_name_in_every_process():
    canonical = b'[[["user","Hello?"]],null,[]]'
    assert prompt_hash(HELLO) == hashlib.sha256(canonical).hexdigest()
    assert prompt_hash(HELLO, schema=Mood) == prompt_hash(list(HELLO), schema=Mood)
    assert key() == key()


def test_a_word_a_role_a_schema_or_a_tool_changes_the_prompt_hash():
    others = [
        prompt_hash(HELLO),
        prompt_hash([Prompt(role="user", content="Hello!")]),
        prompt_hash([Prompt(role="system", content="Hello?")]),
        prompt_hash([*HELLO, *HELLO]),
        prompt_hash(HELLO, schema=Mood),
        prompt_hash(HELLO, schema=Finer),
        prompt_hash(HELLO, tools=[Mood]),
        prompt_hash(HELLO, tools=[Finer]),
    ]
    assert len(set(others)) == len(others)


def test_moving_text_between_messages_changes_the_prompt_hash():
    def two(first: str, second: str) -> str:
        return prompt_hash([Prompt(role="user", content=first), Prompt(role="user", content=second)])

    assert two("ab", "c") != two("a", "bc")


def test_repeats_and_every_part_of_a_request_have_names_of_their_own():
    keys = [
        key(),
        key(repeat=1),
        key(seed=2),
        key(seed=None),
        key(prompts="q"),
        key(Asked("n")),
        key(Asked(endpoint="http://other/v1")),
        key(Asked(temperature=0.5)),
        key(Asked(max_tokens=9)),
    ]
    assert len(set(keys)) == len(keys)


def test_how_long_to_wait_is_no_part_of_the_name():
    assert key(Asked(timeout=5)) == key(Asked(timeout=600, connect_timeout=9)) == key()


def test_the_seed_of_the_request_stands_in_the_parameters():
    assert asked_with(Asked(seed=4), None) == {"temperature": 0.0, "max_tokens": 256, "seed": 4}
    assert asked_with(Asked(seed=4), 11)["seed"] == 11


def test_half_a_character_can_be_named():
    assert prompt_hash([Prompt.model_construct(role="user", content="\ud800")])


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("local:/home/ana/m.gguf?lora=/srv/a.gguf&lora=b.gguf", "local:m.gguf?lora=a.gguf&lora=b.gguf"),
        ("local?lora=/srv/a.gguf", "local?lora=a.gguf"),
        ("local", "local"),
        ("openai:org/model?x", "openai:org/model?x"),
    ],
)
def test_a_shown_model_holds_no_path_of_this_machine(name: str, shown: str):
    assert shown_model(name) == shown
