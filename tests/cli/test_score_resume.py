from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import pytest

from empa_graph.cli import score_tally
from empa_graph.models.episode import Episode
from tests.cli.test_score_command import GOOD, chats, judge_that_knows, titled
from tests.command import Outcome, empa
from tests.forked import empa_started
from tests.stub_server import failed, slow, stub_in_thread

NAMES = ("alpha", "beta", "gamma", "delta")


def kept(out: Path) -> list[Episode]:
    return [Episode.model_validate_json(line) for line in out.read_text(encoding="utf-8").splitlines()]


def scored(folder: Path, *words: object) -> Outcome:
    return empa("score", folder / "chats.jsonl", "--out", folder / "judged.jsonl", *words)


def test_what_the_file_holds_is_not_judged_again_and_counts(tmp_path: Path):
    file, out = chats(tmp_path, *titled("alpha", "beta")), tmp_path / "judged.jsonl"
    assert scored(tmp_path).code == 0
    before = out.read_bytes()
    chats(tmp_path, *titled(*NAMES))
    done = scored(tmp_path, "--json")
    assert (done.code, done.err) == (0, "empa: 2 conversations judged before\n")
    assert out.read_bytes().startswith(before) and [episode.conversation for episode in kept(out)] == [
        "1",
        "2",
        "3",
        "4",
    ]
    found = json.loads(done.out)
    assert (found["scored"], len(found["conversations"])) == (4, 4)
    assert found == json.loads(empa("score", file, "--json").out)


def test_after_a_kill_the_same_command_ends_as_if_it_had_not_been(tmp_path: Path):
    file, out = chats(tmp_path, *titled(*[f"case {n}" for n in range(400)])), tmp_path / "judged.jsonl"
    running = empa_started("score", file, "--out", out)
    running.until(lambda: out.exists() and out.stat().st_size > 50_000)
    os.kill(running.pid, signal.SIGKILL)
    running.ended()
    whole = out.read_bytes()
    assert 0 < whole.count(b"\n") < 400
    out.write_bytes(whole[: whole.rindex(b"\n") + 1] + whole[:90])  # the line that a kill cuts
    done = scored(tmp_path, "--json")
    assert done.code == 0 and [int(str(episode.conversation)) for episode in kept(out)] == list(range(1, 401))
    assert json.loads(done.out)["mean"] == json.loads(empa("score", file, "--json").out)["mean"]


def test_after_ctrl_c_the_same_command_goes_on(tmp_path: Path):
    file, out = chats(tmp_path, *titled(*NAMES)), tmp_path / "judged.jsonl"
    with stub_in_thread(choose=judge_that_knows({"This is gamma.": slow(60)})) as stub:
        words = ["--evaluator", "judge", "--judge", "stub-model", "--base-url", stub.url, "--concurrency", "1"]
        running = empa_started("score", file, *words, "--out", out)
        running.until(lambda: stub.count == 3)
        os.kill(running.pid, signal.SIGINT)
        assert running.ended().code == 3
    assert [episode.conversation for episode in kept(out)] == ["1", "2"]
    with stub_in_thread(choose=judge_that_knows({})) as stub:
        words[5] = stub.url
        assert (scored(tmp_path, *words).code, stub.count) == (0, 2)
    assert [episode.conversation for episode in kept(out)] == ["1", "2", "3", "4"]


def test_what_a_service_failed_is_judged_again_and_leaves_the_file(tmp_path: Path):
    chats(tmp_path, *titled("alpha", "beta", "gamma"))
    with stub_in_thread(choose=judge_that_knows({"This is beta.": failed(400, "context is full")})) as stub:
        words = ["--evaluator", "judge", "--judge", "stub-model", "--base-url", stub.url]
        assert scored(tmp_path, *words).code == 1
    with stub_in_thread(choose=judge_that_knows({})) as stub:
        words[5] = stub.url
        done = scored(tmp_path, *words)
    assert (done.code, stub.count) == (0, 1)
    assert [episode.conversation for episode in kept(tmp_path / "judged.jsonl")] == ["1", "3", "2"]


@pytest.mark.parametrize(
    ("words", "change"),
    [
        (("--evaluator", "epm"), "prompt behaviours.yaml was "),
        (("--profile", "deep_rapport"), "profile was balanced and is deep_rapport"),
        (("--scenario", "exam_student/reduce_stress"), "scenario was none and is exam_student/reduce_stress"),
    ],
)
def test_nobody_else_goes_on_with_the_file(tmp_path: Path, words: tuple[str, ...], change: str):
    chats(tmp_path, GOOD)
    scored(tmp_path)
    before = (tmp_path / "judged.jsonl").read_bytes()
    done = scored(tmp_path, *words)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"empa: {tmp_path / 'judged.jsonl'}: was judged otherwise: ")
    assert change in done.err and done.err.endswith("; choose another --out\n")
    assert (tmp_path / "judged.jsonl").read_bytes() == before


def test_a_conversation_with_other_words_is_not_taken_for_the_one_that_was_judged(tmp_path: Path):
    chats(tmp_path, *titled("alpha", "beta"))
    scored(tmp_path)
    chats(tmp_path, *titled("alpha", "omega"))
    done = scored(tmp_path)
    assert done.code == 2 and "holds conversation '2' of line 2 with other words; choose another --out" in done.err


@pytest.mark.parametrize("line", [b"paid for\n", b'{"schema_version": 1}\n', b"\xff\n"])
def test_a_file_that_holds_something_else_is_left_alone(tmp_path: Path, line: bytes):
    chats(tmp_path, GOOD)
    scored(tmp_path)
    out = tmp_path / "judged.jsonl"
    out.write_bytes(before := out.read_bytes() + line)
    done = scored(tmp_path)
    assert (done.code, out.read_bytes()) == (2, before)
    assert done.err == f"empa: {out}:2: no judged conversation; choose another --out\n"


@pytest.mark.parametrize("beside", ["", "{", "[]", '{"evaluator": 1}', "[" * 100_000])
def test_a_file_without_a_word_of_who_judged_is_left_alone(tmp_path: Path, beside: str):
    chats(tmp_path, GOOD)
    scored(tmp_path)
    (tmp_path / "judged.jsonl.settings.json").write_text(beside)
    assert "holds earlier judgements or something else" in scored(tmp_path).err


def test_nothing_stays_behind_where_nothing_was_judged(tmp_path: Path):
    chats(tmp_path, GOOD[:1])
    assert scored(tmp_path).code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["chats.jsonl"]


def test_the_table_lists_the_first_and_counts_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(score_tally, "LISTED", 3)
    done = empa("score", chats(tmp_path, *[GOOD] * 5))
    assert "and 2 conversations more; --out FILE and --json hold every one" in done.out
    assert "mean of 5 conversations" in done.out


def test_strict_reads_standard_input_before_anything_is_judged(tmp_path: Path):
    text = chats(tmp_path, GOOD, GOOD[:1]).read_text(encoding="utf-8")
    done = empa_started("score", "-", "--strict", given=text).ended()
    assert (done.code, done.out) == (2, "")
    assert done.err == "empa: standard input:2: no assistant message that answers a user message\n"
    done = empa_started("score", "-", "--strict", "--json", given=text.splitlines()[0]).ended()
    assert (done.code, json.loads(done.out)["scored"]) == (0, 1)


def test_ctrl_c_ends_what_waits_for_a_slow_pipe(tmp_path: Path):
    pipe, out = tmp_path / "pipe", tmp_path / "judged.jsonl"
    os.mkfifo(pipe)
    running = empa_started("score", pipe, "--out", out)
    with pipe.open("w") as end:
        text = chats(tmp_path, *[GOOD] * 200).read_text(encoding="utf-8")
        assert len(text) < 65_536
        end.write(text * 3)
        end.flush()
        running.until(lambda: out.exists() and out.stat().st_size)
        time.sleep(0.2)
        os.kill(running.pid, signal.SIGINT)
        assert running.ended().code == 3
    assert kept(out)
