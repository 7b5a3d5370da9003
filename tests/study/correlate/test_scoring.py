from __future__ import annotations

import json
from io import FileIO
from pathlib import Path

import pytest

from empa_graph.errors import UsageError
from empa_graph.study.correlate.rated import rated_lines
from empa_graph.study.correlate.scoring import CONTROLS, Row, add_row, answered_by, jobs, kept_rows

SAID = [
    {"role": "user", "content": "I failed the exam."},
    {"role": "user", "content": "Again."},
    {"role": "assistant", "content": "Tell me."},
    {"role": "assistant", "content": "If you like."},
    {"role": "user", "content": "My father is silent."},
    {"role": "assistant", "content": "That hurts."},
]
(RATED,) = rated_lines([json.dumps({"id": "a", "messages": SAID, "ratings": {"warm": 3}}).encode()]).rows
ROW = Row(key="k1", id="a", turn=None, figures={"composite": 1.5})
LATER = ROW.model_copy(update={"key": "k2", "unscored": "no turn was judged", "figures": {}})


def kept(file: Path, *rows: Row) -> Path:
    with FileIO(file, "ab") as out:
        for row in rows:
            add_row(out, row)
    return file


def test_rows_are_found_again_by_their_key(tmp_path: Path):
    file = kept(tmp_path / "rows", ROW, LATER)
    assert kept_rows(file, ["k1"]) == {"k1": ROW}
    assert kept_rows(file, ["k1", "k2", "k3"]) == {"k1": ROW, "k2": LATER}
    assert kept_rows(tmp_path / "none", ["k1"]) == {}


@pytest.mark.parametrize("left", [1, 20, 27, 40, 60])
def test_the_begun_line_of_a_killed_process_is_cut_off_and_written_again(tmp_path: Path, left: int):
    file = kept(tmp_path / "rows", ROW)
    whole = file.read_bytes()
    with file.open("ab") as out:
        out.write(LATER.model_dump_json().encode()[:left])
    assert kept_rows(file, ["k1", "k2"]) == {"k1": ROW}
    assert file.read_bytes() == whole
    assert kept_rows(kept(file, LATER), ["k2"]) == {"k2": LATER}


@pytest.mark.parametrize("content", [b"my notes", b"my notes\n", b'{"id": "a"}\n', b'{"schema_version":2}\n'])
def test_a_file_of_something_else_is_refused_untouched(tmp_path: Path, content: bytes):
    file = tmp_path / "notes"
    file.write_bytes(content)
    with pytest.raises(UsageError, match=r"notes:1: no row of scores; choose another --out-rows"):
        kept_rows(file, ["k1"])
    assert file.read_bytes() == content


def test_the_key_is_of_evaluator_words_and_of_what_was_rated():
    one, again = jobs([RATED], "digest", gaming=0, seed=0)[0].key, jobs([RATED], "digest", gaming=0, seed=1)[0].key
    other = RATED._replace(transcript=answered_by("generic", RATED.transcript, seed=0))
    variants = [jobs([RATED], "other", gaming=0, seed=0), jobs([other], "digest", gaming=0, seed=0)]
    variants.append(jobs([RATED._replace(turn=5)], "digest", gaming=0, seed=0))
    assert one == again and len({one, *(found[0].key for found in variants)}) == 4


def test_every_control_that_speaks_answers_in_the_first_conversations():
    found = jobs([RATED, RATED._replace(line=2)], "digest", gaming=1, seed=0)
    assert [(job.place, job.control) for job in found] == [(0, ""), (1, ""), *((0, name) for name in CONTROLS)]
    assert "silent" not in CONTROLS and "generic" in CONTROLS


def test_a_control_replies_once_a_turn_to_the_same_person():
    said = answered_by("dismissive", RATED.transcript, seed=0)
    assert [(m.turn, m.speaker) for m in said.messages] == [
        (1, "persona"),
        (1, "persona"),
        (1, "empathic"),
        (2, "persona"),
        (2, "empathic"),
    ]
    assert said == answered_by("dismissive", RATED.transcript, seed=0)
    assert {m.content for m in said.messages if m.speaker == "empathic"}.isdisjoint({"Tell me.", "That hurts."})
