"""The guard on the run, over runs as they are played, kept and gated: the controls are marked, the expert is not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from empa_graph import RunConfig, evaluate, find_scenarios
from empa_graph.content.graded import graded_file
from empa_graph.run.result import RunResult
from tests.command import empa

PERSONAS = sorted({scenario.persona.id for scenario in find_scenarios(["all"])})
GRADED = [name for name in PERSONAS if graded_file(name).is_file()]


def played(folder: Path, agent: str, scenarios: list[str]) -> RunResult:
    suite = {"scenarios": scenarios, "max_turns": 6}
    return evaluate(RunConfig(agent={"spec": f"scripted:{agent}"}, suite=suite, store={"out": folder}))


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, RunResult]:
    place = tmp_path_factory.mktemp("scripted")
    return {name: played(place / name, name, GRADED[:5]) for name in ("template", "generic", "expert")}


@pytest.mark.parametrize("name", ["template", "generic"])
def test_the_controls_are_marked_and_their_composite_is_void(runs: dict[str, RunResult], name: str):
    summary = runs[name].summary
    assert summary.script.scripted and (summary.script.share or 0.0) > 0.4
    assert "composite" not in summary.variants[0].metrics
    assert all(episode.score is not None for episode in runs[name].episodes)


def test_the_expert_is_not_marked(runs: dict[str, RunResult]):
    summary = runs["expert"].summary
    assert not summary.script.provisional and (summary.script.share or 0.0) < 0.05
    assert "composite" in summary.variants[0].metrics


def test_two_scenarios_are_provisional(tmp_path: Path):
    summary = played(tmp_path / "two", "generic", ["exam_student/reduce_stress", "night_nurse/call_home"]).summary
    assert summary.script.provisional and not summary.script.scripted
    assert "composite" in summary.variants[0].metrics


def test_nothing_is_contrasted_with_a_script(runs: dict[str, RunResult]):
    assert runs["expert"].compare(runs["generic"]).contrasts == ()
    assert runs["generic"].compare(runs["expert"]).contrasts == ()


def test_a_gate_refuses_a_script_unless_the_policy_allows_it(runs: dict[str, RunResult], tmp_path: Path):
    strict, lenient = tmp_path / "strict.yaml", tmp_path / "lenient.yaml"
    strict.write_text("rules: [{metric: composite, floor: 1, by: mean}]\n", encoding="utf-8")
    lenient.write_text(f"allow_scripted: true\n{strict.read_text(encoding='utf-8')}", encoding="utf-8")
    folder = runs["template"].folder
    refused = empa("gate", folder, "--policy", strict, "--json")
    found = json.loads(refused.out)
    assert (refused.code, found["verdict"], found["script"]["scripted"]) == (100, "fail", True)
    assert [row["rule"] for row in found["findings"]] == ["no script", "composite floor 1"]
    assert {(row["composite"], row["void"]) for row in found["worst"]} == {(None, True)}
    allowed = empa("gate", folder, "--policy", lenient)
    assert allowed.code == 0 and "which the policy allows" in " ".join(allowed.out.split())


def test_a_script_is_no_baseline(runs: dict[str, RunResult]):
    done = empa("gate", runs["generic"].folder, runs["expert"].folder, "--json")
    found = json.loads(done.out)
    assert (done.code, found["findings"][0]["rule"]) == (100, "no script (baseline)")
    assert all(row["change"] is None and not row["void"] for row in found["worst"])


def test_the_figure_stands_in_what_is_shown_and_exported(runs: dict[str, RunResult], tmp_path: Path):
    folder = runs["generic"].folder
    shown = json.loads(empa("show", folder, "--json").out)
    assert shown["script"]["scripted"] and "composite" not in shown["variants"][0]["metrics"]
    printed = empa("show", folder).out
    assert "composite and support are void" in " ".join(printed.split()) and "void" in printed
    empa("export", folder, "--format", "inspect", "--out", tmp_path / "log.json")
    log = json.loads((tmp_path / "log.json").read_text(encoding="utf-8"))
    assert log["eval"]["metadata"]["script"]["scripted"]
    assert log["results"]["scores"][0]["metrics"] == {}
