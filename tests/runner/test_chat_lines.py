from __future__ import annotations

import io
import itertools
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from empa_graph.errors import ContentError, UsageError
from empa_graph.runner.chat_lines import LARGEST_LINE, ChatLine, Inbox, chat_line, followed, piped


def read(record: object, number: int = 1) -> ChatLine | None:
    return chat_line(json.dumps(record).encode(), number)


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


def test_a_conversation_without_an_id_is_called_by_its_line():
    line = read({"messages": []}, number=3)
    assert line is not None
    assert line.conversation == "line 3"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"{", "line 5: Invalid JSON"),
        (b"[]", "line 5: Input should be an object"),
        (b'{"role": "user", "content": "a"}', "line 5: conversation: Field required"),
        (b'{"conversation": "a", "role": "user"}', "line 5: a user message needs content"),
        (b'{"conversation": "a", "role": "nurse", "content": "b"}', "line 5: role: Input should be"),
        (b'{"messages": [{"role": "user", "content": 1}]}', "line 5: messages.0.content"),
        (json.dumps({"conversation": "a" * 201, "role": "user", "content": ""}).encode(), "allowed are 200"),
        (b" " * 9 + b"x" * LARGEST_LINE, "more than the allowed"),
        (b"\xff{}", "line 5: Invalid JSON"),
    ],
)
def test_a_bad_line_is_one_line_with_its_number(line: bytes, said: str):
    with pytest.raises(ContentError) as raised:
        chat_line(line, 5)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


@given(st.binary(max_size=200) | st.recursive(st.none() | st.text(), st.lists).map(json.dumps).map(str.encode))
def test_no_line_does_worse_than_a_content_error(line: bytes):
    try:
        chat_line(line, 1)
    except ContentError as error:
        assert str(error).startswith("line 1: ")


def test_a_pipe_gives_its_lines_and_of_an_oversized_one_its_beginning():
    stream = io.BytesIO(b"a\n" + b"x" * (3 * LARGEST_LINE) + b"\nb")
    assert [len(line) for line in piped(stream)] == [2, LARGEST_LINE + 1, 1]


def test_a_followed_file_gives_a_line_when_its_end_is_written(tmp_path: Path):
    file = tmp_path / "chats.jsonl"
    file.write_bytes(b"one\ntw")
    steps = iter([lambda: _add(file, b"o\n"), lambda: _add(file, b"three\n")])
    lines = followed(file, pause=lambda _: next(steps)())
    assert list(itertools.islice(lines, 3)) == [b"one\n", b"two\n", b"three\n"]


def test_a_followed_file_that_is_cut_or_replaced_is_read_from_its_start(tmp_path: Path):
    file, other = tmp_path / "chats.jsonl", tmp_path / "next.jsonl"
    file.write_bytes(b"a longer first line\n")
    other.write_bytes(b"of the next file\n")
    steps = iter([lambda: file.write_bytes(b"cut\n"), lambda: other.replace(file)])
    lines = followed(file, pause=lambda _: next(steps)())
    assert list(itertools.islice(lines, 3)) == [b"a longer first line\n", b"cut\n", b"of the next file\n"]


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path):
    with pytest.raises(UsageError, match="no such file"):
        next(followed(tmp_path / "none.jsonl"))


def test_an_inbox_gives_what_is_there_then_the_end():
    inbox = Inbox(iter([b"one", b"two"]))
    taken: list[bytes] = []
    while (lines := inbox.take(5.0)) is not None:
        taken += lines
    assert taken == [b"one", b"two"]


def test_an_inbox_says_that_the_stream_rests_and_raises_what_stopped_it():
    def failing() -> Iterator[bytes]:
        yield b"one"
        raise UsageError("gone")

    inbox = Inbox(failing())
    assert inbox.take(5.0) == [b"one"]
    with pytest.raises(UsageError, match="gone"):
        inbox.take(5.0)
    assert inbox.take(0.01) == []


def _add(file: Path, data: bytes) -> None:
    with file.open("ab") as end:
        end.write(data)
