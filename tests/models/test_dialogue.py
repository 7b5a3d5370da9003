from __future__ import annotations

import pytest
from pydantic import ValidationError

from empa_graph.models.dialogue import Message, Usage, counted, total_usage

SAID = Message(turn=1, speaker="empathic", content="Go on.", model="m", usage=Usage(tokens_in=12))


def test_a_message_cannot_be_changed():
    with pytest.raises(ValidationError, match="frozen"):
        SAID.content = "Stop."
    assert SAID.content == "Go on."


def test_a_message_has_no_field_beyond_those_it_names():
    with pytest.raises(ValidationError, match="extra_forbidden"):
        Message.model_validate({"turn": 1, "speaker": "empathic", "content": "", "latent": [0.0]})


@pytest.mark.parametrize("speaker", ["person", "user", "Persona", ""])
def test_only_the_person_and_the_agent_speak(speaker: str):
    with pytest.raises(ValidationError, match="'persona' or 'empathic'"):
        Message.model_validate({"turn": 1, "speaker": speaker, "content": "hello"})


@pytest.mark.parametrize("content", ["", "  two\n lines ", "na\u00efve \U0001f642 \u2028", '{"turn": 2}'])
def test_what_was_said_comes_back_from_json_to_the_letter(content: str):
    said = SAID.model_copy(update={"content": content})
    assert Message.model_validate_json(said.model_dump_json()) == said


def test_a_count_the_server_did_not_give_is_none_and_not_zero():
    assert (Usage().tokens_in, Usage().tokens_out) == (None, None)
    assert Message.model_validate_json(SAID.model_dump_json()).usage == Usage(tokens_in=12, tokens_out=None)


def test_a_count_that_no_server_gave_stays_unknown() -> None:
    assert total_usage([None, None]) is None
    assert total_usage([Usage(tokens_in=1), None, Usage(tokens_in=2)]) == Usage(tokens_in=3, tokens_out=None)
    assert total_usage([Usage(tokens_in=1, tokens_out=4), Usage(tokens_out=2)]) == Usage(tokens_in=1, tokens_out=6)


@pytest.mark.parametrize(
    ("count", "note"),
    [
        (-1, "input_tokens was -1"),
        (1e25, "input_tokens was 1e+25"),
        (10**400, "input_tokens was of type int"),
        (7.0, "input_tokens was 7.0"),
        (float("nan"), "input_tokens was nan"),
        (True, "input_tokens was of type bool"),
        ("7", "input_tokens was of type str"),
        ([7], "input_tokens was of type list"),
    ],
)
def test_what_is_no_number_of_tokens_is_unknown_and_noted(count: object, note: str) -> None:
    assert counted({"input_tokens": count, "output_tokens": 2}) == Usage(tokens_out=2, note=note)


def test_a_usage_that_is_none_is_noted_and_a_missing_one_is_not() -> None:
    assert counted(None) is None and counted({}) == Usage()
    assert counted([1]) == Usage(note="usage was of type list")
    assert counted({"input_token_details": 7}) == Usage(note="input_token_details was of type int")


def test_a_sum_of_usages_keeps_their_notes() -> None:
    odd = Usage(tokens_in=1, note="output_tokens was -1")
    assert total_usage([odd, Usage(tokens_in=2), odd]) == Usage(tokens_in=4, note="output_tokens was -1")
