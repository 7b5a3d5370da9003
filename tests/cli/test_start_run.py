from __future__ import annotations

import contextlib
import io
import json
import os
import re
import signal
import sys
from collections import Counter
from pathlib import Path

import pytest
from typer.testing import CliRunner

from empa_graph.cli.app import app
from empa_graph.cli.start_run import restored
from empa_graph.cli.typed_config import Typed
from empa_graph.errors import UsageError
from empa_graph.models.config import NO_KEYS
from empa_graph.store.folder import episodes, load_run
from tests.command import SCENARIO, Outcome, empa
from tests.forked import empa_started
from tests.stub_server import failed, messaged, slow, stub_in_thread

KEY = "sk-very-secret-key"


def scripted(folder: Path, *words: object, agent: str = "template") -> Outcome:
    return empa("run", "--empathic", f"scripted:{agent}", "--max-turns", 2, "--out", folder, *words)


def test_without_an_agent_and_without_the_bundled_model_it_is_said_how_one_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    done = empa("run", "--out", tmp_path / "run")
    assert (done.code, done.err.count("\n"), (tmp_path / "run").exists()) == (2, 1, False)
    assert "add --empathic scripted:template, or --empathic my_package.agent:graph" in done.err
    named = empa("run", "--empathic", "local", "--out", tmp_path / "run")
    assert named.code == 2 and named.err.startswith("empa: the local model needs xllamacpp: ")


def test_a_run_leaves_a_manifest_and_whole_episodes(tmp_path: Path):
    done = scripted(tmp_path / "run", "exam_student")
    run, played = load_run(tmp_path / "run"), list(episodes(tmp_path / "run"))
    assert (done.code, done.err) == (0, "")
    assert {e.scenario for e in played} == {p.scenario for p in run.plan}
    assert (run.config.agent.spec, run.max_turns, run.config.evaluator.name) == ("scripted:template", 2, "cues")
    assert set(run.hashes) == {
        "persona:exam_student",
        "rubric:sdt",
        "heads:cues",
        "embedding:words",
        "prompt:behaviours.yaml",
        "prompt:behaviours_judge.md",
        "instructions:baseline",
    }
    assert f"empashow{tmp_path / 'run'}1" in "".join(done.out.split()), "a long path is broken at the terminal's width"


def test_stdout_holds_only_json_lines_with_json(tmp_path: Path):
    with contextlib.chdir(tmp_path):
        done = scripted(Path("run"), "exam_student", "--json")
    assert (done.code, done.err) == (0, "")
    assert Counter(row["event"] for row in done.rows) == {"turn": 6, "episode": 3, "summary": 1}
    assert done.rows[-1]["folder"] == "run" and done.rows[-1]["variants"][0]["scored"] == 3
    assert all(0 < row["score"]["composite"] <= 100 for row in done.rows if row["event"] == "episode")


def test_what_an_agent_prints_goes_to_stderr_with_json(tmp_path: Path):
    words = ("--empathic", "tests.agents:chatty", "--max-turns", 1, "--out", tmp_path / "run", "--json")
    done = empa("run", SCENARIO, *words)
    assert [row["event"] for row in done.rows] == ["turn", "episode", "summary"]
    assert done.err == "thinking about it\n"


def test_what_an_agent_writes_round_python_goes_to_stderr_with_json(tmp_path: Path):
    words = ("--empathic", "tests.agents:loud", "--max-turns", 1, "--out", tmp_path / "run", "--json")
    done = empa_started("run", SCENARIO, *words).ended()
    assert [row["event"] for row in done.rows] == ["turn", "episode", "summary"]
    assert {"from a subprocess", "from C"} <= set(done.err.splitlines())


def test_a_module_that_prints_and_exits_at_import_is_one_line_and_leaves_no_run(tmp_path: Path):
    (tmp_path / "quitter.py").write_text("import sys\nprint('bye')\nsys.exit(0)\n")
    done = empa_started("run", SCENARIO, "--empathic", "quitter:reply", "--out", "run", "--json", cwd=tmp_path).ended()
    assert (done.code, done.out) == (2, "")
    assert done.err == "bye\nempa: --empathic quitter:reply: cannot import 'quitter' (quitter.py:3: SystemExit: 0)\n"
    assert not (tmp_path / "run").exists()


ENDING = ("ends_by_key", "ends_by_key_later", "ends_by_key_inside", "closes", "closes_later")


@pytest.mark.parametrize("agent", ["exits", "exits_later", "exits_beside", "exhausted", *ENDING])
def test_an_agent_that_ends_the_process_or_its_own_iterator_fails_its_episodes_and_not_the_run(
    agent: str, tmp_path: Path
):
    words = ("--empathic", f"tests.agents:{agent}", "--max-turns", 2, "--out", tmp_path / "run")
    done = empa("run", "exam_student", *words, "--max-failed", 1)
    assert done.code == 0
    failures = [e.failure for e in episodes(tmp_path / "run")]
    assert [f and (f.kind, f.blame, f.seat) for f in failures] == [("role_crashed", "empathic", "empathic")] * 3


def test_a_node_that_closes_coroutines_fails_its_episodes_and_not_the_run(tmp_path: Path):
    words = ("--empathic", "tests.agents:closes_inside", "--max-turns", 2, "--out", tmp_path / "run")
    assert empa_started("run", "exam_student", *words, "--max-failed", 1).ended().code == 0
    assert [e.failure and e.failure.kind for e in episodes(tmp_path / "run")] == ["role_crashed"] * 3


@pytest.mark.parametrize(
    ("agent", "how"), [("exits_in_a_task", "exit code 0"), ("ends_by_key_in_a_task", "it raised KeyboardInterrupt")]
)
def test_an_agent_whose_own_task_ends_the_process_is_one_line_and_no_success(agent: str, how: str, tmp_path: Path):
    words = ("--empathic", f"tests.agents:{agent}", "--max-turns", 1, "--out", tmp_path / "run")
    done = empa("run", SCENARIO, *words)
    assert done.code == 1
    assert done.err == f"empa: the agent ended the process ({how}); what was finished is kept\n"


@pytest.mark.parametrize(("typed", "answer"), [('{"ok": 1}', {"ok": 1}), ("go on", "go on")])
def test_a_run_answers_the_interrupts_of_its_agent_and_so_does_the_resumed_one(
    typed: str, answer: object, tmp_path: Path
):
    agent = ("--empathic", "tests.asking_graphs:asks", "--max-turns", 2, "--out", tmp_path / "run")
    assert empa("run", SCENARIO, *agent, "--on-interrupt", typed, "--speaks", "last").code == 0
    (episode,) = episodes(tmp_path / "run")
    assert [m.content for m in episode.messages if m.speaker == "empathic"] == [str(answer)] * 2
    again = restored(load_run(tmp_path / "run"), Typed({}, NO_KEYS), tmp_path / "run").config
    assert (again.agent.on_interrupt, again.agent.speaks) == (typed, "last")


def test_a_run_whose_agent_waits_for_an_answer_is_not_scored(tmp_path: Path):
    done = empa("run", SCENARIO, "--empathic", "tests.asking_graphs:asks", "--out", tmp_path / "run")
    (episode,) = episodes(tmp_path / "run")
    assert (done.code, episode.score, episode.failure and episode.failure.kind) == (1, None, "interrupted")


def test_an_unknown_way_to_speak_names_the_nearest():
    done = empa("run", SCENARIO, "--empathic", "tests.asking_graphs:asks", "--speaks", "lst")
    assert (done.code, done.err) == (2, "empa: --speaks is 'lst'; did you mean 'last'?\n")


@pytest.mark.parametrize("where", ["prepared", "probe_all"])
def test_an_interrupt_before_the_run_has_begun_says_that_nothing_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
):
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(f"empa_graph.cli.start_run.{where}", interrupted)
    done = empa("run", SCENARIO, "--empathic", "scripted:silent", "--out", tmp_path / "run")
    assert (done.code, done.out, done.err) == (130, "", "empa: interrupted while starting; nothing was begun\n")
    assert not (tmp_path / "run").exists()


class Terminal(io.StringIO):
    """A stream somebody sits at."""

    def isatty(self) -> bool:
        return True


def test_an_interrupt_behind_the_line_that_names_the_folder_says_what_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("empa_graph.cli.run_session.carried_out", interrupted)
    monkeypatch.setattr("tests.command.io.StringIO", Terminal)
    done = scripted(tmp_path / "run", SCENARIO, "--json")
    began, told = done.err.splitlines()
    assert (done.code, done.out, began) == (130, "", f"empa: 1 episode into {tmp_path}/run")
    assert told == f"empa: interrupted; what was finished is kept, go on with: empa resume {tmp_path}/run"


def test_a_second_interrupt_ends_a_run_whose_agent_blocks_and_keeps_what_was_finished(tmp_path: Path):
    words = ("--empathic", "tests.agents:stuck_after_one", "--max-turns", 1, "--concurrency", 1, "--out", "run")
    running = empa_started("run", "exam_student", *words, cwd=tmp_path)
    running.until((tmp_path / "stuck").exists)
    os.kill(running.pid, signal.SIGINT)
    running.until(lambda: "once more to stop at once" in running.said("err"))
    os.kill(running.pid, signal.SIGINT)
    done = running.ended()
    assert done.code == 130 and "interrupted; what was finished is kept" in done.err
    assert len(list(episodes(tmp_path / "run"))) == 1


def test_without_out_the_folder_lies_under_runs_and_is_named_after_time_and_agent(tmp_path: Path):
    with contextlib.chdir(tmp_path):
        done = empa("run", SCENARIO, "--empathic", "scripted:silent", "--max-turns", 1)
    (folder,) = (tmp_path / "runs").iterdir()
    assert done.code == 0
    assert folder.name == load_run(folder).id and folder.name.endswith("-scripted-silent")


def test_a_run_that_is_refused_at_its_first_turn_can_be_typed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    Path("unheard.py").write_text("def reply(messages): return {'answer': 'Yes.'}\n")
    words = ("run", SCENARIO, "--empathic", "unheard.py:reply", "--max-turns", 1, "--out", "runs/trap")
    done = empa(*words)
    assert (done.code, done.err.count("\n"), Path("runs").exists()) == (2, 1, False)
    Path("unheard.py").write_text("def mended(messages): return 'Yes.'\n")
    for name in [name for name in sys.modules if name.startswith("unheard_")]:
        monkeypatch.delitem(sys.modules, name)
    assert empa(*(str(word).replace("py:reply", "py:mended") for word in words)).code == 0


def test_a_limit_is_spread_over_the_personas(tmp_path: Path):
    done = scripted(tmp_path / "run", "--limit", 14)
    personas = Counter(e.scenario.split("/")[0] for e in episodes(tmp_path / "run"))
    assert done.code == 0
    assert len(personas) == 12 and sorted(personas.values()) == [1] * 10 + [2] * 2


def test_variants_and_repeats_multiply_and_variants_share_seeds(tmp_path: Path):
    prompt = tmp_path / "own.md"
    prompt.write_text("Listen.")
    variants = ("--variant", "baseline", "--variant", prompt, "--variant", "baseline")
    words = ("--empathic", "tests.agents:obedient", "--max-turns", 2, "--repeats", 2, "--out", tmp_path / "run")
    assert empa("run", SCENARIO, *words, *variants).code == 0
    run = load_run(tmp_path / "run")
    assert run.config.suite.variants == ("baseline", str(prompt))
    assert [(p.repeat, p.variant) for p in run.plan] == [(r, v) for r in (0, 1) for v in run.config.suite.variants]
    seeds = [p.seed for p in run.plan]
    assert seeds[0] == seeds[1] != seeds[2] == seeds[3]
    assert {e.messages[1].content for e in episodes(tmp_path / "run") if e.variant != "baseline"} == {"Listen."}


@pytest.mark.parametrize("agent", ["scripted:generic", "tests.agents:kind", "tests.agents:graph"])
@pytest.mark.parametrize("variants", [("baseline", "aligned"), ("aligned",)])
def test_variants_of_an_agent_that_takes_no_instructions_are_refused_before_the_run(
    agent: str, variants: tuple[str, ...], tmp_path: Path
):
    words = [word for name in variants for word in ("--variant", name)]
    done = empa("run", SCENARIO, "--empathic", agent, *words, "--out", tmp_path / "run")
    assert (done.code, done.err.count("\n"), (tmp_path / "run").exists()) == (2, 1, False)
    assert done.err.startswith(f"empa: --variant: {agent} takes no instructions")


def test_the_same_seed_gives_the_same_episodes_and_another_gives_others(tmp_path: Path):
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        assert scripted(tmp_path / name, SCENARIO, "--seed", seed, "--concurrency", 1).code == 0
    one, two, other = ([e.model_dump_json() for e in episodes(tmp_path / name)] for name in "abc")
    assert one == two != other


def test_a_folder_with_a_run_is_refused_and_left_as_it_was(tmp_path: Path):
    scripted(tmp_path / "run", SCENARIO)
    before = {file.name: file.read_bytes() for file in (tmp_path / "run").iterdir()}
    done = scripted(tmp_path / "run", SCENARIO)
    told = f"a run lies there already; choose another --out, or go on with: empa resume {tmp_path}/run"
    assert (done.code, done.err) == (2, f"empa: {tmp_path}/run: {told}\n")
    assert {file.name: file.read_bytes() for file in (tmp_path / "run").iterdir()} == before


def test_a_refused_folder_costs_no_call(tmp_path: Path):
    scripted(tmp_path, SCENARIO)
    with stub_in_thread("Hello.") as stub:
        done = empa("run", SCENARIO, "--empathic", "stub-model", "--base-url", stub.url, "--out", tmp_path)
    assert (done.code, stub.count) == (2, 0)


def test_a_served_model_is_asked_with_the_parameters_given(tmp_path: Path):
    with stub_in_thread("I hear you.") as stub:
        words = ("--empathic", "stub-model", "--base-url", stub.url, "--temperature", 0.3, "--max-tokens", 55)
        done = empa("run", SCENARIO, *words, "--max-turns", 2, "--out", tmp_path / "run")
    assert (done.code, done.err, stub.count) == (0, "", 2)
    assert all((r["temperature"], r["max_tokens"]) == (0.3, 55) for r in stub.requests)
    assert [getattr(load_run(tmp_path / "run").config.agent, n) for n in ("temperature", "max_tokens")] == [0.3, 55]


def test_a_model_that_the_server_does_not_list_is_a_hint_on_stderr(tmp_path: Path):
    with stub_in_thread("I hear you.") as stub:
        stub.models = ("stub-modal\x1b[31m",)
        words = ("--empathic", "stub-model", "--base-url", stub.url, "--max-turns", 1, "--json")
        done = empa("run", SCENARIO, *words, "--out", tmp_path / "run")
    assert done.code == 0 and len(done.rows) == 3
    assert done.err.endswith("the nearest it lists is 'stub-modal[31m'\n")


@pytest.mark.parametrize("by", ["option", "EMPA_API_KEY"])
def test_a_key_is_sent_and_never_written_or_printed(tmp_path: Path, by: str):
    words = ["run", SCENARIO, "--empathic", "stub-model", "--max-turns", "2", "--out", str(tmp_path / "run")]
    given = ["--api-key", KEY] if by == "option" else []
    with stub_in_thread("I hear you.", failed(400, f"your key {KEY} may not do this")) as stub:
        env = {"EMPA_API_KEY": None, "OPENAI_API_KEY": "sk-of-openai-alone", by: KEY}
        done = CliRunner().invoke(app, [*words, "--base-url", stub.url, *given], env=env)
    assert (done.exit_code, set(stub.keys), stub.count) == (1, {KEY}, 2)
    written = "".join(file.read_bytes().decode("latin-1") for file in (tmp_path / "run").iterdir())
    (failed_episode,) = episodes(tmp_path / "run")
    assert "may not do this" in str(failed_episode.unscored)
    assert KEY not in done.stdout + done.stderr + written


def test_another_provider_is_sent_its_own_key_and_never_that_of_openai(tmp_path: Path):
    words = ["run", SCENARIO, "--empathic", "anthropic:m", "--max-turns", "2", "--out", str(tmp_path / "run")]
    keys = {"EMPA_API_KEY": None, "OPENAI_API_KEY": "sk-of-openai", "ANTHROPIC_API_KEY": KEY}
    with stub_in_thread(messaged("I hear you."), failed(400, f"your key {KEY} may not do this")) as stub:
        done = CliRunner().invoke(app, [*words, "--base-url", stub.url], env=keys)
    assert (done.exit_code, set(stub.keys), stub.count) == (1, {KEY}, 2)
    written = "".join(file.read_bytes().decode("latin-1") for file in (tmp_path / "run").iterdir())
    (failed_episode,) = episodes(tmp_path / "run")
    assert "may not do this" in str(failed_episode.unscored)
    assert KEY not in done.stdout + done.stderr + written
    run = load_run(tmp_path / "run")
    assert {"langchain", "langchain-anthropic"} <= run.versions.keys() and run.config.agent.base_url == stub.url


def test_a_provider_without_a_key_is_one_line_that_names_its_variable(tmp_path: Path):
    words = ["run", SCENARIO, "--empathic", "anthropic:m", "--out", str(tmp_path / "run")]
    keys = {"EMPA_API_KEY": None, "OPENAI_API_KEY": "sk-of-openai", "ANTHROPIC_API_KEY": None}
    done = CliRunner().invoke(app, words, env=keys)
    assert isinstance(done.exception, UsageError)
    assert str(done.exception) == "model 'anthropic:m' needs a key: set ANTHROPIC_API_KEY"


@pytest.mark.parametrize("judges", [("m",), ("m", "n")])
def test_tokens_of_judgements_that_all_failed_are_in_the_totals_and_hold_a_limit(
    tmp_path: Path, judges: tuple[str, ...]
):
    asked = 2 * 2 * len(judges)  # turns, answers of a judge that fails its repair too
    words = ["--empathic", "scripted:generic", "--evaluator", "judge", *(w for j in judges for w in ("--judge", j))]
    with stub_in_thread("I would rather not say.") as stub:
        words += ["--base-url", stub.url, "--json"]
        done = empa("run", SCENARIO, *words, "--max-turns", 2, "--out", tmp_path / "run")
        held = empa("run", SCENARIO, *words, "--max-turns", 2, "--max-run-tokens", 20, "--out", tmp_path / "held")
    (episode,) = episodes(tmp_path / "run")
    assert (episode.ending, episode.score, held.code) == ("max_turns", None, 3)
    assert {step.failure.kind for step in episode.latent.steps if step.failure} & {"judge_invalid", "panel_no_quorum"}
    totals = done.rows[-1]["totals"]
    assert (totals["calls"], totals["tokens_in"], totals["tokens_out"]) == (asked, 7 * asked, 3 * asked)
    kept = [step.usage for step in episode.latent.steps]
    assert [(used.tokens_in, used.tokens_out) for used in kept if used] == [(7 * asked // 2, 3 * asked // 2)] * 2


def test_a_key_inside_the_url_is_refused_without_being_shown(tmp_path: Path):
    words = ("--empathic", "m", "--base-url", f"http://user:{KEY}@127.0.0.1:9/v1")
    done = empa("run", SCENARIO, *words, "--out", tmp_path / "run")
    assert done.code == 2 and "give the key apart" in done.err
    assert KEY not in done.out + done.err


@pytest.mark.slow
def test_an_interrupted_run_keeps_every_finished_episode_and_can_be_resumed(tmp_path: Path):
    folder, answers = tmp_path / "run", ["I hear you."] * 3
    with stub_in_thread(*answers, slow(60)) as stub:
        words = ["run", SCENARIO, "--empathic", "stub-model", "--base-url", stub.url, "--repeats", "9"]
        words += ["--max-turns", "1", "--concurrency", "1", "--json", "--out", str(folder)]
        running = empa_started(*words)
        running.until(lambda: stub.count == 4)
        os.kill(running.pid, signal.SIGINT)
        running.until(lambda: running.said("err"))
        os.kill(running.pid, signal.SIGINT)
        done = running.ended()
    assert [row["event"] for row in done.rows] == ["turn", "episode"] * 3
    first, last = done.err.splitlines()
    assert "waiting for the requests under way" in first
    assert (done.code, last) == (
        130,
        f"empa: interrupted; what was finished is kept, go on with: empa resume {folder}",
    )
    assert [episode.score is not None for episode in episodes(folder)] == [True] * 3
    assert "6 of 9 episodes without a score: not played" in " ".join(empa("show", folder).out.split())
    with stub_in_thread("I hear you.") as stub:
        assert empa("resume", folder, "--base-url", stub.url).code == 0
        assert (stub.count, len(list(episodes(folder)))) == (6, 9)


def test_a_dry_run_needs_no_key(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    judged = ("--evaluator", "judge", "--judge", "openai:gpt-5-nano", "--director", "openai:gpt-5-mini")
    words = ("run", SCENARIO, "--empathic", "openai:gpt-5-mini", *judged, "--max-turns", 2, "--json")
    found = json.loads(empa(*words, "--dry-run").out)
    assert [role["role"] for role in found["roles"]] == ["empathic", "judge", "director"]
    assert "needs a key" in empa(*words).err


def test_the_traceback_of_an_agent_stands_in_the_log_and_in_show_verbose(tmp_path: Path):
    told = " ".join(
        empa("run", SCENARIO, "--empathic", "tests.agents:exhausted", "--out", tmp_path / "run").out.split()
    )
    assert re.search(r"RuntimeError at \S*agents\.py:\d+: it raised StopIteration", told)
    assert "the traceback stands in empa show RUN N --verbose; run.log has its places" in told
    assert "agents.py:" in (tmp_path / "run" / "run.log").read_text(encoding="utf-8")
    assert "exhausted: return next(iter(()))" not in empa("show", tmp_path / "run", 1).out
    shown = empa("show", tmp_path / "run", 1, "--verbose").out
    assert "exhausted: return next(iter(()))" in shown
    assert "StopIteration" in shown
