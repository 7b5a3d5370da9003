from __future__ import annotations

import io
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from empa_graph.chats.chat_lines import Inbox, followed, piped
from empa_graph.chats.pieces import LARGEST
from empa_graph.errors import UsageError


def test_a_pipe_gives_its_lines_and_of_an_oversized_one_its_beginning():
    stream = io.BytesIO(b"a\n" + b"x" * (3 * LARGEST) + b"\nb")
    assert [len(line) for line in piped(stream)] == [2, LARGEST + 1, 1]


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
