from __future__ import annotations

import codecs
import json

import pytest

from empa_graph.chats.pieces import LARGEST, ChatError, Fault, Piece, Said
from empa_graph.chats.reader import live_pieces


def read(record: object) -> Piece | Fault:
    (only,) = live_pieces([json.dumps(record).encode()])
    return only


def test_a_message_a_line():
    piece = read({"conversation": 7, "role": "user", "content": "hello", "time": "now"})
    assert isinstance(piece, Piece)
    assert (piece.id, piece.messages, piece.kind, piece.line) == ("7", (Said("persona", "hello"),), "message", 1)


def test_a_whole_conversation_a_line_without_system_and_tool_messages():
    said = [
        {"role": "system", "content": "be kind"},
        {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "image_url"}]},
        {"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]},
        {"role": "tool", "content": "42"},
        {"role": "assistant", "content": "b"},
    ]
    piece = read({"id": "x", "messages": said})
    assert isinstance(piece, Piece)
    assert (piece.id, piece.kind) == ("x", "whole")
    assert piece.messages == (None, Said("persona", "a"), None, None, Said("empathic", "b"))


def test_a_conversation_may_go_without_an_id():
    piece = read({"messages": []})
    assert isinstance(piece, Piece)
    assert (piece.id, piece.messages) == (None, ())


def test_a_byte_order_mark_is_read_over_at_the_start_only():
    line = codecs.BOM_UTF8 + b'{"messages": []}'
    first, second = live_pieces([line, line])
    assert isinstance(first, Piece)
    assert isinstance(second, Fault) and "Invalid JSON" in second.why


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"{", "Invalid JSON"),
        (b"7", "a JSON object is needed"),
        (b'{"role": "user", "content": "a"}', "one message without a 'conversation'"),
        (b'{"conversation": "a", "role": "user", "content": null}', "a message of the person needs 'content'"),
        (b'{"conversation": "a", "role": "nurse", "content": "b"}', "message.role: unknown role 'nurse'"),
        (b'{"messages": [{"role": "user", "content": 1}]}', "messages.0.content"),
        (b'{"messages": [{"role": 1, "content": "a"}]}', "messages.0.role: no role"),
        (b'{"id": [1], "messages": [{"role": "user", "content": "a"}]}', "id: allowed are a text or a whole number"),
        (b'{"id": 1e999, "messages": [{"role": "user", "content": "a"}]}', "id: allowed are"),
        (b'{"id": 1%s, "messages": [{"role": "user", "content": "a"}]}' % (b"0" * 50), "more than 128 bits"),
        (json.dumps({"conversation": "a" * 201, "role": "user", "content": ""}).encode(), "allowed are 200"),
        (b" " * 9 + b"x" * LARGEST, "more than the allowed"),
        (b"\xff{}", "not UTF-8 text (byte 0)"),
    ],
)
def test_a_bad_line_is_one_line_with_its_number(line: bytes, said: str):
    (fault,) = live_pieces([line])
    assert isinstance(fault, Fault) and fault.line == 1
    assert said in fault.why
    assert "\n" not in fault.why


def test_a_stream_of_utf_16_is_named():
    with pytest.raises(ChatError, match="UTF-16 text; save it as UTF-8"):
        list(live_pieces([b"\xff\xfe{\0"]))


@pytest.mark.parametrize("role", ["human", "User", "help-seeker", "CLIENT"])
def test_many_names_mean_the_person(role: str):
    piece = read({"messages": [{"role": role, "content": "Hi."}]})
    assert isinstance(piece, Piece) and piece.messages == (Said("persona", "Hi."),)


def test_a_misspelt_role_is_answered_by_the_nearest():
    fault = read({"messages": [{"role": "asistant", "content": "Hi."}]})
    assert isinstance(fault, Fault)
    assert fault == Fault(1, "messages.0.role: unknown role 'asistant'; did you mean 'assistant'?", "unknown_role")
