from __future__ import annotations

import json

import pytest
from hypothesis import given, strategies as st

from empa_graph.llm.wrapping import WrappedError, only_object, without_reasoning

NAMES = ["think", "thinking", "THINK", "Thinking", "reasoning", "thought", "seed:think"]
PAIRS = [(f"<{name}>", f"</{name}>") for name in NAMES] + [
    ("[THINK]", "[/THINK]"),
    ("[think]", "[/think]"),
    ("<thinking effort='low'>", "</thinking>"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    ("<|channel|>analysis<|message|>", "<|end|><|start|>assistant<|channel|>final<|message|>"),
    ("analysis", "assistantfinal"),
]


@pytest.mark.parametrize(("begins", "ends"), PAIRS)
def test_a_block_of_reasoning_is_left_out_however_it_is_marked(begins: str, ends: str) -> None:
    text = f"{begins}She is sad.\nI should ask. {ends}\nTell me."
    assert without_reasoning(text).strip() == "Tell me."
    assert without_reasoning(f"She is sad. {ends}Tell me.") == "Tell me."


@pytest.mark.parametrize("begins", [begins for begins, _ in PAIRS if begins != "analysis"])
def test_nothing_is_left_of_a_block_that_does_not_end(begins: str) -> None:
    assert without_reasoning(f"\n{begins}She is sad.\nI should ask") == ""
    assert without_reasoning(f"Hello.\n{begins}She is sad.") == "Hello.\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Hello.\n<think>\nSad.\n</think>\nTell me.", "Hello.\n\nTell me."),
        ("<think>a</think><think>b</think>Tell me.", "Tell me."),
        ("<think>a <think>b</think> c</think>Tell me.", "Tell me."),
        ("<|channel|>commentary<|message|>x<|channel|>final<|message|>Tell me.<|return|>", "Tell me."),
        ("What do you <think>?", "What do you <think>?"),
        ("What is <think>x</think>?", "What is <think>x</think>?"),
        ("Thinking is hard.", "Thinking is hard."),
    ],
)
def test_what_is_said_around_reasoning_stays(text: str, said: str) -> None:
    assert without_reasoning(text) == said


@given(st.text(st.characters(exclude_characters="<[|")))
def test_a_text_without_tags_is_said_as_it_stands(text: str) -> None:
    if "◁" not in text and "assistantfinal" not in text.lower():
        assert without_reasoning(text) == text


@given(st.lists(st.sampled_from([*(tag for pair in PAIRS for tag in pair), "a", " ", "\n"]), max_size=12))
def test_what_is_left_is_made_of_pieces_of_the_text_in_their_order(parts: list[str]) -> None:
    text = "".join(parts)
    rest = iter(text)
    assert all(letter in rest for letter in without_reasoning(text))


ANSWER = '{"a": {"evidence": "{x} </think>", "level": 1}}'


@pytest.mark.parametrize(
    "text",
    [
        ANSWER,
        f"\n{ANSWER}\n",
        f"```json\n{ANSWER}\n```",
        f"Here is my judgement: {ANSWER} I hope that it helps.",
        f'<think>Maybe {{"a": 2}}, or {{no}}.</think>\n{ANSWER}'.replace(' </think>"', '"'),
        f"First {ANSWER} and again {ANSWER}",
    ],
)
def test_the_one_object_is_found_whatever_stands_around_it(text: str) -> None:
    assert only_object(text) in (ANSWER, ANSWER.replace(" </think>", ""))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "there is no JSON object"),
        ("I would give {it} a 2.", "there is no JSON object"),
        ("[1, 2]", "there is no JSON object"),
        ("<think>" + ANSWER, "there is no JSON object"),
        (ANSWER[:-1], "the JSON is broken"),
        ('{"note": ' + ANSWER, "the JSON is broken"),
        ('{"a": ' * 100_000, "the JSON is broken"),
        ('{"a": 1' + "0" * 10_000 + "}", "the JSON is broken"),
        (ANSWER + ANSWER.replace("1", "2"), "there are several JSON objects that differ"),
        ('{"a": 1, "a": 2}', "a field stands twice"),
        ('I say {"a": "</think>' + ANSWER + '"}', "the JSON is broken"),
    ],
)
def test_what_is_not_one_object_beyond_doubt_is_none(text: str, fault: str) -> None:
    with pytest.raises(WrappedError, match=fault):
        only_object(text)


@given(st.dictionaries(st.text(), st.text() | st.integers() | st.dictionaries(st.text(), st.text())), st.booleans())
def test_every_object_is_found_in_a_fence_as_it_is_written(value: dict[str, object], plain: bool) -> None:
    written = json.dumps(value, ensure_ascii=plain)
    assert json.loads(only_object(written)) == value
