from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from langchain_core.messages import AIMessage, HumanMessage

from empa_graph.models.dialogue import Message, Usage
from empa_graph.roles.empathic.reply import DEEPEST_STATE, LARGEST_STATE, graph_answer

SENT = [{"role": "user", "content": "Hello."}]


def state_of(**channels: Any) -> Any:
    found = graph_answer({"messages": [HumanMessage("Hello."), AIMessage("Hm.")], **channels}, SENT).agent_state
    Message(turn=1, speaker="empathic", content="Hm.", agent_state=found)
    return found and found["state"]


def nested(levels: int) -> Any:
    value: Any = "bottom"
    for _ in range(levels):
        value = [value]
    return value


def test_a_state_becomes_plain_json():
    found = state_of(mood="calm", seen={1}, place=Path("a"), odd=object(), far=math.inf)
    assert found == {"mood": "calm", "seen": [1], "place": "a", "odd": "object", "far": "Infinity"}


def test_numbers_of_numpy_in_a_state_are_numbers():
    found = state_of(calm=np.float32(0.5), turns=np.int64(3), done=np.bool_(True), row=np.zeros(2))
    assert found == {"calm": 0.5, "turns": 3, "done": True, "row": "ndarray"}


def test_no_other_channel_is_no_state():
    assert state_of() is None


@pytest.mark.parametrize("value", ["x" * LARGEST_STATE, nested(DEEPEST_STATE), nested(100_000)])
def test_a_state_too_large_or_too_deep_is_said_to_be_left_out(value: object):
    assert list(state_of(value=value)) == ["omitted"]


def test_a_state_that_holds_itself_is_left_out():
    loop: list[object] = []
    loop.append(loop)
    assert state_of(loop=loop) == {"omitted": "not JSON: ValueError"}


def test_half_a_character_in_a_state_can_be_stored():
    assert state_of(note="a\ud800b")["note"] == "a?b"


def test_a_tool_that_gave_no_answer_has_none():
    call = {"name": "look", "args": {}, "id": "1"}
    found = graph_answer({"messages": [HumanMessage("Hello."), AIMessage("Hm.", tool_calls=[call])]}, SENT)
    assert found.agent_state == {"tools": [{"name": "look", "args": {}, "answer": None}]}


@pytest.mark.parametrize("counted", [{"input_tokens": "many", "output_tokens": -1}, {"input_token_details": 7}])
def test_a_count_that_is_no_count_is_unknown(counted: dict[str, object]):
    message = AIMessage("Hm.").model_copy(update={"usage_metadata": counted})
    (reply,) = graph_answer({"messages": [HumanMessage("Hello."), message]}, SENT).replies
    assert reply.usage is not None and reply.usage.note
    assert reply.usage.model_copy(update={"note": None}) == Usage()


def test_what_a_graph_said_before_the_last_message_is_no_reply():
    messages = [HumanMessage("Hello."), AIMessage("Old."), HumanMessage("Hello."), AIMessage("New.")]
    assert [r.text for r in graph_answer({"messages": messages}, SENT).replies] == ["New."]
