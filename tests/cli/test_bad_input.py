"""Bad input through the command line: one line that names the file, the field and the nearest valid name."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from empa_graph.models.episode import Episode
from empa_graph.store.folder import episodes
from tests.command import SCENARIO, Outcome, empa, line_of, personas_with
from tests.stub_server import Canned, StubServer, failed, prose, stub_in_thread

BIG = "x" * 1_000_000


def refused(done: Outcome) -> str:
    """Return the one line of a refusal."""
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("empa: ") and done.err.count("\n") == 1
    return done.err


def with_personas(folder: Path, old: str, new: str) -> tuple[Path, str]:
    personas = personas_with(folder / "personas", old, new)
    out = folder / "run"
    words = ("--personas", personas, "--empathic", "scripted:silent", "--max-turns", 1, "--out", out)
    line = refused(empa("run", *words))
    assert not out.exists()
    return personas / "exam_student.yaml", line


def served(folder: Path, stub: StubServer, *words: object) -> tuple[Outcome, list[Episode]]:
    given = ("--base-url", stub.url, "--max-turns", 2, "--concurrency", 1, "--out", folder / "run", "--json")
    done = empa("run", SCENARIO, *given, *words)
    assert "Traceback" not in done.err
    return done, list(episodes(folder / "run"))


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("exam_studnt",), "unknown scenario or persona 'exam_studnt'. Did you mean 'exam_student'?"),
        (("exam_student/reduce_stres",), f"Did you mean '{SCENARIO}'?"),
        (("--variant", "alined"), "--variant: unknown variant 'alined'. Did you mean 'aligned'?"),
        (("--variant", "none.md"), "none.md: cannot be read (no such file or directory)"),
        (("--profile", "deep"), "--profile: unknown weight profile 'deep'. Did you mean 'deep_rapport'?"),
        (("--rubric", "sdtt"), "unknown rubric 'sdtt'. Did you mean 'sdt'?"),
        (("--rubric", "none.yaml"), "none.yaml: cannot be read"),
        (
            ("--rubric", __file__),
            "no rubric file; a rubric is one of epm, sdt, or a YAML file as `empa new rubric NAME`",
        ),
        (
            ("--empathic", ""),
            "the name of the agent (--empathic) is empty; allowed are a model (openai:gpt-5-mini), code",
        ),
        (("--empathic", " ", "--base-url", "http://127.0.0.1:9/v1"), "the name of the agent (--empathic) is empty"),
        (("--evaluator", "cue"), "--evaluator: unknown evaluator 'cue'. Did you mean 'cues'?"),
        (("--empathic", "scripted:templat"), "unknown scripted agent 'templat'. Did you mean 'template'?"),
        (("--empathic", "json:dmps"), "unknown attribute of 'json' 'dmps'. Did you mean 'dumps'?"),
        (("--personas", "nowhere"), "nowhere: no such folder of personas"),
        (("--personas", "nope.yaml"), "nope.yaml: no such persona file"),
    ],
)
def test_an_unknown_name_is_met_with_the_nearest(tmp_path: Path, words: tuple[str, ...], line: str):
    done = empa("run", "--empathic", "scripted:silent", "--out", tmp_path / "run", *words)
    assert line in refused(done)
    assert not (tmp_path / "run").exists()


def test_malformed_yaml_is_named_with_file_and_line(tmp_path: Path):
    file, line = with_personas(tmp_path, "  age: 19", "  age: [19")
    assert f"{file}:" in line and ": malformed YAML: " in line


def test_a_target_outside_the_space_is_named_with_file_line_and_field(tmp_path: Path):
    text = (personas_with(tmp_path / "read", "id: exam_student", "id: exam_student") / "exam_student.yaml").read_text()
    target = text.split("target:\n")[1].splitlines()[0]
    file, line = with_personas(tmp_path, target, "          autonomy: {value: 1.7, annotator: me, reason: r}")
    number = line_of(file, "value: 1.7")
    assert (
        f"{file}:{number}: goals.0.spaces.sdt.target.autonomy.value: 1.7 lies outside the space, allowed is [-1, 1]"
        in line
    )


def test_a_missing_key_is_named_with_file_line_and_field(tmp_path: Path):
    file, line = with_personas(tmp_path, "  level: high\n", "")
    number = line_of(file, "empathy_threshold:")
    assert f"{file}:{number}: empathy_threshold.level: this field is missing" in line


def test_a_misspelt_key_is_met_with_the_nearest(tmp_path: Path):
    file, line = with_personas(tmp_path, "  level: high\n", "  level: high\n  rejcts: praise\n")
    number = line_of(file, "rejcts:")
    assert f"{file}:{number}: empathy_threshold.rejcts: unknown field; did you mean 'rejects'?" in line


def test_an_unreachable_url_is_found_before_the_first_episode(tmp_path: Path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    line = refused(empa("run", SCENARIO, "--empathic", "m", "--base-url", url, "--out", tmp_path / "run"))
    assert f"cannot reach {url}" in line
    assert not (tmp_path / "run").exists()


def test_a_refused_key_is_found_before_the_first_episode(tmp_path: Path):
    with stub_in_thread() as stub:
        stub.models_status = 401
        words = ("--empathic", "m", "--base-url", stub.url, "--api-key", "sk-wrong")
        line = refused(empa("run", SCENARIO, *words, "--out", tmp_path / "run"))
    assert "does not accept the API key (401)" in line and "sk-wrong" not in line


def test_an_empty_reply_is_recorded_and_the_episode_goes_on(tmp_path: Path):
    with stub_in_thread("", "What keeps you awake?") as stub:
        done, (played,) = served(tmp_path, stub, "--empathic", "stub-model")
    assert (done.code, played.turns) == (0, 2)
    assert [(fault.turn, fault.kind, fault.blame) for fault in played.faults] == [(1, "empty_reply", "empathic")]
    assert played.score is not None


def test_a_reply_of_a_megabyte_ends_the_episode_and_what_was_played_is_kept(tmp_path: Path):
    with stub_in_thread("What keeps you awake?", BIG) as stub:
        done, (played,) = served(tmp_path, stub, "--empathic", "stub-model")
    assert done.code == 1 and played.failure is not None
    assert (played.failure.turn, played.failure.kind, played.failure.blame) == (2, "oversize_reply", "empathic")
    assert [m.turn for m in played.messages] == [1, 1, 2] and len(played.latent.steps) == 1
    assert played.score is None and len(played.model_dump_json()) < 100_000
    assert done.rows[-1]["variants"][0]["failed"] == {"oversize_reply": 1}


def test_a_judge_that_answers_prose_is_a_missing_judgement_and_no_number(tmp_path: Path):
    with stub_in_thread("I would call this reply rather warm.") as stub:
        words = ("--empathic", "scripted:template", "--evaluator", "judge", "--judge", "stub-model")
        done, (played,) = served(tmp_path, stub, *words)
    assert (done.code, stub.count, played.turns) == (1, 4, 2)
    assert (played.score, played.unscored, played.failure) == (None, "no turn was judged", None)
    assert [(fault.kind, fault.blame) for fault in played.faults] == [("judge_invalid", "evaluator")] * 2
    told = " ".join(empa("show", tmp_path / "run").out.split())
    assert f"judge_invalid (stub-model at {stub.url}), for example: no valid judgement at turn 1 after 2" in told
    assert done.rows[-1]["variants"][0]["causes"][0]["count"] == 2


@pytest.mark.parametrize("answer", [prose(), failed(400, "context is full"), failed(404, "no such model")])
def test_a_server_that_answers_no_completion_fails_the_episode_in_one_line(tmp_path: Path, answer: Canned):
    with stub_in_thread("What keeps you awake?", answer) as stub:
        done, (played,) = served(tmp_path, stub, "--empathic", "stub-model")
    assert (done.code, stub.count) == (1, 2)
    assert played.failure is not None and played.failure.blame == "provider"
    assert "\n" not in played.failure.detail and played.turns == 1


def test_one_failed_episode_does_not_cost_the_others(tmp_path: Path):
    with stub_in_thread(BIG, "What keeps you awake?") as stub:
        done, played = served(tmp_path, stub, "--empathic", "stub-model", "--repeats", 3)
    assert done.code == 1
    assert [episode.score is not None for episode in played] == [False, True, True]
    assert done.rows[-1]["variants"][0]["scored"] == 2


def test_half_a_character_from_a_function_fails_its_episode_and_not_the_run(tmp_path: Path):
    done = empa("run", SCENARIO, "--empathic", "tests.command:half", "--repeats", 2, "--out", tmp_path / "run")
    failures = [episode.failure for episode in episodes(tmp_path / "run")]
    assert done.code == 1
    assert [failure and (failure.kind, failure.blame) for failure in failures] == [("not_text", "empathic")] * 2


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("run", "--lmit", "3"), "unknown option '--lmit'. Did you mean '--limit'?"),
        (("run", "--max-tokns=3"), "unknown option '--max-tokns'. Did you mean '--max-tokens'?"),
        (("version", "--zzz"), "unknown option '--zzz'. Known: --help, -h."),
        (("rn",), "no such command 'rn'. Did you mean 'run', 'runs'?"),
        (("zzz",), "no such command 'zzz' (empa -h explains)"),
        (("show",), "missing argument 'SCENARIO|RUN': a scenario, a persona, a run folder, or a store URL (URL"),
        (("resume",), "missing argument 'RUN': the run folder (empa resume -h explains)"),
        (("graph", "more"), "unexpected behind its arguments: more (empa graph -h explains)"),
        (("run", "--out"), "option '--out' requires an argument."),
        (("run", "--json=3"), "option '--json' does not take a value."),
        (("run", "--limit", "few"), "invalid value for '--limit': not a whole number (empa run"),
        (("run", "--noise", "some"), "invalid value for '--noise': not a number (empa run"),
        (("run", "--limit", "0"), "invalid value for '--limit': allowed is 1 or more (empa run"),
        (("run", "--noise", "nan"), "invalid value for '--noise': allowed is from 0 to 0.5 (empa run"),
        (("run", "--max-tokens", "2000000"), "invalid value for '--max-tokens': allowed is from 1 to 1000000 ("),
        (("run", "--timeout", "1e9"), "invalid value for '--timeout': allowed is 86400 or less ("),
        (("run", "--\x1b[31m\nlimit"), "unknown option '--[31m limit'. Did you mean '--limit'?"),
    ],
)
def test_wrong_words_are_one_line(words: tuple[str, ...], line: str):
    assert refused(empa(*words)).startswith(f"empa: {line}")


@pytest.mark.parametrize("word", ["harbour_pilot", "harbour_pilot/some_goal", "harbour_pilot.yaml"])
def test_a_card_in_the_working_folder_is_answered_by_how_it_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word: str
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "harbour_pilot.yaml").touch()
    line = refused(empa("run", word, "--empathic", "scripted:silent"))
    assert line.endswith(f"'{word}'; harbour_pilot.yaml lies here: add --personas harbour_pilot.yaml\n")
    (tmp_path / "cards").mkdir()
    (tmp_path / "harbour_pilot.yaml").rename(tmp_path / "cards" / "harbour_pilot.yaml")
    assert "lies here" not in refused(empa("run", "cards/harbour_pilot", "--empathic", "scripted:silent"))


def test_without_words_nothing_is_added_to_the_help():
    done = empa()
    assert (done.code, done.err) == (2, "") and "Usage: empa" in done.out


@pytest.mark.parametrize("words", [("-h",), ("run", "-h"), ("score", "--help")])
def test_the_help_is_no_error(words: tuple[str, ...]):
    done = empa(*words)
    assert (done.code, done.err) == (0, "") and f"Usage: empa {words[0].removeprefix('-h')}" in done.out
