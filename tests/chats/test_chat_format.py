from __future__ import annotations

import codecs
import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from empa_graph.chats.chat_format import LARGEST_LINE, ChatLine, chat_line
from empa_graph.errors import ContentError


def read(record: object) -> ChatLine:
    return chat_line(json.dumps(record).encode())


def test_a_message_a_line():
    line = read({"conversation": 7, "role": "user", "content": "hello", "time": "now"})
    assert line == ChatLine("7", (("user", "hello"),), whole=False)


def test_a_whole_conversation_a_line_without_system_and_tool_messages():
    said = [
        {"role": "system", "content": "be kind"},
        {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "image_url"}]},
        {"role": "assistant", "content": None, "tool_calls": []},
        {"role": "tool", "content": "42"},
        {"role": "assistant", "content": "b"},
    ]
    assert read({"id": "x", "messages": said}) == ChatLine("x", (("user", "a"), ("assistant", "b")), whole=True)


def test_a_conversation_may_go_without_an_id():
    assert read({"messages": []}) == ChatLine(None, (), whole=True)


def test_a_byte_order_mark_is_read_over_at_the_start_only():
    line = codecs.BOM_UTF8 + b'{"messages": []}'
    assert chat_line(line, first=True).whole
    with pytest.raises(ContentError, match="Invalid JSON"):
        chat_line(line)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"{", "Invalid JSON"),
        (b"[]", "Input should be an object"),
        (b'{"role": "user", "content": "a"}', "conversation: Field required"),
        (b'{"conversation": "a", "role": "user"}', "a user message needs content"),
        (b'{"conversation": "a", "role": "nurse", "content": "b"}', "role: unknown role 'nurse'; allowed are"),
        (b'{"messages": [{"role": "user", "content": 1}]}', "messages.0.content"),
        (json.dumps({"conversation": "a" * 201, "role": "user", "content": ""}).encode(), "allowed are 200"),
        (b" " * 9 + b"x" * LARGEST_LINE, "more than the allowed"),
        (b"\xff{}", "not UTF-8 text (byte 0)"),
        (b"\xff\xfe{\0", "UTF-16 text; save it as UTF-8"),
    ],
)
def test_a_bad_line_is_one_line_with_its_number(line: bytes, said: str):
    with pytest.raises(ContentError) as raised:
        chat_line(line)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


@given(st.binary(max_size=200) | st.recursive(st.none() | st.text(), st.lists).map(json.dumps).map(str.encode))
def test_no_line_does_worse_than_a_content_error(line: bytes):
    with contextlib.suppress(ContentError):
        chat_line(line)
