from __future__ import annotations

import json
from pathlib import Path

import pytest

from empa_graph.distill import intake as stage
from tests.command import empa
from tests.distill.parts import LONG, corpus, different, talk

OWN = "--own-rules"


def test_the_folder_is_made_and_what_is_left_out_is_said(tmp_path: Path):
    file = corpus(tmp_path / "c.jsonl", [different(1), "{", talk("hi")])
    done = empa("distill", file, "--out", tmp_path / "out", OWN, "--until", "intake")
    assert done.code == 0 and "1 of 3 conversations kept" in done.out
    assert "not_json" in done.out and "line 2" in done.out and "not anonymous" in done.out
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        *("conversations.jsonl", "report.json", "report.md", "distill.json", "intake.sqlite3"),
    }


def test_as_json_it_prints_the_report_that_it_wrote(tmp_path: Path):
    file = corpus(tmp_path / "c.jsonl", [different(1), "{"])
    done = empa("distill", file, "--out", tmp_path / "out", OWN, "--json", "--until", "intake")
    assert json.loads(done.out) == json.loads((tmp_path / "out" / "report.json").read_text())


def test_without_the_option_presidio_and_the_lists_of_names_are_used(tmp_path: Path):
    pytest.importorskip("presidio_analyzer")
    pytest.importorskip("faker")
    file = corpus(tmp_path / "c.jsonl", [talk(f"i miss zbyszek. {LONG[0]}", *LONG[1:])])
    assert empa("distill", file, "--out", tmp_path / "out", "--until", "intake").code == 0
    assert set(json.loads((tmp_path / "out" / "distill.json").read_text())["rules"]) == {
        *("sha256", "presidio-analyzer", "faker"),
    }


def test_a_bound_that_leaves_out_is_said_with_what_is_wanted_what_there_is_and_the_option(tmp_path: Path):
    file = corpus(tmp_path / "c.jsonl", [different(1), talk(*LONG[:2]), talk("hi"), talk("ok", "yes", "so what")])
    words = ("distill", file, "--out", tmp_path / "out", OWN, "--until", "intake")
    shown = " ".join(empa(*words).out.split())
    turns, few = "wanted are at least 3 answered messages (--least-turns)", "wanted are at least 20 words of the person"
    assert json.loads(empa(*words, "--json").out)["left_out"] == {
        "few_turns": {"count": 2, "why": f"has too few turns: {turns}", "lines": [2, 3], "has": [2, 1]},
        "few_words": {"count": 1, "why": f"says too little: {few} (--least-words)", "lines": [4], "has": [4]},
    }
    page = (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    assert f"| `few_turns` | 2 | has too few turns: {turns} | line 2 (has 2), line 3 (has 1) |" in page
    assert "--least-turns" in shown and "(has 2)" in shown


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("none.jsonl",), "none.jsonl: cannot be read (no such file or directory)"),
        (("c.jsonl", "--least-turns", "9", "--most-turns", "3"), "--least-turns 9: is more than --most-turns 3"),
        (("c.jsonl", "--limit", "0"), "'--limit'"),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(words: tuple[str, ...], told: str, tmp_path: Path):
    corpus(tmp_path / "c.jsonl", [different(1)])
    done = empa("distill", tmp_path / words[0], *words[1:], "--out", tmp_path / "out", OWN)
    assert done.code == 2 and told in done.err and done.err.count("\n") == 1


def test_where_nothing_is_kept_the_exit_code_is_1(tmp_path: Path):
    done = empa("distill", corpus(tmp_path / "c.jsonl", ["{"]), "--out", tmp_path / "out", OWN)
    assert done.code == 1 and "0 of 1 conversation kept" in done.out


def test_ctrl_c_is_exit_code_3_and_the_same_command_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = corpus(tmp_path / "c.jsonl", map(different, range(20)))
    real, calls = stage.redacted, iter(range(1_000))

    def interrupted(*words: object) -> object:
        if next(calls) == 17:
            raise KeyboardInterrupt
        return real(*words)  # type: ignore[arg-type]

    monkeypatch.setattr(stage, "redacted", interrupted)
    done = empa("distill", file, "--out", tmp_path / "out", OWN)
    assert done.code == 3 and "empa: stopped; 16 conversations decided, the same command goes on" in done.err
    again = empa("distill", file, "--out", tmp_path / "out", OWN)
    assert again.code == 0 and "20 of 20 conversations kept (16 decided before)" in again.out
