from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from empa_graph.store.folder import load_run
from tests.cli.test_score_command import judge_that_knows
from tests.command import SCENARIO, Outcome, empa
from tests.model_runs import calls, totals
from tests.stub_server import Answers, Canned, StubServer, failed, said, stub_in_thread

VERDICT = judge_that_knows({})
ONE = ("--max-turns", 1, "--repeats", 3, "--concurrency", 1)


def answers(*refused: str, of: str = "") -> Answers:
    """Serve an agent and judges; refuse the ``refused`` fields to the model ``of``, to all without one."""

    def choose(body: dict[str, Any]) -> Canned:
        found = next((name for name in refused if name in body and of in body["model"]), None)
        if found is not None:
            return failed(400, f"Unsupported parameter: '{found}' is not supported with this model.")
        judged = "response_format" in body or "You code" in json.dumps(body)
        return VERDICT(body) if judged else said("I hear you.")

    return choose


def played(folder: Path, stub: StubServer, *words: object, judge: str = "a-judge") -> Outcome:
    model = ("--empathic", "an-agent", "--base-url", stub.url, "--evaluator", "judge", "--judge", judge)
    return empa("run", SCENARIO, *model, *ONE, "--out", folder, *words)


def test_a_refused_field_costs_one_failed_call_and_the_run_says_what_was_left_out(tmp_path: Path):
    with stub_in_thread(choose=answers("temperature", "seed")) as stub:
        done = played(tmp_path / "run", stub)
    found = calls(tmp_path / "run")
    assert done.code == 0 and totals(tmp_path / "run").failed == 4
    assert [call.failure for call in found if call.failure] == ["refused_field"] * 4
    answered = [call for call in found if call.failure is None]
    assert {(call.parameters["left_out"], call.parameters["temperature"]) for call in answered} == {
        ("seed,temperature", None)
    }
    assert "empa: the agent under test 'an-agent' was asked without seed and temperature, which it" in done.err
    shown = empa("show", tmp_path / "run")
    assert "the judge 'a-judge' was asked without seed and temperature" in " ".join(shown.out.split())
    assert json.loads(empa("show", tmp_path / "run", "--json").out)["left_out"] == {
        "empathic": ["an-agent: seed", "an-agent: temperature"],
        "judge": ["a-judge: seed", "a-judge: temperature"],
    }


@pytest.mark.parametrize(("refused", "model", "code"), [("temperature", "an-agent", 0), ("seed", "a-judge", 1)])
def test_a_judge_asked_without_a_field_is_another_judge_and_an_agent_is_what_is_compared(
    tmp_path: Path, refused: str, model: str, code: int
):
    with stub_in_thread(choose=answers()) as stub:
        played(tmp_path / "whole", stub)
        stub._choose = answers(refused, of=model)
        played(tmp_path / "without", stub)
    done = empa("diff", tmp_path / "whole", tmp_path / "without", "--json")
    rows = json.loads(done.out)["blocking" if code else "other"]
    (row,) = [row for row in rows if row["field"].startswith("left_out")]
    assert (done.code, row["left"], row["right"]) == (code, [], [f"{model}: {refused}"])
    assert empa("gate", tmp_path / "whole", tmp_path / "without").code == (2 if code else 4)


def test_a_judge_that_takes_no_schema_is_told_it_in_words_and_judges(tmp_path: Path):
    with stub_in_thread(choose=answers("response_format")) as stub:
        done = played(tmp_path / "run", stub)
    asked = [body for body in stub.requests if body["model"] == "a-judge"][-1]
    assert done.code == 0 and "response_format" not in asked
    assert "fits this JSON schema" in asked["messages"][0]["content"] and "validating" in json.dumps(asked)


def test_a_run_that_goes_on_or_is_played_from_its_answers_says_the_same(tmp_path: Path):
    with stub_in_thread(choose=answers("temperature")) as stub:
        played(tmp_path / "run", stub)
        asked = stub.count
        done = played(tmp_path / "again", stub, "--cache", tmp_path / "run", "--offline")
    assert (done.code, stub.count) == (0, asked)
    first, again = (json.loads(empa("show", tmp_path / name, "--json").out)["left_out"] for name in ("run", "again"))
    assert again == first == {"empathic": ["an-agent: temperature"], "judge": ["a-judge: temperature"]}


def test_parameters_of_judge_and_voice_are_sent_and_stand_in_the_manifest(tmp_path: Path):
    words = ("--judge-temperature", 0.4, "--judge-max-tokens", 321, "--voice-max-tokens", 99, "--persona-voice", "v")
    with stub_in_thread(choose=answers()) as stub:
        assert played(tmp_path / "run", stub, *words).code == 0
    sent = {body["model"]: (body["temperature"], body["max_tokens"]) for body in stub.requests}
    assert sent == {"an-agent": (0.7, 160), "a-judge": (0.4, 321), "v": (0.7, 99)}
    found = load_run(tmp_path / "run").config
    assert (found.agent.temperature, found.agent.max_tokens) == (0.7, 160)
    assert (found.evaluator.temperature, found.evaluator.max_tokens) == (0.4, 321)
    assert found.persona.voice_max_tokens == 99


def test_judges_asked_otherwise_are_other_judges(tmp_path: Path):
    with stub_in_thread(choose=answers()) as stub:
        played(tmp_path / "one", stub)
        played(tmp_path / "other", stub, "--judge-temperature", 0.4)
    done = empa("diff", tmp_path / "one", tmp_path / "other")
    assert done.code == 1 and done.out.startswith("not comparable: evaluator.temperature")


def test_extra_fields_reach_the_agent_alone_and_stand_in_manifest_and_ledger(tmp_path: Path):
    with stub_in_thread(choose=answers()) as stub:
        done = played(
            tmp_path / "run", stub, "--extra-body", '{"top_k": 5, "chat_template_kwargs": {"thinking": false}}'
        )
    sent = {body["model"]: (body.get("top_k"), body.get("chat_template_kwargs")) for body in stub.requests}
    assert done.code == 0 and sent == {"an-agent": (5, {"thinking": False}), "a-judge": (None, None)}
    canonical = '{"chat_template_kwargs":{"thinking":false},"top_k":5}'
    assert load_run(tmp_path / "run").config.agent.extra_body == json.loads(canonical)
    kept = {call.role: call.parameters.get("extra_body") for call in calls(tmp_path / "run")}
    assert kept == {"empathic": canonical, "judge": None}


def test_answers_to_other_fields_are_not_taken_from_a_cache(tmp_path: Path):
    with stub_in_thread(choose=answers()) as stub:
        played(tmp_path / "run", stub, "--extra-body", '{"top_k": 5}')
        same = played(
            tmp_path / "same", stub, "--extra-body", '{ "top_k":5 }', "--cache", tmp_path / "run", "--offline"
        )
        other = played(tmp_path / "other", stub, "--cache", tmp_path / "run", "--offline")
    assert (same.code, other.code) == (0, 1) and "not_cached" in other.out


def test_a_run_that_is_resumed_is_asked_as_it_was(tmp_path: Path):
    words = ("--extra-body", '{"top_k": 5}', "--judge-max-tokens", 321, "--judge-temperature", 0.4)
    voice = ("--persona-voice", "v", "--voice-max-tokens", 99)
    with stub_in_thread(choose=answers()) as stub:
        assert played(tmp_path / "run", stub, *words, *voice, "--max-run-tokens", 1).code == 3
        before = stub.count
        assert empa("resume", tmp_path / "run").code == 0
    asked = {body["model"]: (body.get("top_k"), body["max_tokens"]) for body in stub.requests[before:]}
    assert asked == {"an-agent": (5, 160), "a-judge": (None, 321), "v": (None, 99)}


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("--extra-body", "{"), "--extra-body: no JSON ("),
        (("--extra-body", "[1]"), "--extra-body: JSON, but no object; write one like '{\"top_k\": 5}'"),
        (("--extra-body", '{"a": NaN}'), "--extra-body: no JSON (NaN is no JSON number)"),
        (("--extra-body", "[" * 9000), "--extra-body: no JSON ("),
        (("--extra-body", "1" * 10_001), "--extra-body: 10,001 characters, allowed are 10,000"),
        (("--extra-body", '{"model": "x"}'), "--extra-body: 'model' cannot be set there; the model has an option"),
        (("--extra-body", '{"messages": []}'), "--extra-body: 'messages' cannot be set there; the conversation"),
        (("--extra-body", '{"temperature": 1}'), "--extra-body: 'temperature' cannot be set there; give --temperature"),
        (("--extra-body", "{}", "--empathic", "scripted:template"), "'scripted:template' is no model"),
        (("--extra-body", "{}", "--empathic", "tests.agents:chatty"), "'tests.agents:chatty' is no model"),
        (("--extra-body", "{}", "--empathic", "anthropic:m"), "'anthropic:m' is asked by a package of its own"),
        (("--judge-max-tokens", 3), "--judge-max-tokens is for a judge; `cues` asks none"),
        (("--judge-temperature", 1, "--evaluator", "epm"), "--judge-temperature is for a judge; `cues` asks none"),
        (("--voice-max-tokens", 3), "--voice-max-tokens is for a model that speaks for the person; `card` asks none"),
    ],
)
def test_a_parameter_that_nobody_can_be_sent_is_one_line(tmp_path: Path, words: tuple[object, ...], line: str):
    agent = () if "--empathic" in words else ("--empathic", "scripted:template")
    done = empa("run", SCENARIO, *agent, *words, "--out", tmp_path / "run")
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1) and line in done.err
    assert not (tmp_path / "run").exists()
