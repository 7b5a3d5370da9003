from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from empa_graph.errors import ContentError
from empa_graph.study.correlate.rated import RatedFile, rated_file, rated_lines

SAID = [
    {"role": "system", "content": "Be kind."},
    {"role": "assistant", "content": "Hello, this is the line."},
    {"role": "user", "content": "I failed it."},
    {"role": "assistant", "content": "All of it?"},
    {"role": "assistant", "content": "Tell me."},
    {"role": "user", "content": "The oral part."},
    {"role": "assistant", "content": "That hurts."},
]


def line(**changes: Any) -> bytes:
    fields = {"id": "one", "messages": SAID, "ratings": {"warm": [3, 4]}} | changes
    return json.dumps({name: value for name, value in fields.items() if value is not None}).encode()


def read(*lines: bytes) -> RatedFile:
    return rated_lines([line(), *lines])


def test_a_whole_conversation_with_its_ratings():
    (row,) = rated_lines([line(ratings={"warm": [3, None, 5.5], "felt": 2, "none": [], "no": None})]).rows
    assert (row.group, row.turn, row.transcript.id, row.transcript.turns) == ("one", None, "one", 2)
    assert row.ratings == {"warm": (3.0, None, 5.5), "felt": (2.0,), "none": (), "no": (None,)}
    assert [row.mean(name) for name in ("warm", "felt", "none", "no", "other")] == [4.25, 2.0, None, None, None]


def test_a_conversation_that_nobody_rated_is_kept_to_be_scored(tmp_path: Path):
    found = read(line(id="two", ratings={}))
    assert [(row.transcript.id, row.ratings) for row in found.rows][1] == ("two", {}) and not found.unusable
    assert found.rows[1].mean("warm") is None
    file = tmp_path / "r.jsonl"
    for nobody in ({}, {"warm": [None, None], "felt": None}):
        file.write_bytes(line(ratings=nobody))
        with pytest.raises(ContentError, match="no rated conversation"):
            rated_file(file)


def test_a_rated_message_ends_what_is_judged():
    first, second = rated_lines([line(turn=3), line(turn=6)]).rows
    assert [m.content for m in first.transcript.messages] == ["I failed it.", "All of it?"]
    assert second.transcript.messages[-1].content == "That hurts." and second.transcript.turns == 2
    assert first.group == second.group == "one"


def test_a_group_takes_the_place_of_the_conversation_and_a_line_may_go_without_an_id():
    rows = rated_lines([line(group="Ann"), line(id=None, group=7)]).rows
    assert [(row.transcript.id, row.group) for row in rows] == [("one", "Ann"), ("2", "7")]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"turn": 2}, "turn 2 is no message of the assistant that answers a user message"),
        ({"turn": 1}, "turn 1 is no message of the assistant that answers a user message"),
        ({"turn": 7}, "turn 7 of 7 messages, counted from 0"),
        ({"turn": -1}, "turn: Input should be greater than or equal to 0"),
        ({"turn": "3"}, "turn: Input should be a valid integer"),
        ({"ratings": None}, "ratings: this field is missing"),
        ({"ratings": {"warm": "high"}}, "+09, one per rater, null for none"),
        ({"ratings": {"warm": [True]}}, "ratings.warm: allowed are a list of finite numbers"),
        ({"ratings": {"warm": [float("nan")]}}, "ratings.warm: allowed are a list of finite numbers"),
        ({"ratings": {"warm": [float("inf")]}}, "ratings.warm: allowed are a list of finite numbers"),
        ({"ratings": {"warm": [1e308]}}, "ratings.warm: allowed are a list of finite numbers from -1e+09 to 1e+09"),
        ({"ratings": {"warm": -1.1e9}}, "ratings.warm: allowed are a list of finite numbers from -1e+09 to 1e+09"),
        ({"ratings": {"x" * 101: [1]}}, "at most 100 characters"),
        ({"ratings": {str(n): [1] for n in range(51)}}, "at most 50 items"),
        ({"messages": SAID[:3]}, "no assistant message that answers a user message"),
        ({"messages": [{"role": "humn", "content": "Hi."}]}, "unknown role 'humn'; did you mean 'human'?"),
        ({"messages": [*SAID[:3], {"role": "assistant", "content": "x" * 20_001}]}, "a message of 20,001 characters"),
        ({}, "id 'one' already stands in line 1"),
    ],
)
def test_what_cannot_be_used_is_told_and_passed_over(changes: dict[str, Any], why: str):
    found = read(line(**({"id": "two"} | changes)) if changes else line())
    assert [row.line for row in found.rows] == [1]
    assert [bad.line for bad in found.unusable] == [2] and why in found.unusable[0].why


def test_the_same_reply_rated_twice_is_one_too_many():
    found = rated_lines([line(turn=3), line(turn=3)])
    assert found.unusable[0].why == "id 'one', turn 3, already stands in line 1"


@pytest.mark.parametrize("bad", [b"{", b"[1]", b"\xff\xfe", b'{"role": "user", "content": "x", "conversation": "c"}'])
def test_hostile_lines_cost_only_themselves(bad: bytes):
    found = read(bad, line(id="three"))
    assert [row.transcript.id for row in found.rows] == ["one", "three"]
    assert [one.line for one in found.unusable] == [2]


def test_a_limit_takes_the_first_lines(tmp_path: Path):
    file = tmp_path / "r.jsonl"
    file.write_bytes(b"\xef\xbb\xbf" + b"\n".join([line(id=str(n)) for n in range(5)]) + b"\n\n")
    assert [row.transcript.id for row in rated_file(file, limit=2).rows] == ["0", "1"]
    assert len(rated_file(file).rows) == 5


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", ": no rated conversation"),
        (b"{}\n", ":1: no openai conversation (no 'messages') among no fields"),
        ("{}".encode("utf-16-le"), "UTF-16 text without a byte order mark"),
    ],
)
def test_a_file_without_a_usable_line_is_one_error(tmp_path: Path, content: bytes, why: str):
    file = tmp_path / "r.jsonl"
    file.write_bytes(content)
    with pytest.raises(ContentError) as error:
        rated_file(file)
    assert str(error.value).startswith(str(file)) and why in str(error.value)
    with pytest.raises(ContentError, match="cannot be read"):
        rated_file(tmp_path / "none.jsonl")


def test_ratings_stand_beside_the_conversation_in_every_format(tmp_path: Path):
    shared = {"id": "b", "conversations": [{"from": "human", "value": "Hi."}, {"from": "gpt", "value": "Hello."}]}
    found = rated_lines([line(), json.dumps(shared | {"ratings": {"warm": [5]}}).encode()])
    assert [row.ratings for row in found.rows] == [{"warm": (3.0, 4.0)}, {"warm": (5.0,)}]
    file = tmp_path / "r.csv"
    file.write_text("id,prompt,completion,ratings.warm,ratings.felt\nc,Hi.,Hello.,4.5,\nd,Hi.,Hello.,x,1\n")
    (row,), (fault,) = rated_file(file)
    assert (row.transcript.id, row.ratings) == ("c", {"warm": (4.5,), "felt": (None,)})
    assert (fault.line, fault.cause) == (3, "wrong_rating")
