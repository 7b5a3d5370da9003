from __future__ import annotations

import io
import json
from itertools import groupby

import pytest

from empa_graph.chats.pieces import Fault
from empa_graph.chats.transcripts import Transcript, read
from tests.chats.chat_files import langsmith, lines, pretty

HEAD = ("id", "role", "content")
WHY = "the parts of id 'a' stand apart, the next in line {}; sort the file by conversation, and by time within each"


class Pipe(io.BytesIO):
    """What cannot go back."""

    def seekable(self) -> bool:
        return False


def pairs(ids: str) -> list[tuple[str, str, str]]:
    return [(each, role, text) for each in ids for role, text in (("user", "Hi."), ("assistant", "Hello."))]


def table(rows: list[tuple[str, ...]]) -> str:
    return "\n".join(map(",".join, [HEAD, *rows]))


def found(text: str, kind: type[io.BytesIO] = io.BytesIO) -> list[Transcript | Fault]:
    return list(read(kind(text.encode())))


@pytest.mark.parametrize("kind", [io.BytesIO, Pipe])
def test_a_conversation_whose_rows_stand_apart_is_not_judged_from_those_that_come_first(kind: type[io.BytesIO]):
    fault, *rest = found(table(pairs("abaca")), kind)
    assert fault == Fault(2, WHY.format(6), "duplicate_id", "a", row=True)
    assert [item.id for item in rest if isinstance(item, Transcript)] == ["b", "c"] and len(rest) == 2


@pytest.mark.parametrize("kind", [io.BytesIO, Pipe])
def test_a_table_in_order_is_read_as_before(kind: type[io.BytesIO]):
    assert [item.id for item in found(table(pairs("aabbc")), kind)] == ["a", "b", "c"]


def test_rows_that_cannot_be_read_cost_their_own_conversation_only():
    rows = pairs("bac")
    rows[3:3] = [("a", "user", "x", "y"), ("b", "nurse", "Hi."), ("a", "assistant", "Oh.")]
    items = found(table(rows))
    assert [(item.line, item.cause) for item in items if isinstance(item, Fault)] == [
        (2, "duplicate_id"),
        (4, "duplicate_id"),
    ]
    assert [item.id for item in items if isinstance(item, Transcript)] == ["c"]


def test_a_row_that_cannot_be_read_spoils_those_without_an_id():
    rows = [("", "user", "Hi."), ("", "assistant", "Hello."), ("", "nurse", "Who?"), *pairs("b")]
    assert [getattr(item, "cause", item.line) for item in found(table(rows))] == ["unknown_role", 5]


def test_messages_of_an_array_and_recorded_calls_are_held_to_it_too():
    array = pretty([{"conversation": of, "role": role, "content": text} for of, role, text in pairs("aba")])
    assert [item.cause if isinstance(item, Fault) else item.id for item in found(array)] == ["duplicate_id", "b"]
    calls = json.loads(json.dumps(langsmith()).replace('"a"', '"b"'))
    apart = found(lines([langsmith()[0], *calls, langsmith()[-1]]))
    assert [item.cause if isinstance(item, Fault) else item.id for item in apart] == ["duplicate_id", "b"]
    assert [item.id for item in found(lines([*langsmith(), *calls]))] == ["a", "b"]


def test_a_first_call_that_is_longer_than_what_is_looked_at_is_no_exception():
    calls = [langsmith()[2] | {"extra": {"metadata": {"thread_id": of}, "more": "x" * 100_000}} for of in "aba"]
    assert [item.line for item in found(lines(calls)) if isinstance(item, Fault)] == [1]


def test_what_goes_on_much_later_is_found():
    rows = [("a", *row[1:]) if n in (0, 1, 4000, 4001) else row for n, row in enumerate(pairs("n" * 3000))]
    rows = [(f"{of}{n // 2}" if of == "n" else of, *rest) for n, (of, *rest) in enumerate(rows)]
    items = found(table(rows))
    kinds = [(kind, len([*group])) for kind, group in groupby(items, key=type)]
    assert kinds == [(Fault, 1), (Transcript, 2998)]
