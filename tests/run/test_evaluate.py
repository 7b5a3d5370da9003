"""A run from Python: kept like that of the command, gone on with, read back, compared."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from empa_graph import RunConfig, evaluate, evaluate_async, play
from empa_graph.errors import UsageError
from empa_graph.models.config import Keys
from empa_graph.report.summary import summarise
from empa_graph.roles.evaluator.offline import CueEvaluator
from empa_graph.run.schedule import Progress
from empa_graph.store.folder import episodes, load_run
from tests.agents import kind
from tests.command import SCENARIO, empa
from tests.records import episode, run
from tests.stub_server import StubServer, stub_in_thread


def asked(folder: Path, **parts: Any) -> RunConfig:
    agent = {"spec": "scripted:template", **parts.pop("agent", {})}
    suite = {"scenarios": SCENARIO, "max_turns": 2, **parts.pop("suite", {})}
    return RunConfig(agent=agent, suite=suite, store={"out": folder, **parts.pop("store", {})}, **parts)


def test_a_run_from_python_is_that_of_the_command_byte_for_byte(tmp_path: Path):
    result = evaluate(asked(tmp_path / "one", suite={"scenarios": "exam_student", "seed": 4}))
    words = ("--empathic", "scripted:template", "--max-turns", 2, "--seed", 4, "--out", tmp_path / "two")
    assert empa("run", "exam_student", *words).code == 0
    assert [e.model_dump_json() for e in result.episodes] == [e.model_dump_json() for e in episodes(tmp_path / "two")]
    one, two = (load_run(tmp_path / name) for name in ("one", "two"))
    assert (one.config, one.hashes, one.plan) == (two.config, two.hashes, two.plan)
    assert (tmp_path / "one" / "run.json.hmac").is_file() and (tmp_path / "one" / "run.log").is_file()
    assert (result.folder, result.stopped, result.run) == (tmp_path / "one", None, one)


def test_a_played_episode_is_that_of_a_run_with_its_seed(tmp_path: Path):
    (kept,) = evaluate(asked(tmp_path / "run", suite={"seed": 7})).episodes
    assert play(SCENARIO, "scripted:template", max_turns=2, seed=7) == kept


def test_the_summary_prints_its_table(tmp_path: Path):
    result = evaluate(asked(tmp_path / "run", suite={"scenarios": "exam_student"}))
    lines = str(result.summary).splitlines()
    assert lines[0].startswith("baseline: 3 planned, 3 scored, 0 without a score")
    heading, row = lines[3].split(), lines[4].split()
    assert heading == ["variant", "scored", "alignment", "impact", "stability", "composite", "turns"]
    assert row[:2] == ["baseline", "3/3"] and row[-1] == "2.0"


def test_what_a_manifest_names_cannot_steer_the_printed_table():
    made = summarise(run(agent="\x1b[2J   gone"), [episode(score=None, unscored="\x1b[2J   all"), episode()])
    assert "\x1b" not in str(made) and "1 of 1 episode without a score: [2J all" in str(made)


def test_progress_is_told_of_every_turn_and_every_episode(tmp_path: Path):
    events: list[Progress] = []
    evaluate(asked(tmp_path / "run"), progress=events.append)
    assert [(event.turn, event.episode is not None) for event in events] == [(1, False), (2, False), (2, True)]


def test_an_unfinished_run_of_the_same_configuration_goes_on_and_nothing_is_paid_twice(tmp_path: Path):
    with stub_in_thread("I hear you.") as stub:
        model = {"spec": "stub", "base_url": stub.url}
        config = asked(tmp_path / "run", agent=model, suite={"repeats": 2}, execution={"concurrency": 1})
        first = evaluate(config.changed({"limits.run_tokens": 1}))
        assert first.stopped is not None and "tokens" in first.stopped
        result = evaluate(config)
        assert (result.stopped, stub.count) == (None, 4)
        assert evaluate(config).summary == result.summary and stub.count == 4
    assert len(list(result.episodes)) == 2


def test_a_run_made_from_python_is_resumed_at_the_command_line(tmp_path: Path):
    with stub_in_thread("I hear you.") as stub:
        model = {"spec": "stub", "base_url": stub.url}
        assert evaluate(asked(tmp_path / "run", agent=model, limits={"run_tokens": 1})).stopped
        assert empa("resume", tmp_path / "run").code == 0


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"suite.seed": 9}, "a run of another configuration lies there already; choose another store.out"),
        ({"agent.spec": "scripted:generic"}, "a run of another configuration lies there already"),
    ],
)
def test_a_folder_of_another_run_is_left_alone(tmp_path: Path, change: dict[str, object], line: str):
    config = asked(tmp_path / "run")
    evaluate(config)
    before = {file.name: file.read_bytes() for file in (tmp_path / "run").iterdir() if file.suffix != ".log"}
    with pytest.raises(UsageError) as caught:
        evaluate(config.changed(change))
    assert line in str(caught.value)
    assert {name: (tmp_path / "run" / name).read_bytes() for name in before} == before


def test_an_agent_and_an_evaluator_may_be_objects_and_the_command_cannot_go_on_with_them(tmp_path: Path):
    from empa_graph import load_rubric

    config = RunConfig(suite={"scenarios": SCENARIO, "max_turns": 2}, store={"out": tmp_path / "run"})
    result = evaluate(config, agent=kind, evaluator=CueEvaluator(load_rubric()))
    (episode,) = result.episodes
    assert (episode.agent, episode.evaluator, episode.turns) == ("kind", "cues", 2)
    assert set(result.run.handed) == {"agent", "evaluator"} and result.run.handed["agent"]
    done = empa("resume", tmp_path / "run", "--empathic", "kind")
    assert (done.code, done.err.count("\n")) == (2, 1) and "objects of Python (agent, evaluator)" in done.err


def test_a_run_of_an_object_without_source_does_not_go_on(tmp_path: Path):
    config = RunConfig(suite={"scenarios": SCENARIO, "max_turns": 1}, store={"out": tmp_path / "run"})
    agent = eval("lambda messages: 'I hear you.'")
    evaluate(config, agent=agent)
    with pytest.raises(UsageError, match="agent: a function that lies in no file handed as an object has no source"):
        evaluate(config, agent=agent)


def test_an_agent_whose_file_says_something_else_by_now_does_not_go_on(tmp_path: Path):
    config = RunConfig(suite={"scenarios": SCENARIO, "max_turns": 1}, store={"out": tmp_path / "run"})
    first = evaluate(config, agent=written(tmp_path, "I hear you."))
    assert evaluate(config, agent=written(tmp_path, "I hear you.")).summary == first.summary
    with pytest.raises(UsageError, match="agent has changed since run"):
        evaluate(config, agent=written(tmp_path, "Everyone has problems."))


def written(folder: Path, line: str) -> Any:
    """Return an agent from a file whose constant is ``line``."""
    (folder / "edit.py").write_text(f"PROMPT = {line!r}\ndef reply(messages): return PROMPT\n")
    names: dict[str, Any] = {"__name__": "edit"}
    exec(compile((folder / "edit.py").read_text(), folder / "edit.py", "exec"), names)
    return names["reply"]


def test_an_object_without_state_that_can_be_compared_is_told_as_that_and_how_else_to_name_it(tmp_path: Path):
    class Kind:
        def __call__(self, messages: list[dict[str, str]]) -> str:
            return "I hear you."

    config = RunConfig(suite={"scenarios": SCENARIO, "max_turns": 1}, store={"out": tmp_path / "run"})
    run = evaluate(config, agent=Kind()).run
    told = f"a Kind handed as an object has no source that can be compared, so run '{run.id}' cannot be gone on with"
    with pytest.raises(UsageError) as caught:
        evaluate(config, agent=Kind())
    assert str(caught.value) == f"agent: {told}; name it as FILE.py:NAME or module:NAME"


def test_a_run_that_is_refused_at_its_first_turn_leaves_no_folder(tmp_path: Path):
    config = RunConfig(suite={"scenarios": SCENARIO, "max_turns": 1}, store={"out": tmp_path / "runs" / "trap"})
    with pytest.raises(UsageError, match="no `messages`"):
        evaluate(config, agent=lambda messages: {"answer": "Yes."})
    assert list(tmp_path.iterdir()) == []
    assert evaluate(config, agent=kind).stopped is None


@pytest.mark.parametrize(
    ("asked_for", "line"),
    [
        ({"config": {"suite": {}}}, "config is dict, allowed is a RunConfig; RunConfig.model_validate(...) makes one"),
        ({"config": 5}, "config is int, allowed is a RunConfig"),
        ({"progress": 5}, "progress is int, allowed is a function of each Progress, or None"),
        ({"keys": "sk-1"}, "keys is str, allowed is Keys(...)"),
    ],
)
def test_a_value_of_another_type_is_refused_before_anything_is_made(
    tmp_path: Path, asked_for: dict[str, Any], line: str
):
    with pytest.raises(UsageError) as caught:
        evaluate(**{"config": asked(tmp_path / "run"), **asked_for})
    assert str(caught.value).startswith(line) and list(tmp_path.iterdir()) == []


def test_a_result_is_compared_with_a_result(tmp_path: Path):
    result: Any = evaluate(asked(tmp_path / "run"))
    with pytest.raises(UsageError, match="other is str, allowed is a RunResult"):
        result.compare("runs/first")


def test_a_setting_of_a_model_does_not_reach_an_object(tmp_path: Path):
    config = RunConfig(agent={"temperature": 0.1}, store={"out": tmp_path / "run"})
    with pytest.raises(UsageError, match="temperature is for a model named by a string"):
        evaluate(config, agent=kind)


async def test_inside_a_loop_it_is_awaited_and_keys_are_kept_nowhere(tmp_path: Path):
    with pytest.raises(UsageError, match="await evaluate_async"):
        evaluate(asked(tmp_path / "run"))
    async with StubServer("I hear you.") as stub:
        config = asked(tmp_path / "run", agent={"spec": "stub", "base_url": stub.url})
        await evaluate_async(config, keys=Keys(api_key="sk-of-the-user"))
    assert set(stub.keys) == {"sk-of-the-user"}
    files = [file for file in (tmp_path / "run").iterdir() if file.is_file()]
    assert not any(b"sk-of-the-user" in file.read_bytes() for file in await asyncio.to_thread(list, files))


def test_two_runs_are_compared_over_what_both_play(tmp_path: Path):
    suite = {"scenarios": "exam_student", "max_turns": 6}
    template, silent = (
        evaluate(asked(tmp_path / name, agent={"spec": f"scripted:{name}"}, suite=suite))
        for name in ("template", "silent")
    )
    found = template.compare(silent)
    (contrast,) = found.contrasts
    assert found.comparison.comparable and [d.field for d in found.comparison.other] == ["agent.spec"]
    assert (contrast.scenarios, contrast.difference > 0) == (3, True)
    assert silent.compare(template).contrasts[0].difference == -contrast.difference
