from __future__ import annotations

import json
import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from empa_graph.models.behaviour import AXES
from empa_graph.models.episode import Episode
from empa_graph.report.text import many
from tests.command import SCENARIO, empa
from tests.embeddings import needs_minilm, needs_smollm
from tests.forked import empa_started
from tests.roles.judging import coding
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


def test_marks_of_support_have_a_legend_where_they_stand_and_no_mean_counts_provisional_values(tmp_path: Path):
    done = empa("score", chats(tmp_path, GOOD * 5, GOOD))
    shown = "".join(done.out.split())
    legend, capped = "support?provisional:fewerthan8replies,leftoutofmeans", "support*cappedbyaguard"
    assert legend in shown and capped in shown
    assert "support-(2of2provisional:fewerthan8replies)" in shown
    found = json.loads(empa("score", tmp_path / "chats.jsonl", "--json").out)
    assert (found["provisional"], "support" in found["mean"]) == (2, False)
    assert all(row["support"]["provisional"] and row["support"]["value"] for row in found["conversations"])
    long = [(role, f"{text} {n}") for n in range(9) for role, text in (("user", "Well"), ("assistant", "I see, go on"))]
    shown = "".join(empa("score", chats(tmp_path, long)).out.split())
    assert legend not in shown and "provisional" not in shown and capped in shown


def test_a_model_codes_support_beside_the_offline_one(tmp_path: Path):
    answers = [json.dumps({axis: {"evidence": "", "strength": 0} for axis in AXES}), *["no JSON"] * 2]
    with stub_in_thread(*answers) as stub:
        asked = ("--support-judge", "stub", "--base-url", stub.url, "--concurrency", 1)
        done = empa("score", chats(tmp_path, GOOD * 3, GOOD), *asked, "--json", "--out", tmp_path / "judged.jsonl")
    rows = json.loads(done.out)["conversations"]
    assert (done.code, stub.count) == (0, 3)
    assert [row["support_judged"]["value"] for row in rows] == [0.5, None]
    assert rows[1]["support_judged"]["failure"]["kind"] == "judge_invalid" and rows[1]["score"] is not None
    kept = [Episode.model_validate_json(line) for line in (tmp_path / "judged.jsonl").read_text().splitlines()]
    assert [e.support_judged and e.support_judged.judge for e in kept] == ["stub", "stub"]
    assert json.loads(done.out)["mean"]["support_judged"]["mean"] == 0.5


def test_the_table_of_support_by_a_model_says_what_went_wrong(tmp_path: Path):
    with stub_in_thread("no JSON") as stub:
        done = empa("score", chats(tmp_path, GOOD), "--support-judge", "stub", "--base-url", stub.url)
    assert (done.code, "judge_invalid" in done.out) == (0, True)


WITH_MODELS = (pytest.param("cues-minilm", marks=needs_minilm), pytest.param("cues-smollm", marks=needs_smollm))
SPANISH = [
    ("user", "Hola, hoy estoy muy triste porque mi hermana no me llama desde hace semanas."),
    ("assistant", "Lo siento mucho, eso debe de doler. \u00bfQu\u00e9 ha pasado entre vosotras?"),
]
CHINESE = [("user", "\u6211\u4eca\u5929\u5f88\u96be\u53d7"), ("assistant", "\u53d1\u751f\u4e86\u4ec0\u4e48\uff1f")]
DE = [("user", "Ich kann nicht schlafen."), ("assistant", "Woran denkst du, wenn du wach liegst?")]
DE += [("user", "An die Arbeit und an meinen Chef, der mich nie lobt."), ("assistant", "Das tut mir leid.")]


@pytest.mark.parametrize("evaluator", ["cues", "epm", *WITH_MODELS])
def test_a_conversation_in_another_language_has_no_score_and_that_is_said_once(tmp_path: Path, evaluator: str):
    file = chats(tmp_path, CHINESE, SPANISH, DE, GOOD)
    done = empa("score", file, "--evaluator", evaluator)
    told = " ".join(done.out.split())
    assert done.code == 1 and "language_not_read: 3 of 4 conversations - 2, for example: evaluator" in told
    by_cause = [
        (told.count(f"- {n}, for example"), told.count(why)) for n, why in ((2, "common English"), (1, "Latin"))
    ]
    assert by_cause == [(1, 1), (1, 1)], "a cause is said once, with its count"
    assert "language_not_read: 1 of 2 conversations, for example" in " ".join(
        empa("score", chats(tmp_path, DE, GOOD), "--evaluator", evaluator).out.split()
    )
    file = chats(tmp_path, CHINESE, SPANISH, DE, GOOD)
    rows = json.loads(empa("score", file, "--evaluator", evaluator, "--json").out)["conversations"]
    assert [row["score"] is None for row in rows] == [True, True, True, False]
    assert [{fault["kind"] for fault in row["faults"]} for row in rows] == [{"language_not_read"}] * 3 + [set()]
    assert [len(row["faults"]) for row in rows[:3]] == [1, 1, 2]
    assert [(row["support"] is None, row["felt_absent"]) for row in rows[:3]] == [(True, "not_english")] * 3
    assert rows[3]["support"] is not None


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


@pytest.mark.parametrize("name", WITH_MODELS)
def test_an_offline_evaluator_with_a_language_model_scores_under_its_own_name(tmp_path: Path, name: str):
    out = tmp_path / "judged.jsonl"
    assert empa("score", chats(tmp_path, GOOD * 2), "--evaluator", name, "--out", out).code == 0
    episode = Episode.model_validate_json(out.read_text(encoding="utf-8"))
    assert episode.evaluator == name and episode.score is not None
    assert {step.assessment.evaluator for step in episode.latent.steps if step.assessment} == {name}


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
    done = empa("score", file, "--strict")
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
    """Answer with what is ``canned`` for a text of the request; else that no behaviour is there."""
    verdict = said(coding())
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
    kept = [Episode.model_validate_json(line) for line in out.read_text().splitlines()]
    assert code == 3
    assert err == (
        f"empa: stopped; {many(len(kept), 'conversation')} judged; they are in {out}, "
        "and the same command goes on behind them\n"
    )
    assert {"transcript:1"} <= {episode.scenario for episode in kept} <= {"transcript:1", "transcript:3"}


def test_an_interruption_prints_what_was_judged_as_whole_json(tmp_path: Path):
    file = chats(tmp_path, *titled("alpha", "beta"))
    with stub_in_thread(choose=judge_that_knows({"This is beta.": slow(60)})) as stub:
        words = ["--evaluator", "judge", "--judge", "stub-model", "--base-url", stub.url, "--concurrency", "1"]
        running = empa_started("score", file, *words, "--json")
        running.until(lambda: stub.count == 2)
        os.kill(running.pid, signal.SIGINT)
        code, out, err = running.ended()
    assert (code, err) == (3, "empa: stopped; 1 conversation judged\n")
    assert [row["conversation"] for row in json.loads(out)["conversations"]] == ["1"]


def test_a_line_that_cannot_be_used_is_said_and_skipped_and_counts_as_failed(tmp_path: Path):
    file = chats(tmp_path, GOOD, GOOD[:1], GOOD)
    file.write_text(file.read_text() + "{\n" + '{"role": "user", "content": "Hi.", "conversation": "a"}\n')
    done = empa("score", file, "--json")
    found, lines = json.loads(done.out), done.err.splitlines()
    assert done.code == 1 and [row["conversation"] for row in found["conversations"]] == ["1", "3"]
    assert lines[0] == f"empa: {file}:2: skipped: no assistant message that answers a user message"
    assert lines[-1].endswith("3 of 5 lines skipped as unusable (not_json 1, other_format 1, no_reply 1)")
    assert len(lines) == 4 and found["skipped_by_cause"] == {"no_reply": 1, "not_json": 1, "other_format": 1}
    assert [skipped["line"] for skipped in found["skipped"]] == [2, 4, 5]
    assert empa("score", file, "--max-failed", "0.6").code == 0
    assert empa("score", file, "--max-failed", "0.59").code == 1


def test_of_many_unusable_lines_a_few_are_named_and_all_counted(tmp_path: Path):
    done = empa("score", chats(tmp_path, GOOD, *[GOOD[:1]] * 20), "--json")
    assert len(done.err.splitlines()) == 6 and len(json.loads(done.out)["skipped"]) == 20
    assert done.err.endswith("20 of 21 lines skipped as unusable, 15 more than are named (no_reply 20)\n")


@pytest.mark.parametrize("more", [(), ("--strict",)])
def test_a_file_without_a_usable_line_is_refused(tmp_path: Path, more: tuple[str, ...]):
    file = chats(tmp_path, GOOD[:1])
    assert empa("score", file, *more) == (2, "", f"empa: {file}:1: no assistant message that answers a user message\n")


@pytest.mark.parametrize(("every", "calls"), [(1, 3), (2, 2), (3, 1), (5, 1)])
@pytest.mark.parametrize("judges", [("a",), ("a", "b", "c")])
def test_what_is_left_at_the_end_of_a_conversation_is_judged(
    tmp_path: Path, every: int, calls: int, judges: tuple[str, ...]
):
    with stub_in_thread(choose=judge_that_knows({})) as stub:
        words = [word for name in judges for word in ("--judge", name)]
        words += ["--evaluator", "judge", "--judge-every", every, "--base-url", stub.url, "--json"]
        done = empa("score", chats(tmp_path, GOOD * 3), *words)
    (row,) = json.loads(done.out)["conversations"]
    assert done.code == 0 and stub.count == calls * len(judges)
    assert row["score"] is not None and row["faults"] == []


@pytest.mark.parametrize("judges", [("a",), ("a", "b", "c")])
def test_a_judge_is_asked_again_as_often_as_retries_say(tmp_path: Path, judges: tuple[str, ...]):
    words = [word for name in judges for word in ("--judge", name)]
    with stub_in_thread(failed(503)) as stub:
        words += ["--evaluator", "judge", "--base-url", stub.url, "--json"]
        done = empa("score", chats(tmp_path, GOOD), *words, "--retries", "0")
        once = stub.count
        empa("score", chats(tmp_path, GOOD), *words, "--retries", "1")
    assert (done.code, once, stub.count - once) == (1, len(judges), 2 * len(judges))


def test_a_judge_that_takes_too_long_is_a_failure_after_the_timeout(tmp_path: Path):
    with stub_in_thread(slow(60)) as stub:
        words = ("--evaluator", "judge", "--judge", "m", "--base-url", stub.url, "--timeout", "0.05", "--retries", "0")
        done = empa("score", chats(tmp_path, GOOD), *words, "--json")
    assert done.code == 1 and "timeout" in json.loads(done.out)["conversations"][0]["unscored"]


def test_so_many_conversations_are_judged_at_a_time_as_were_asked_for(tmp_path: Path):
    verdict = judge_that_knows({})
    with stub_in_thread(choose=lambda body: replace(verdict(body), after=7)) as stub:
        words = ("--evaluator", "judge", "--judge", "m", "--base-url", stub.url, "--concurrency", "7")
        assert empa("score", chats(tmp_path, *[GOOD] * 7), *words).code == 0


def test_the_judge_is_asked_as_its_options_say(tmp_path: Path):
    with stub_in_thread(choose=judge_that_knows({})) as stub:
        words = ("--evaluator", "judge", "--judge", "m", "--base-url", stub.url)
        empa("score", chats(tmp_path, GOOD), *words)
        empa("score", chats(tmp_path, GOOD), *words, "--judge-temperature", "0.4", "--judge-max-tokens", "77")
    assert [(body["temperature"], body["max_tokens"]) for body in stub.requests] == [(0.0, 900), (0.4, 77)]


def test_an_option_of_a_judge_without_a_judge_is_refused(tmp_path: Path):
    done = empa("score", chats(tmp_path, GOOD), "--judge-temperature", "0.4")
    assert (done.code, done.err) == (2, "empa: --judge-temperature is for a judge; `cues` asks none\n")


def test_what_the_judges_server_refuses_is_said_once(tmp_path: Path):
    verdict = judge_that_knows({})

    def choose(body: dict[str, Any]) -> Canned:
        return failed(400, "response_format is not supported") if "response_format" in body else verdict(body)

    with stub_in_thread(choose=choose) as stub:
        words = ("--evaluator", "judge", "--judge", "m", "--base-url", stub.url, "--concurrency", "1")
        done = empa("score", chats(tmp_path, GOOD * 2, GOOD), *words)
    assert (done.code, stub.count) == (0, 4)
    assert done.err == "empa: 'm' was asked without response_format, which it refuses\n"


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


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "Hello, my parcel is lost.\nSorry!\n", '{"foo": 1}\n'])
def test_a_file_in_no_known_format_is_told_where_the_formats_are(tmp_path: Path, text: str):
    file = tmp_path / "chats.txt"
    file.write_text(text, encoding="utf-8")
    done = empa("score", file)
    assert done.code == 2 and done.err.endswith("; docs/chats.md shows the formats that are read\n")


def test_a_conversation_whose_rows_stand_apart_has_no_number(tmp_path: Path):
    table, out = tmp_path / "apart.csv", tmp_path / "judged.jsonl"
    rows = [f'{of},{role},"{text}"' for of in ("a", "b", "a") for role, text in GOOD]
    table.write_text("\n".join(["conversation,role,content", *rows]), encoding="utf-8")
    done = empa("score", table, "--json", "--out", out)
    told = json.loads(done.out)
    assert (done.code, told["skipped_by_cause"]) == (1, {"duplicate_id": 1})
    assert [row["conversation"] for row in told["conversations"]] == ["b"]
    assert "apart.csv:2: skipped: the parts of id 'a' stand apart, the next in line 6; sort the file by" in done.err
    assert [json.loads(line)["conversation"] for line in out.read_text(encoding="utf-8").splitlines()] == ["b"]
    assert empa("score", table, "--strict").code == 2


def test_a_text_in_which_somebody_unknown_speaks_has_no_number(tmp_path: Path):
    text, roles = tmp_path / "talk.txt", ("--role", "Anna=persona", "--role", "Ben=empathic")
    text.write_text("Anna: I failed.\nBen: What happened?\nCarl: Stop whining.\nAnna: He drove me.\nCarl: So?\n")
    done = empa("score", text, *roles, "--out", tmp_path / "judged.jsonl")
    assert done.code == 2 and "talk.txt:3: name: unknown role 'Carl'; if you know who that is: --role" in done.err
    assert not (tmp_path / "judged.jsonl").exists()
    assert empa("score", text, *roles, "--role", "Carl=aside").code == 0
