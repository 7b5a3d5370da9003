from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from empa_graph.models.episode import Episode
from tests.command import SCENARIO, empa
from tests.embeddings import needs_minilm
from tests.forked import empa_started
from tests.stub_server import Answers, Canned, failed, said, slow, stub_in_thread

GOOD = [
    ("user", "I can't sleep before the exam. 皆"),
    ("assistant", "You lie awake before the exam. What is that like?"),
]


def chats(folder: Path, *conversations: list[tuple[str, str]]) -> Path:
    file = folder / "chats.jsonl"
    lines = [json.dumps({"messages": [{"role": r, "content": c} for r, c in said]}) for said in conversations]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def test_the_output_says_that_start_and_target_are_a_prior(tmp_path: Path):
    done = empa("score", chats(tmp_path, GOOD * 3, GOOD), "--json")
    found = json.loads(done.out)
    assert (done.code, done.err) == (0, "")
    assert found["basis"] == "start and target: the stated prior of rubric 'sdt' (no scenario given)"
    assert [(row["conversation"], row["turns"]) for row in found["conversations"]] == [("1", 3), ("2", 1)]
    assert all(row["score"] and row["faults"] == [] for row in found["conversations"])


def test_the_table_shows_one_row_a_conversation(tmp_path: Path):
    done = empa("score", chats(tmp_path, GOOD, GOOD))
    assert done.code == 0 and "stated prior of rubric 'sdt'" in " ".join(done.out.split())
    assert "composite" in done.out and "│ 2 " in done.out


def test_against_a_scenario_the_scores_are_the_scenarios(tmp_path: Path):
    file = chats(tmp_path, GOOD * 3)
    plain, against = (json.loads(empa("score", file, *more, "--json").out) for more in ((), ("--scenario", SCENARIO)))
    assert against["basis"] == f"start and target: scenario {SCENARIO}"
    assert plain["conversations"][0]["score"] != against["conversations"][0]["score"]


def test_the_judged_episodes_are_written_whole(tmp_path: Path):
    out = tmp_path / "judged.jsonl"
    assert empa("score", chats(tmp_path, GOOD, GOOD * 2), "--out", out).code == 0
    one, two = (Episode.model_validate_json(line) for line in out.read_text(encoding="utf-8").splitlines())
    assert (one.scenario, one.turns, two.turns) == ("transcript:1", 1, 2)
    assert one.messages[0].content == GOOD[0][1]


def test_a_profile_changes_the_composite_only(tmp_path: Path):
    file = chats(tmp_path, GOOD * 4)
    one, two = (
        json.loads(empa("score", file, "--profile", name, "--json").out)["conversations"][0]["score"]
        for name in ("balanced", "deep_rapport")
    )
    assert one["alignment_index"] == two["alignment_index"] and one["composite"] != two["composite"]


@needs_minilm
def test_the_offline_evaluator_with_embeddings_scores_under_its_own_name(tmp_path: Path):
    out = tmp_path / "judged.jsonl"
    assert empa("score", chats(tmp_path, GOOD * 2), "--evaluator", "cues-minilm", "--out", out).code == 0
    episode = Episode.model_validate_json(out.read_text(encoding="utf-8"))
    assert episode.evaluator == "cues-minilm" and episode.score is not None
    assert {step.assessment.evaluator for step in episode.latent.steps if step.assessment} == {"cues-minilm"}


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("--profile", "balancd"), "--profile: unknown weight profile 'balancd'. Did you mean 'balanced'?"),
        (("--scenario", "exam_student/reduce_stres"), f"Did you mean '{SCENARIO}'?"),
        (("--evaluator", "judge"), "--evaluator judge needs --judge MODEL"),
        (
            ("--out", "/no/such/folder/x.jsonl"),
            "/no/such/folder/x.jsonl: cannot be written (no such file or directory)",
        ),
    ],
)
def test_a_wrong_word_is_one_line_before_anything_is_judged(tmp_path: Path, words: tuple[str, ...], line: str):
    done = empa("score", chats(tmp_path, GOOD), *words)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert line in done.err


def test_a_conversation_without_an_assistant_is_named_with_file_and_line(tmp_path: Path):
    file = chats(tmp_path, GOOD, GOOD[:1])
    done = empa("score", file)
    assert (done.code, done.err) == (2, f"empa: {file}:2: no assistant message that answers a user message\n")


def named(folder: Path, *names: str) -> Path:
    file = folder / "chats.jsonl"
    messages = [{"role": role, "content": text} for role, text in GOOD]
    file.write_text("".join(json.dumps({"id": name, "messages": messages}) + "\n" for name in names))
    return file


def test_against_a_scenario_each_conversation_keeps_its_id(tmp_path: Path):
    words = ("score", named(tmp_path, "case-7", "case-8"), "--scenario", SCENARIO)
    rows = json.loads(empa(*words, "--json").out)["conversations"]
    assert [(row["conversation"], row["scenario"]) for row in rows] == [("case-7", SCENARIO), ("case-8", SCENARIO)]
    shown = empa(*words, "--out", tmp_path / "judged.jsonl").out
    assert "case-7" in shown and "case-8" in shown and f"scenario {SCENARIO}" in shown
    kept = [Episode.model_validate_json(line) for line in (tmp_path / "judged.jsonl").read_text().splitlines()]
    assert [(one.scenario, one.conversation) for one in kept] == [(SCENARIO, "case-7"), (SCENARIO, "case-8")]


def test_a_persona_with_several_scenarios_is_refused_with_their_names(tmp_path: Path):
    goals = ", ".join(f"exam_student/{goal}" for goal in ("reduce_stress", "clarify_values", "after_failing"))
    done = empa("score", chats(tmp_path, GOOD), "--scenario", "exam_student")
    assert done == (2, "", f"empa: --scenario: 'exam_student' stands for 3 scenarios; name one of {goals}\n")


def test_earlier_judgements_are_never_written_over(tmp_path: Path):
    out = tmp_path / "judged.jsonl"
    out.write_text("paid for\n")
    done = empa("score", chats(tmp_path, GOOD), "--out", out)
    assert (done.code, done.out, out.read_text()) == (2, "", "paid for\n")
    assert done.err.endswith(
        "judged.jsonl: holds earlier judgements or something else; move it away or choose another --out\n"
    )


def test_the_mean_over_the_conversations_has_an_interval(tmp_path: Path):
    file = chats(tmp_path, GOOD, GOOD * 3, [GOOD[0], ("assistant", "Get over it.")])
    found = json.loads(empa("score", file, "--json").out)
    composites = [row["score"]["composite"] for row in found["conversations"]]
    mean = found["mean"]["composite"]
    assert found["scored"] == 3 and mean["mean"] == pytest.approx(sum(composites) / 3)
    assert 0.0 <= mean["low"] <= mean["mean"] <= mean["high"] <= 100.0
    shown = " ".join(empa("score", file).out.split())
    assert "mean of 3 conversations, all under one stated prior" in shown
    assert f"composite {mean['mean']:.1f} [{mean['low']:.1f}, {mean['high']:.1f}]" in shown


def test_standard_input_is_read(tmp_path: Path):
    done = empa_started("score", "-", "--json", given=chats(tmp_path, GOOD).read_text(encoding="utf-8")).ended()
    assert (done.code, done.err) == (0, "")
    assert json.loads(done.out)["conversations"][0]["turns"] == 1


def test_an_empty_file_is_one_line(tmp_path: Path):
    file = tmp_path / "none.jsonl"
    file.write_text("\n\n")
    assert empa("score", file).err == f"empa: {file}: no conversation in this file\n"


def test_a_judge_that_answers_prose_leaves_every_conversation_without_a_number(tmp_path: Path):
    with stub_in_thread("I would say rather warm.") as stub:
        words = ("--evaluator", "judge", "--judge", "stub-model", "--base-url", stub.url, "--json")
        done = empa("score", chats(tmp_path, GOOD), *words)
    (row,) = json.loads(done.out)["conversations"]
    assert (done.code, stub.count) == (1, 2)
    assert (row["score"], row["unscored"]) == (None, "no turn was judged")
    assert row["faults"][0]["kind"] == "judge_invalid"


def titled(*names: str) -> list[list[tuple[str, str]]]:
    return [[("user", f"This is {name}."), GOOD[1]] for name in names]


def judge_that_knows(canned: dict[str, Canned]) -> Answers:
    """Answer with what is ``canned`` for a text of the request; else nothing moved."""
    unmoved = {side: {"evidence": "", "level": 0} for side in ("progress", "regress")}
    verdict = said(json.dumps(dict.fromkeys(("autonomy", "competence", "relatedness", "calm"), unmoved)))
    return lambda body: next((answer for text, answer in canned.items() if text in json.dumps(body)), verdict)


def test_a_judge_that_fails_in_the_middle_leaves_the_others_their_scores(tmp_path: Path):
    out = tmp_path / "judged.jsonl"
    with stub_in_thread(choose=judge_that_knows({"This is beta.": failed(400, "context is full")})) as stub:
        words = ("--evaluator", "judge", "--judge", "stub-model", "--base-url", stub.url, "--out", out, "--json")
        done = empa("score", chats(tmp_path, *titled("alpha", "beta", "gamma")), *words)
    rows = json.loads(done.out)["conversations"]
    assert done.code == 1
    assert [row["score"] is not None for row in rows] == [True, False, True]
    assert "context is full" in rows[1]["unscored"]
    assert [json.loads(line)["scenario"][-1] for line in out.read_text().splitlines()] == ["1", "2", "3"]


def test_an_interruption_keeps_what_was_judged_as_whole_lines(tmp_path: Path):
    file, out = chats(tmp_path, *titled("alpha", "beta", "gamma")), tmp_path / "judged.jsonl"
    with stub_in_thread(choose=judge_that_knows({"This is beta.": slow(60)})) as stub:
        words = ["--evaluator", "judge", "--judge", "stub-model", "--base-url", stub.url, "--out", str(out)]
        running = empa_started("score", file, *words)
        running.until(lambda: stub.count == 3 and out.read_bytes())
        os.kill(running.pid, signal.SIGINT)
        code, _, err = running.ended()
    assert (code, err) == (130, f"empa: stopped; every judged conversation is kept in {out}\n")
    kept = [Episode.model_validate_json(line) for line in out.read_text().splitlines()]
    assert {"transcript:1"} <= {episode.scenario for episode in kept} <= {"transcript:1", "transcript:3"}


def test_the_file_of_the_conversations_is_never_written_over(tmp_path: Path):
    file = chats(tmp_path, GOOD)
    before = file.read_bytes()
    done = empa("score", file, "--out", tmp_path / "." / file.name)
    assert (done.code, done.err) == (2, f"empa: {file}: holds the conversations; choose another --out\n")
    assert file.read_bytes() == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_one_line(tmp_path: Path):
    done = empa("score", chats(tmp_path, GOOD), "--out", "/dev/full")
    assert (done.code, done.out) == (2, "")
    assert done.err == "empa: /dev/full: cannot be written (no space left on device)\n"
