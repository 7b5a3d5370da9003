from __future__ import annotations

import gzip
import io
import json
from pathlib import Path

import pytest

from empa_graph.chats.pieces import LARGEST, ChatError, Fault
from empa_graph.chats.transcripts import KEPT, Faults, Transcript, read as found_in, transcripts
from empa_graph.errors import ContentError

GOOD = (("user", "Hi."), ("assistant", "Hello."))


def chat(*said: tuple[str, object], **more: object) -> str:
    return json.dumps({**more, "messages": [{"role": role, "content": content} for role, content in said]})


def read(folder: Path, *lines: str, encoding: str = "utf-8") -> list[Transcript]:
    file = folder / "chats.jsonl"
    file.write_text("\n".join(lines) + "\n", encoding=encoding)
    return transcripts(file)


def spoken(transcript: Transcript) -> list[tuple[int, str, str]]:
    return [(m.turn, m.speaker, m.content) for m in transcript.messages]


def test_a_turn_is_a_users_message_and_the_reply_to_it(tmp_path: Path):
    (found,) = read(tmp_path, chat(("user", "Hi."), ("assistant", "Hello."), ("user", "Bye."), ("assistant", "Go on.")))
    assert spoken(found) == [
        (1, "persona", "Hi."),
        (1, "empathic", "Hello."),
        (2, "persona", "Bye."),
        (2, "empathic", "Go on."),
    ]
    assert (found.id, found.turns) == ("1", 2)


def test_system_and_tool_messages_and_the_agents_greeting_are_left_out(tmp_path: Path):
    (found,) = read(
        tmp_path,
        chat(
            ("system", "Be kind."), ("developer", "Be brief."), ("assistant", "Welcome!"), ("user", "Hi."),
            ("tool", "42"), ("function", "42"), ("assistant", "Hello."),
        ),
    )  # fmt: skip
    assert spoken(found) == [(1, "persona", "Hi."), (1, "empathic", "Hello.")]


def test_messages_in_a_row_of_one_side_are_one_turn(tmp_path: Path):
    said = [("user", "Hi."), ("system", "-"), ("user", "Anyone?"), ("assistant", "Yes."), ("assistant", "Here.")]
    (found,) = read(tmp_path, chat(*said))
    assert [(m.turn, m.speaker) for m in found.messages] == [(1, "persona")] * 2 + [(1, "empathic")] * 2


def test_a_last_message_without_a_reply_is_no_turn(tmp_path: Path):
    (found,) = read(tmp_path, chat(("user", "Hi."), ("assistant", "Hello."), ("user", "Bye.")))
    assert found.turns == 1


def test_parts_an_empty_reply_and_unicode_are_read(tmp_path: Path):
    parts = [{"type": "text", "text": "Grüße"}, {"type": "image_url", "image_url": {}}, {"type": "text", "text": "皆"}]
    (found,) = read(tmp_path, chat(("user", parts), ("assistant", ""), ("user", "👩‍👧"), ("assistant", "\u2028ok")))
    assert [m.content for m in found.messages] == ["Grüße\n皆", "", "👩‍👧", "\u2028ok"]


def test_a_conversation_keeps_its_id_and_else_has_its_line(tmp_path: Path):
    line = chat(("user", "Hi."), ("assistant", "Hello."))
    named = json.dumps({"id": "case-7", "model": "m", **json.loads(line)})
    assert [found.id for found in read(tmp_path, named, "", line)] == ["case-7", "3"]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("{not json", ":2: Invalid JSON: key must be a string"),
        ('{"turns": []}', r":2: no openai conversation \(no 'messages'\) among 'turns'"),
        ("[1]", r":2: messages\.0: a message is an object with 'role'"),
        ("7", ":2: no conversation: a JSON object is needed"),
        (chat(("narrator", "x")), r":2: messages\.0\.role: unknown role 'narrator'; if you know who"),
        (chat(("asistant", "x")), r"unknown role 'asistant'; did you mean 'assistant'\?"),
        (chat(("user", None)), r":2: messages\.0: a message of the person needs 'content'"),
        (
            chat(*GOOD, ("user", "So?"), ("assistant", None)),
            r":2: messages\.3: a message without text that calls no tool: 'content' is missing or null",
        ),
        (
            chat(*GOOD, ("user", [{"type": "image_url"}])),
            r":2: messages\.2\.content: no text in it: parts of type 'image_url' are",
        ),
        (
            chat(("user", "Hi."), ("assistant", [{"type": "new_text", "text": "x"}])),
            r"parts of type 'new_text' are not",
        ),
        (
            chat(("user", [{"type": "text", "content": "x"}])),
            r"messages\.0\.content: a part of type 'text' has no text",
        ),
        (chat(("user", 7)), r":2: messages\.0\.content"),
        (chat(("user", "Hi.")), ":2: no assistant message that answers a user message"),
        (chat(("assistant", "Welcome.")), ":2: no assistant message that answers a user message"),
        (chat(("user", "Hi."), ("assistant", "x" * 20_001)), ":2: a message of 20,001 characters, allowed are 20,000"),
        ("[" * 100_000, ":2: Invalid JSON: recursion limit"),
        (" " * (LARGEST + 1), ":2: more than the allowed 4,194,304 bytes"),
        (
            '{"messages": [{"role": "user", "content": "\\ud800"}]}',
            ":2: Invalid JSON: unexpected end of hex escape",
        ),
    ],
)
def test_what_is_no_conversation_is_named_with_file_and_line(tmp_path: Path, line: str, fault: str):
    with pytest.raises(ContentError, match=rf"chats\.jsonl.*{fault}"):
        read(tmp_path, chat(("user", "Hi."), ("assistant", "Hello.")), line)


def test_a_file_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(ContentError, match=r"none\.jsonl: cannot be read \(no such file"):
        transcripts(tmp_path / "none.jsonl")


def test_a_line_of_just_the_largest_size_is_read(tmp_path: Path):
    line = chat(("user", "Hi."), ("assistant", "Hello."))
    assert len(read(tmp_path, line, line.ljust(LARGEST - 1), line)) == 3


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="this system has no /dev/zero")
def test_a_line_without_end_is_refused():
    with pytest.raises(ContentError, match=r"^/dev/zero: UTF-16 text without a byte order mark, or no text"):
        transcripts(Path("/dev/zero"))


@pytest.mark.parametrize("kind", ["text", "input_text", "output_text"])
def test_every_text_part_that_the_apis_know_is_read(tmp_path: Path, kind: str):
    (found,) = read(tmp_path, chat(*[(role, [{"type": kind, "text": text}]) for role, text in GOOD]))
    assert [m.content for m in found.messages] == ["Hi.", "Hello."]


def test_a_refusal_is_what_the_agent_said_and_a_call_of_a_tool_says_nothing(tmp_path: Path):
    said = [
        {"role": "user", "content": "Hi."},
        {"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]},
        {"role": "assistant", "content": [{"type": "tool_use", "name": "look"}]},
        {"role": "assistant", "content": None, "refusal": "I will not."},
    ]
    (found,) = read(tmp_path, json.dumps({"messages": said}))
    assert spoken(found) == [(1, "persona", "Hi."), (1, "empathic", "I will not.")]


@pytest.mark.parametrize("beside", [{}, {"tool_calls": []}, {"tool_calls": None}, {"refusal": None}])
@pytest.mark.parametrize("said", [{}, {"content": None}])
def test_a_message_without_text_that_calls_no_tool_is_no_silence_of_the_agent(
    tmp_path: Path, said: dict[str, object], beside: dict[str, object]
):
    file = tmp_path / "chats.jsonl"
    last = {"role": "assistant", **said, **beside}
    file.write_text(json.dumps({"messages": [{"role": "user", "content": "Hi."}, last]}), encoding="utf-8")
    with file.open("rb") as stream:
        (fault,) = found_in(stream)
    assert isinstance(fault, Fault) and (fault.cause, fault.line) == ("unread_message", 1)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_no_fault(tmp_path: Path, encoding: str):
    assert len(read(tmp_path, chat(*GOOD), chat(*GOOD), encoding=encoding)) == 2


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (chat(*GOOD).encode("utf-16-le"), "UTF-16 text without a byte order mark"),
        (chat(*GOOD).encode("utf-32"), "UTF-32 text; save it as UTF-8"),
        (gzip.compress(chat(*GOOD).encode(), mtime=0), "a gzip file; unpack it first"),
        (b"PK\x03\x04" + bytes(50), "a zip or Excel file"),
        (b"PAR1" + bytes(50), "a Parquet file"),
    ],
)
def test_what_is_no_text_is_named(tmp_path: Path, content: bytes, what: str):
    file = tmp_path / "chats.jsonl"
    file.write_bytes(content)
    with pytest.raises(ContentError, match=f"^{file}: {what}"):
        transcripts(file)


def test_a_message_a_line_is_told_from_a_conversation_a_line(tmp_path: Path):
    line = json.dumps({"conversation": "a", "role": "user", "content": "Hi."})
    with pytest.raises(ContentError, match=r":1: one message a line, which `empa watch` reads; here a line is a whole"):
        read(tmp_path, line, line)


def test_several_bad_lines_are_named_in_one_go(tmp_path: Path):
    with pytest.raises(ContentError) as raised:
        read(tmp_path, chat(*GOOD), "{", chat(("nurse", "x")))
    assert str(raised.value).endswith(
        "chats.jsonl: 2 lines cannot be used: line 2: Invalid JSON: EOF while parsing an object at column 1; "
        "line 3: messages.0.role: unknown role 'nurse'; "
        "if you know who that is: --role NAME=persona or --role NAME=empathic"
    )
    with pytest.raises(ContentError, match=r"more than 5 lines cannot be used: line 1: .*; line 5: [^;]*$"):
        read(tmp_path, *["{"] * 50)


def test_an_id_that_stands_twice_is_named_with_both_lines(tmp_path: Path):
    with pytest.raises(ContentError, match=r"chats\.jsonl:3: id 'a' already stands in line 1$"):
        read(tmp_path, chat(*GOOD, id="a"), chat(*GOOD, id="b"), chat(*GOOD, conversation="a"))


ONE_MESSAGE = '{"conversation": "a", "role": "user", "content": "Hi."}'


def all_of(*lines: str) -> list[Transcript | Fault]:
    return list(found_in(io.BytesIO("\n".join(lines).encode())))


def test_what_can_be_used_is_told_from_what_cannot():
    found = all_of(chat(*GOOD, id="a"), "{", chat(*GOOD, id="a"), "", ONE_MESSAGE, chat(*GOOD, id="b"))
    assert [(item.id, item.line) for item in found if isinstance(item, Transcript)] == [("a", 1), ("b", 6)]
    faults = [item for item in found if isinstance(item, Fault)]
    assert [(fault.line, fault.cause) for fault in faults] == [
        (2, "not_json"),
        (3, "duplicate_id"),
        (5, "other_format"),
    ]
    assert faults[1] == Fault(3, "id 'a' already stands in line 1", "duplicate_id")


def test_a_line_that_is_too_long_is_one_fault_however_long():
    found = all_of(chat(*GOOD), "x" * (3 * LARGEST), chat(*GOOD))
    assert [item.line for item in found] == [1, 2, 3]
    assert isinstance(found[1], Fault) and found[1].cause == "oversized"


def test_a_line_without_end_is_refused_and_not_passed_over():
    class Endless(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
            buffer[:] = b"x" * len(buffer)
            return len(buffer)

    with pytest.raises(ChatError, match=r"^line 1: a line of more than 268,435,456 bytes, which may never end"):
        list(found_in(io.BufferedReader(Endless())))


def test_conversations_come_before_the_file_has_ended():
    class Watched(io.BytesIO):
        taken = 0

        def read1(self, size: int | None = -1) -> bytes:
            block = super().read1(size)
            self.taken += len(block)
            return block

    stream = Watched("\n".join([chat(*GOOD)] * 20_000).encode())
    next(iter(found_in(stream)))
    assert stream.taken < 200_000 < len(stream.getvalue())


def test_of_many_faults_the_first_of_each_cause_are_kept_and_all_counted():
    faults = Faults()
    for number in range(3 * KEPT):
        faults.add(Fault(number, "why", "not_json" if number % 3 else "no_reply"))
    assert (len(faults), len(faults.kept)) == (3 * KEPT, 2 * KEPT)
    assert faults.by_cause == f"not_json {2 * KEPT}, no_reply {KEPT}"
