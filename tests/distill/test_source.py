from __future__ import annotations

from pathlib import Path

import pytest

from empa_graph.chats.reader import told_how
from empa_graph.distill.records import Fault, Found
from empa_graph.distill.source import conversations
from empa_graph.errors import ContentError
from tests.distill.parts import corpus, talk, turns


def test_every_fault_is_named_with_its_line_and_no_word_of_it(tmp_path: Path):
    one_message = {"role": "user", "content": "hi", "conversation": "x"}
    lines = [
        {**talk("hi"), "id": "a"},
        '{"messages": [',
        b"\xff\xfe\x00 no text",
        "",
        '{"messages": "no list"}',
        {"messages": [{"role": "wizard", "content": "hi"}]},
        b'{"messages": "caf\xe9"}',
        one_message,
        {**talk("other"), "id": "a"},
        b'{"messages": [{"role": "user", "content": "' + b"a" * 10_000_000 + b'"}]}',
        {**talk("last"), "id": "b"},
    ]
    found = [*conversations(corpus(tmp_path / "c.jsonl", lines))]
    assert [item.line for item in found if isinstance(item, Found)] == [1, 11]
    assert [item for item in found if isinstance(item, Fault)] == [
        Fault(2, "not_json"),
        Fault(3, "not_utf8"),
        Fault(5, "no_conversation"),
        Fault(6, "unknown_role"),
        Fault(7, "not_utf8"),
        Fault(8, "other_format"),
        Fault(9, "duplicate_id"),
        Fault(10, "oversized"),
    ]


def test_any_format_is_read_with_the_roles_that_are_told(tmp_path: Path):
    file = tmp_path / "export.txt"
    file.write_text("[31.12.2025, 21:41] Ewa: I am sad\n[31.12.2025, 21:42] Olga: why?\n")
    (found,) = conversations(file, told_how("auto", ["Ewa=persona", "Olga=empathic"]))
    assert found == Found(1, turns("I am sad", "why?"))


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path):
    with pytest.raises(ContentError, match=r"none\.jsonl: cannot be read \(no such file"):
        next(conversations(tmp_path / "none.jsonl"))
