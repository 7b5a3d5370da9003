from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from empa_graph.distill import intake as stage
from empa_graph.distill.folder import CONVERSATIONS, Counted, Folder, conversations
from empa_graph.distill.intake import Asked, Taken, intake
from empa_graph.distill.quality import Bounds
from empa_graph.errors import ContentError, ProviderError, UsageError
from tests.distill.parts import LONG, corpus, different, talk

NAMED = talk(f"My sister Quillfeather is in Lisbon. {LONG[0]}", *LONG[1:])


def taken(file: Path, out: Path, **asked: object) -> Taken:
    return intake(Asked(file, **{"bounds": Bounds(), **asked}), out)  # type: ignore[arg-type]


def written(out: Path) -> dict[str, bytes]:
    """All that a folder holds of a corpus, but for the database's own pages."""
    return {name: (out / name).read_bytes() for name in (CONVERSATIONS, "report.json", "report.md", "distill.json")}


def test_what_is_kept_is_redacted_and_nothing_in_the_folder_holds_a_name(tmp_path: Path):
    lines = [{**NAMED, "id": "quillfeather-1"}, '{"broken": "Quillfeather"', talk("Quillfeather"), NAMED]
    out = tmp_path / "out"
    found = taken(corpus(tmp_path / "quillfeather.jsonl", lines), out)
    (kept,) = conversations(out)
    assert kept.turns[0].text.startswith("My sister [name 1] is in [place 1]. I have been crying")
    assert (kept.line, kept.placeholders, len(kept.id)) == (1, {"place": 1, "name": 1}, 16)
    assert found.counted.causes == {"not_json": 1, "few_turns": 1, "near_duplicate": 1}
    for file in out.iterdir():
        assert b"quillfeather" not in file.read_bytes().lower(), file.name


def test_a_report_counts_every_cause_and_names_lines_alone(tmp_path: Path):
    out = tmp_path / "out"
    taken(corpus(tmp_path / "c.jsonl", [NAMED, *["{"] * 7, NAMED]), out)
    told = json.loads((out / "report.json").read_text())
    assert (told["read"], told["kept"], told["messages"], told["finished"]) == (9, 1, 6, True)
    assert told["left_out"]["not_json"] == {"count": 7, "why": "is no JSON", "lines": [2, 3, 4, 5, 6]}
    assert "| `near_duplicate` | 1 |" in (out / "report.md").read_text()
    assert (out.stat().st_mode & 0o077) == 0


def test_an_intake_that_was_limited_goes_on_and_ends_as_one_that_was_not(tmp_path: Path):
    file = corpus(tmp_path / "c.jsonl", [*map(different, range(40)), different(3)])
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    taken(file, whole)
    for limit in (5, 23, 30, None):
        found = taken(file, parts, limit=limit)
    assert found.before == 30 and written(whole) == written(parts)


def test_nothing_is_redacted_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = corpus(tmp_path / "c.jsonl", map(different, range(20)))
    taken(file, tmp_path / "out")
    monkeypatch.setattr(stage, "redacted", lambda *_: pytest.fail("done before"))
    assert taken(file, tmp_path / "out").before == 20


@pytest.mark.parametrize("at", [1, 17, 39])
def test_ctrl_c_keeps_what_was_done_and_the_next_call_ends_the_same(
    at: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    file = corpus(tmp_path / "c.jsonl", map(different, range(40)))
    taken(file, tmp_path / "whole")
    real, calls = stage.redacted, iter(range(1_000))

    def interrupted(*words: object) -> object:
        if next(calls) == at:
            raise KeyboardInterrupt
        return real(*words)  # type: ignore[arg-type]

    monkeypatch.setattr(stage, "redacted", interrupted)
    stopped = taken(file, tmp_path / "out")
    assert stopped.stopped and stopped.counted.read == at // stage.BATCH * stage.BATCH
    assert len([*conversations(tmp_path / "out")]) == stopped.counted.kept
    assert not taken(file, tmp_path / "out").stopped
    assert written(tmp_path / "out") == written(tmp_path / "whole")


@pytest.mark.slow
def test_a_kill_at_any_moment_leaves_a_folder_that_is_read_and_resumed(tmp_path: Path):
    file = corpus(tmp_path / "c.jsonl", map(different, range(400)))
    taken(file, tmp_path / "whole")
    code = (
        "import sys; from pathlib import Path; from empa_graph.distill.intake import *\n"
        "intake(Asked(Path(sys.argv[1]), Bounds()), Path(sys.argv[2]), told=lambda c: print(c.read, flush=True))"
    )
    for _ in range(3):
        child = subprocess.Popen(
            [sys.executable, "-c", code, file, tmp_path / "out"], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        for _ in range(4):
            child.stdout.readline()
        time.sleep(0.05)
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        child.stdout.close()
        assert [one.line for one in conversations(tmp_path / "out")]
    taken(file, tmp_path / "out")
    assert written(tmp_path / "out") == written(tmp_path / "whole")


def test_a_line_that_was_written_and_not_counted_is_cut_off(tmp_path: Path):
    file, out = corpus(tmp_path / "c.jsonl", map(different, range(20))), tmp_path / "out"
    taken(file, out, limit=10)
    whole = (out / CONVERSATIONS).read_bytes()
    (out / CONVERSATIONS).write_bytes(whole + b'{"id": "torn')
    assert len([*conversations(out)]) == 10
    taken(file, out, limit=10)
    assert (out / CONVERSATIONS).read_bytes() == whole


def test_conversations_on_one_line_have_ids_of_their_own(tmp_path: Path):
    file, out = tmp_path / "c.json", tmp_path / "out"
    file.write_text(json.dumps({"data": [different(1), different(2)]}))
    taken(file, out)
    assert len({one.id for one in conversations(out)}) == 2


def test_another_corpus_or_other_bounds_are_refused_with_the_name_of_what_differs(tmp_path: Path):
    file, other = (corpus(tmp_path / f"{n}.jsonl", map(different, range(n))) for n in (2, 3))
    taken(file, tmp_path / "out")
    with pytest.raises(UsageError, match="another corpus; choose another --out"):
        taken(other, tmp_path / "out")
    with pytest.raises(UsageError, match="another bounds; choose another --out"):
        taken(file, tmp_path / "out", bounds=Bounds(least_turns=9))


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path):
    (tmp_path / "mine.txt").write_text("keep")
    file = corpus(tmp_path / "c.jsonl", [NAMED])
    with pytest.raises(UsageError, match="holds something else"):
        taken(file, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"mine.txt", "c.jsonl"}


def test_a_folder_that_was_killed_at_its_very_start_can_be_used(tmp_path: Path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "distill.part").write_text('{"cor')
    assert taken(corpus(tmp_path / "c.jsonl", [NAMED]), tmp_path / "out").counted.kept == 1


def test_two_intakes_cannot_write_one_folder(tmp_path: Path):
    asked: dict[str, object] = {"one": 1}
    first = Folder(tmp_path / "out", asked)
    with pytest.raises(UsageError, match="another process is writing it"):
        Folder(tmp_path / "out", asked)
    first.close()
    Folder(tmp_path / "out", asked).close()


def test_what_is_kept_can_be_read_while_more_is_taken_in(tmp_path: Path):
    out, read = tmp_path / "out", []
    file = corpus(tmp_path / "c.jsonl", map(different, range(40)))
    intake(Asked(file, Bounds()), out, told=lambda counted: read.append((counted.kept, len([*conversations(out)]))))
    assert read == [(16, 16), (32, 32), (40, 40)]


def test_a_message_that_cannot_be_searched_in_time_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def slow(*_: object) -> object:
        raise ProviderError("too long", kind="redaction_timeout", blame="us")

    monkeypatch.setattr(stage, "redacted", slow)
    counted: Counted = taken(corpus(tmp_path / "c.jsonl", [NAMED]), tmp_path / "out").counted
    assert (counted.kept, counted.causes) == (0, {"redaction_timeout": 1})


def test_a_folder_without_an_intake_is_said(tmp_path: Path):
    with pytest.raises(ContentError, match="holds no intake that can be read"):
        next(conversations(tmp_path))
