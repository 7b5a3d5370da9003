from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from empa_graph.chats.formats import FORMATS, format_named
from empa_graph.chats.pieces import Fault
from empa_graph.chats.reader import How, live_pieces, told_how
from empa_graph.chats.transcripts import Transcript, read
from empa_graph.errors import NotFoundError, UsageError
from tests.chats.chat_files import FILES, SAID, line, lines, openai, pretty, sharegpt
from tests.command import empa


def found(text: str | bytes, form: str = "auto", *roles: str) -> list[Transcript | Fault]:
    data = text.encode() if isinstance(text, str) else text
    return list(read(io.BytesIO(data), told_how(form, roles)))


def spoken(text: str | bytes, form: str = "auto", *roles: str) -> list[tuple[str, str]]:
    (only,) = found(text, form, *roles)
    assert isinstance(only, Transcript), only
    return [(message.speaker, message.content) for message in only.messages]


@pytest.mark.parametrize("name", FILES)
def test_every_format_gives_the_same_conversation(name: str):
    form, text = FILES[name]
    assert spoken(text) == spoken(text, form) == list(SAID)


def test_every_format_has_a_file_here():
    assert {form for form, _ in FILES.values()} | {"empa", "inspect"} == set(FORMATS)


@pytest.mark.parametrize("name", FILES)
def test_a_conversation_keeps_its_id_where_its_format_has_one(name: str):
    (only,) = found(FILES[name][1])
    assert isinstance(only, Transcript)
    unnamed = "messages" in name or name.startswith("text")
    assert only.id == (str(only.line) if unnamed else "a")


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-16-be"])
def test_a_byte_order_mark_says_how_to_read_it(name: str, codec: str):
    mark = "\ufeff" if codec == "utf-16-be" else ""
    assert spoken((mark + FILES[name][1]).encode(codec)) == list(SAID)


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_windows_is_read_alike(name: str):
    said = spoken(FILES[name][1].replace("\r\n", "\n").replace("\n", "\r\n"))
    assert [(who, text.replace("\r\n", "\n")) for who, text in said] == list(SAID)


def test_our_own_exports_are_read(tmp_path: Path):
    run = tmp_path / "run"
    assert (
        empa("run", "exam_student/reduce_stress", "--empathic", "scripted:expert", "--max-turns", 2, "--out", run).code
        == 0
    )
    for form, name in (("jsonl", "empa"), ("inspect", "inspect")):
        assert empa("export", run, "--format", form, "--out", tmp_path / form).code == 0
        data = (tmp_path / form).read_bytes()
        assert len(spoken(data)) == 4 and spoken(data) == spoken(data, name)
    chats = tmp_path / "chats.jsonl"
    chats.write_text(line(openai()), encoding="utf-8")
    assert empa("score", chats, "--out", tmp_path / "judged.jsonl").code == 0
    assert spoken((tmp_path / "judged.jsonl").read_bytes()) == list(SAID)


def test_a_wrong_guess_is_answered_by_the_format_it_looks_like():
    (fault,) = found(line(openai()), "sharegpt")
    assert fault == Fault(
        1, "no sharegpt conversation (no 'conversations'); it looks like openai: --format openai", "other_format"
    )
    (fault,) = found(line(sharegpt()), "esconv")
    assert isinstance(fault, Fault) and fault.why.endswith("it looks like sharegpt: --format sharegpt")


def test_a_file_may_hold_several_formats():
    both = found(line(openai()) + line(sharegpt() | {"id": "b"}))
    assert [item.id for item in both if isinstance(item, Transcript)] == ["a", "b"]


def test_what_looks_like_nothing_is_held_to_the_format_before():
    _, fault = found(line(sharegpt()) + line({"turns": []}))
    assert fault == Fault(2, "no sharegpt conversation (no 'conversations') among 'turns'", "no_conversation")


def test_an_unknown_format_is_answered_by_the_nearest():
    with pytest.raises(NotFoundError, match=r"^--format: unknown chat format 'sharegtp'. Did you mean 'sharegpt'\?"):
        format_named("sharegtp")


TALK = "[1.2.26, 10:00] Anna: I failed.\n[1.2.26, 10:01] Ben: Tell me.\n[1.2.26, 10:02] Bot 7: advert\n"


def test_a_name_that_is_not_known_is_asked_for_and_can_be_told():
    fault = next(item for item in found(TALK) if isinstance(item, Fault))
    assert fault.cause == "unknown_role" and fault.why.endswith("--role NAME=persona or --role NAME=empathic")
    assert spoken(TALK, "auto", "Anna=persona", "ben=empathic", "Bot 7=aside") == [
        ("persona", "I failed."),
        ("empathic", "Tell me."),
    ]
    assert spoken(TALK, "auto", "Anna=user", "ben=assistant", "Bot 7=aside")[1] == ("empathic", "Tell me.")
    with pytest.raises(UsageError, match=r"--role 'Anna=usr': allowed are NAME=persona"):
        told_how("auto", ["Anna=usr"])


@pytest.mark.parametrize(
    "name", ["openai", "sharegpt", "langchain", "esconv", "csv", "text", "langsmith", "langfuse, page of a line"]
)
def test_a_stream_gives_the_same_line_by_line(name: str):
    text = FILES[name][1]
    pieces = list(live_pieces(iter(text.encode().splitlines(keepends=True))))
    said = [said for piece in pieces if not isinstance(piece, Fault) for said in piece.messages if said is not None]
    assert {tuple(each) for each in said} >= set(SAID)
    assert not any(isinstance(piece, Fault) for piece in pieces)


def test_a_stream_gives_a_line_before_the_next_has_come():
    def arriving():
        yield line(openai()).encode()
        raise AssertionError("the second line is not asked for yet")

    assert next(live_pieces(arriving())).id == "a"


def test_the_page_names_every_format_and_cause():
    from empa_graph.chats.pieces import CAUSES

    page = (Path(__file__).parents[2] / "docs" / "chats.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", page, flags=re.MULTILINE))
    assert {name: rows[name] for name in FORMATS} == {name: each.about for name, each in FORMATS.items()}
    assert set(CAUSES) <= set(rows)


def test_many_pretty_conversations_are_split():
    many = pretty([openai() | {"id": str(n)} for n in range(3)])
    assert [item.id for item in found(many) if isinstance(item, Transcript)] == ["0", "1", "2"]
    assert [item.line for item in found(many) if isinstance(item, Transcript)] == [2, 31, 60]
    assert len(found(lines([openai() | {"id": n} for n in range(3)]))) == 3
    assert How().format == "auto"
