from __future__ import annotations

import pytest
from pydantic import ValidationError

from empa_graph.models.dialogue import Message, Usage

SAID = Message(turn=1, speaker="agent", content="Go on.", model="m", usage=Usage(tokens_in=12))


def test_a_message_cannot_be_changed():
    with pytest.raises(ValidationError, match="frozen"):
        SAID.content = "Stop."
    assert SAID.content == "Go on."


def test_a_message_has_no_field_beyond_those_it_names():
    with pytest.raises(ValidationError, match="extra_forbidden"):
        Message.model_validate({"turn": 1, "speaker": "agent", "content": "", "latent": [0.0]})


@pytest.mark.parametrize("speaker", ["persona", "user", "Person", ""])
def test_only_the_person_and_the_agent_speak(speaker: str):
    with pytest.raises(ValidationError, match="'person' or 'agent'"):
        Message.model_validate({"turn": 1, "speaker": speaker, "content": "hello"})


@pytest.mark.parametrize("content", ["", "  two\n lines ", "na\u00efve \U0001f642 \u2028", '{"turn": 2}'])
def test_what_was_said_comes_back_from_json_to_the_letter(content: str):
    said = SAID.model_copy(update={"content": content})
    assert Message.model_validate_json(said.model_dump_json()) == said


def test_a_count_the_server_did_not_give_is_none_and_not_zero():
    assert (Usage().tokens_in, Usage().tokens_out) == (None, None)
    assert Message.model_validate_json(SAID.model_dump_json()).usage == Usage(tokens_in=12, tokens_out=None)
