from __future__ import annotations

import json

import pytest

from empa_graph.errors import ProviderError, UsageError
from empa_graph.llm import Completion, Prompt, ScriptedChat, ToolCall
from empa_graph.llm.keys import KnownKeys
from empa_graph.llm.redacted import RedactedChat
from empa_graph.models.dialogue import Message

KEY = 'sk-Ab1/cD2+"eF3-gH4'
KEYS = KnownKeys([KEY, None, "", "short"])
ASK = [Prompt(role="user", content="Hello?")]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (f"It is {KEY}.", "It is [key]."),
        (f"Bearer {KEY}{KEY}", "Bearer [key][key]"),
        ("GET /?k=sk-Ab1%2FcD2%2B%22eF3-gH4&x", "GET /?k=[key]&x"),
        (json.dumps({"why": KEY}), '{"why": "[key]"}'),
        (f"It is {KEY[:9]}", "It is [key]"),
        (f"It is {KEY[:11]}... ", "It is [key]... "),
        (f"It is {KEY[:8]}****gH4", "It is [key]****gH4"),
        (f"'{KEY[:10]}' is wrong", "'[key]' is wrong"),
        (f"It is {KEY[:7]}", f"It is {KEY[:7]}"),
        ("a short word", "a short word"),
    ],
)
def test_a_key_is_hidden_in_each_of_its_forms_and_where_it_was_cut(said: str, kept: str):
    assert KEYS.text(said) == kept
    assert KEYS.text(kept) == kept


def test_a_word_with_which_a_key_begins_stays_in_a_sentence():
    keys = KnownKeys(["passwordless-1"])
    assert keys.text("The password is lost, passwordless login too.") == (
        "The password is lost, passwordless login too."
    )


def test_of_two_keys_of_which_one_begins_the_other_both_are_hidden():
    assert KnownKeys(["abcdefgh1", "abcdefgh1-longer"]).text("abcdefgh1-longer abcdefgh1") == "[key] [key]"


async def test_all_that_a_server_says_is_told_without_the_key():
    calls = (ToolCall(name=f"{KEY}x", arguments=json.dumps({KEY: KEY})),)
    inner = ScriptedChat("m", [Completion(text=KEY, model=f"m-{KEY}", finish_reason=KEY, calls=calls)])
    answer = await RedactedChat(inner, KEYS).complete(ASK)
    assert answer.model_dump_json().count("[key]") == 6
    assert (answer.text, answer.model) == ("[key]", "m-[key]")
    assert json.loads(answer.calls[0].arguments) == {"[key]": "[key]"}


async def test_an_error_tells_no_key_and_keeps_its_kind():
    with pytest.raises(ProviderError, match=r"^no: \[key\]$") as caught:
        await RedactedChat(ScriptedChat("m", [ProviderError(f"no: {KEY}", kind="quota")]), KEYS).complete(ASK)
    assert caught.value.kind == "quota"


class Looked(ScriptedChat):
    async def probe(self) -> str | None:
        if self.name == "absent":
            raise UsageError(f"no {KEY}")
        return f"the nearest is '{KEY}'"


async def test_what_is_said_of_a_model_before_a_run_holds_no_key():
    assert await RedactedChat(Looked("m", []), KEYS).probe() == "the nearest is '[key]'"
    with pytest.raises(UsageError, match=r"^no \[key\]$"):
        await RedactedChat(Looked("absent", []), KEYS).probe()


def test_a_message_and_the_state_of_its_agent_hold_no_key():
    said = Message(turn=1, speaker="empathic", content=KEY, model=KEY, agent_state={"state": {"k": [KEY, 1]}})
    kept = KEYS.message(said)
    assert (kept.content, kept.model, kept.agent_state) == ("[key]", "[key]", {"state": {"k": ["[key]", 1]}})
