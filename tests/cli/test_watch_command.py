from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from tests.command import Outcome, empa
from tests.forked import empa_started
from tests.scripted_parts import HARSH

CURT = HARSH
SLA = "id: line\nrules:\n  - {id: harmed, signal: regress, enter: 1, window: 2, min_turns: 1, severity: critical}\n"


def chats(*names: str) -> str:
    lines = []
    for name in names:
        for reply in CURT:
            lines.append({"conversation": name, "role": "user", "content": "They moved my desk to the corridor."})
            lines.append({"conversation": name, "role": "assistant", "content": reply})
    return "".join(json.dumps(line) + "\n" for line in lines)


def piped(text: str, *words: str, cwd: Path) -> Outcome:
    return empa_started("watch", *words, cwd=cwd, given=text).ended()


def test_breaches_are_one_line_each_and_the_summary_says_where_the_path_starts(tmp_path: Path):
    (tmp_path / "line.yaml").write_text(SLA)
    done = piped(chats("a\tb"), "--sla", "line.yaml", cwd=tmp_path)
    assert done.code == 0
    assert "a b turn 1: critical: harmed (regress 1.00, limit 1)" in done.out
    assert len(done.out.splitlines()) == 1
    assert "3 turns judged, 1 breach" in done.err
    assert "stated prior of rubric 'sdt'" in done.err


def test_as_json_a_breach_carries_its_evidence_and_exit_code_1_is_on_request(tmp_path: Path):
    done = piped("nonsense\n" + chats("a"), "--json", "--fail-on-breach", cwd=tmp_path)
    assert done.code == 1
    assert {row["rule"] for row in done.rows} == {"turning_away", "harm_repeated"}
    assert all(span in CURT[0] for span in done.rows[0]["evidence"][0]["spans"])
    assert "empa: line 1: Invalid JSON" in done.err


def test_a_file_that_is_named_is_read_to_its_end_and_after_a_breach_the_next_step_is_said(tmp_path: Path):
    (tmp_path / "chats.jsonl").write_text(chats("a"))
    done = empa("watch", tmp_path / "chats.jsonl")
    assert (done.code, len(done.out.splitlines())) == (0, 2)
    assert done.err.splitlines()[1].startswith("empa: a breach is a rule of the SLA that a conversation broke: read it")
    assert "a breach is" not in empa("watch", tmp_path / "chats.jsonl", "--json").err


def test_a_stream_without_a_breach_is_silent(tmp_path: Path):
    done = piped("", "--fail-on-breach", cwd=tmp_path)
    assert (done.code, done.out) == (0, "")


def test_a_followed_file_is_judged_while_it_grows_until_ctrl_c(tmp_path: Path):
    file = tmp_path / "chats.jsonl"
    file.write_text("")
    running = empa_started("watch", "--follow", file, "--json", "--rest", "0.1", "--fail-on-breach")
    with file.open("a") as more:
        more.write(chats("a"))
    running.until(lambda: "\n" in running.said())
    os.kill(running.pid, signal.SIGINT)
    done = running.ended()
    assert (done.code, done.rows[0]["conversation"]) == (1, "a")
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--sla", "none.yaml"), "none.yaml: cannot be read"),
        (("--follow", "none.jsonl"), "none.jsonl: cannot be read"),
        (("none.jsonl",), "none.jsonl: cannot be read"),
        (("a.jsonl", "--follow", "b.jsonl"), "a.jsonl is read to its end and --follow b.jsonl has none; name one"),
        (("--post", "nowhere"), "--post 'nowhere' is no URL"),
        (("--evaluator", "cus"), "Did you mean 'cues'"),
    ],
)
def test_bad_words_are_one_line(words: tuple[str, ...], said: str):
    done = empa("watch", *words) if words[0] != "--follow" else empa("watch", *words, "--rest", "0.1")
    assert done.code == 2
    assert said in done.err
    assert "Traceback" not in done.err
