"""The one description of a run: its bounds, its errors, and what of it lasts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from empa_graph.errors import SettingError, UsageError
from empa_graph.models.config import AgentConfig, EvaluatorConfig, Keys, Limits, RunConfig


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"agent": {"temprature": 1}}, "unknown setting 'agent.temprature'; did you mean 'temperature'?"),
        ({"agnt": {}}, "unknown setting 'agnt'; did you mean 'agent'?"),
        ({"agent": 5}, "agent is 5, allowed is a mapping of its settings"),
        ({"agent": {"temperature": 3}}, "agent.temperature is 3, allowed is 2.0 or less"),
        ({"agent": {"max_tokens": 0}}, "agent.max_tokens is 0, allowed is 1 or more"),
        ({"agent": {"speaks": "lst"}}, "agent.speaks is 'lst'; did you mean 'last'?"),
        ({"agent": {"extra_body": "{"}}, "agent.extra_body: no JSON ("),
        ({"agent": {"extra_body": {"model": "x"}}}, "agent.extra_body: 'model' cannot be set there; the model has"),
        ({"agent": {"context": "[1]"}}, 'agent.context: JSON, but no object; write one like \'{"user_id": "nadia"}\''),
        ({"persona": {"noise": float("nan")}}, "persona.noise is nan, allowed is a finite number"),
        ({"evaluator": {"judge_every": 46}}, "evaluator.judge_every is 46, allowed is 45 or less"),
        ({"evaluator": {"judges": [5]}}, "evaluator.judges is 5, allowed is a valid string"),
        ({"evaluator": {"profile": {"align": 1}}}, "evaluator.profile is a mapping with 'align'; did you mean 'alignm"),
        ({"suite": {"variants": []}}, "suite.variants is empty, allowed is one or more"),
        ({"suite": {"seed": "3"}}, "suite.seed is str, allowed is a valid integer"),
        ({"suite": {"repeats": True}}, "suite.repeats is True, allowed is a valid integer"),
        ({"limits": {"run_cost": 0}}, "limits.run_cost is 0, allowed is above 0.0"),
        ({"execution": {"on_outage": "pauze"}}, "execution.on_outage is 'pauze'; did you mean 'pause'?"),
        ({"execution": {"offline": 1}}, "execution.offline is 1, allowed is a valid boolean"),
        ({"agent": {"api_key": "sk-secret"}}, "unknown setting 'agent.api_key'"),
    ],
)
def test_what_is_wrong_is_one_line_with_its_place(given: dict[str, Any], line: str):
    with pytest.raises(SettingError, match=r"\A[^\n]*\Z") as caught:
        RunConfig(**given)
    assert str(caught.value).startswith(line) and "sk-secret" not in str(caught.value)


def test_a_part_by_itself_says_where_it_stands():
    with pytest.raises(UsageError, match=r"unknown setting 'evaluator.judge'; did you mean 'judges'"):
        EvaluatorConfig(judge="x")


def test_a_configuration_comes_back_from_json():
    config = RunConfig(
        agent={"spec": "m", "extra_body": {"top_k": 5}, "on_interrupt": {"ok": True}, "context": '{"user": "nadia"}'},
        suite={"scenarios": "exam_student", "variants": ["baseline", "aligned", "baseline"]},
        evaluator={"profile": [0.5, 0.3, 0.2]},
        persona={"folder": "mine"},
    )
    again = RunConfig.model_validate_json(config.model_dump_json())
    assert again == config
    assert (again.agent.on_interrupt, again.agent.context) == ('{"ok": true}', {"user": "nadia"})
    assert (again.suite.scenarios, again.suite.variants) == (("exam_student",), ("baseline", "aligned"))
    assert (again.evaluator.profile, again.persona.folder) == ("0.5,0.3,0.2", Path("mine"))


def test_a_copy_with_changes_keeps_the_rest_and_is_checked():
    config = RunConfig(agent={"spec": "m", "temperature": 0.2})
    changed = config.changed({"agent.max_tokens": 9, "director": "rules"})
    assert (changed.agent, changed.director) == (AgentConfig(spec="m", temperature=0.2, max_tokens=9), "rules")
    assert config == RunConfig(agent={"spec": "m", "temperature": 0.2})
    with pytest.raises(SettingError, match=r"agent.max_tokens is 0"):
        config.changed({"agent.max_tokens": 0})


def test_what_is_measured_leaves_out_how_a_session_goes_and_where_the_run_lies():
    plain = RunConfig(suite={"seed": 1})
    same = plain.changed({"limits.run_cost": 1, "execution.retries": 9, "store.out": "there"})
    assert same.measured == plain.measured
    assert plain.changed({"store.redaction": "basic"}).measured != plain.measured


def test_another_session_begins_without_the_limits_and_switches_of_the_last():
    limits, execution = {"run_cost": 1.0}, {"timeout": 5.0, "cache": "run", "offline": True, "executor": "mine"}
    again = RunConfig(limits=limits, execution=execution).resumed
    assert again.limits == Limits()
    assert (again.execution.timeout, again.execution.cache, again.execution.offline) == (5.0, None, False)
    assert again.execution.executor == "asyncio"


def test_keys_are_shown_nowhere():
    keys = Keys("sk-one", "sk-two", "sk-three")
    assert "sk-" not in repr(keys)
    assert keys.all == ("sk-one", "sk-two", "sk-three")
    assert "key" not in json.dumps(RunConfig().model_dump(mode="json"))
