"""Which live results are labels of conversations, and which are refused and why."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from empa_graph.errors import ContentError, NotFoundError, UsageError
from empa_graph.study.outcomes.labels import labelled
from empa_graph.study.outcomes.live_results import live_rows
from tests.rated_parts import rated, written

HEAD = "version,outcome,n,count,mean,conversation\n"


@pytest.fixture
def chats(tmp_path: Path) -> Path:
    rows = [{name: part for name, part in rated(place, place % 5).items() if name != "ratings"} for place in range(4)]
    return written(tmp_path / "chats.jsonl", *rows)


def live(folder: Path, *rows: str) -> Path:
    (folder / "live.csv").write_text(HEAD + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return folder / "live.csv"


def test_an_answer_about_a_conversation_is_its_label_and_several_are_several_raters(chats: Path, tmp_path: Path):
    file = live(tmp_path, "v1,survey,1,,4,c0", "v1,survey,1,,2,c1", "v1,survey,1,,5,c0", "v1,other,1,,1,c2")
    found, told = labelled(chats, file, "survey")
    assert [row.ratings for row in found.rows] == [{"survey": (4.0, 5.0)}, {"survey": (2.0,)}, {}, {}]
    assert [row.turn for row in found.rows] == [None] * 4
    assert told[0].startswith("2 of 4 conversations have an answer to 'survey'; who answers is not drawn by chance")


def test_what_cannot_be_joined_is_named_and_what_is_of_a_version_is_counted(chats: Path, tmp_path: Path):
    lost = [f"v1,survey,1,,3,gone{number}" for number in range(5)]
    _, told = labelled(chats, live(tmp_path, "v1,survey,1,,4,c0", "v1,survey,90,,3.5,", *lost), "survey")
    assert told[1:] == (
        "answers left out, no conversation of that id: gone0, gone1, gone2 and 2 more",
        "rows of 'survey' left out, which are of versions: 1",
    )


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("v1,survey,200,,3.9,", r"live.csv:2: 'survey' is of versions of an agent, and can be no label"),
        ("v1,survey,1,1,,c0", r"live.csv:2: 'survey' is counted, and can be no label"),
        ("v1,survey,1,,3,gone", r"no conversation of .*chats.jsonl has an id that 'survey' names"),
    ],
)
def test_what_is_no_label_is_refused_in_one_line_that_says_why(chats: Path, tmp_path: Path, row: str, why: str):
    with pytest.raises(UsageError, match=why) as refused:
        labelled(chats, live(tmp_path, row), "survey")
    assert "\n" not in str(refused.value)


def test_a_huge_answer_is_refused_by_line(chats: Path, tmp_path: Path):
    with pytest.raises(ContentError, match=r"live.csv:3: mean: 1e\+308, allowed in a label is from -1e\+09 to 1e\+09"):
        labelled(chats, live(tmp_path, "v1,survey,1,,4,c0", "v1,survey,1,,1e308,c1"), "survey")


def test_an_unknown_outcome_names_the_nearest(chats: Path, tmp_path: Path):
    with pytest.raises(NotFoundError, match="unknown outcome 'surwey'"):
        labelled(chats, live(tmp_path, "v1,survey,1,,4,c0"), "surwey")


def test_a_row_of_one_conversation_has_n_1(tmp_path: Path):
    with pytest.raises(ContentError, match=r"live.csv:2: n: 3, a row of one conversation has n 1"):
        live_rows(live(tmp_path, "v1,survey,3,,4,c0"))


def test_a_line_of_one_message_and_one_without_an_id_are_skipped_and_said(chats: Path, tmp_path: Path):
    lines = [json.loads(line) for line in chats.read_text().splitlines()]
    lines[1]["turn"] = 1
    del lines[2]["id"]
    found, _ = labelled(written(chats, *lines), live(tmp_path, "v1,survey,1,,4,c0"), "survey")
    assert [row.transcript.id for row in found.rows] == ["c0", "c3"]
    assert [(fault.line, fault.why) for fault in found.unusable] == [
        (2, "turn: what is joined by id is of a whole conversation, and never of one message"),
        (3, "id: this field is missing, by which ratings are joined"),
    ]


def test_a_folder_holds_no_conversation_that_was_lived(tmp_path: Path):
    with pytest.raises(UsageError, match="--outcomes goes with a file of the conversations that were lived"):
        labelled(tmp_path, live(tmp_path, "v1,survey,1,,4,c0"), "survey")
