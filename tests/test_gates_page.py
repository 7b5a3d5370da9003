"""docs/gates.md and docs/ci: the policy loads, the commands exist, the figures keep to what is promised."""

from __future__ import annotations

import re
import shlex
import stat
import subprocess
from pathlib import Path

import pytest
import yaml

from empa_graph.content.loading import load_model
from empa_graph.gate.policy import Policy
from empa_graph.models.outcome import RANGES
from tests.command import empa

DOCS = Path(__file__).parents[1] / "docs"
PAGE = (DOCS / "gates.md").read_text(encoding="utf-8")


def test_the_policy_on_the_page_loads(tmp_path: Path):
    path = tmp_path / "gate.yaml"
    path.write_text(PAGE.partition("```yaml\n")[2].partition("```")[0], encoding="utf-8")
    assert len(load_model(path, Policy).rules) == 8


def test_every_metric_stands_on_the_page():
    missing = {name for name in RANGES if not name.startswith("epm_q_paper") and f"`{name}`" not in PAGE}
    assert missing == set()


def test_the_measured_power_keeps_to_what_is_stated_and_false_alarms_to_their_bound():
    rows = [line.strip("| ").split(" | ") for line in PAGE.splitlines() if re.match(r"\| 0\.\d", line)]
    null, *planted = ([float(cell.strip("%")) if cell != "-" else None for cell in row] for row in rows)
    assert len(planted) >= 5
    assert null[2] == 0.0
    assert max(null[4], null[7]) <= 7.5
    for row in planted:
        assert abs(row[3] - row[4]) <= 10.0
        assert abs(row[6] - row[7]) <= 10.0


def test_small_suites_keep_false_alarms_to_the_level_and_never_pass_a_collapse():
    rows = [line.strip("| ").split(" | ") for line in PAGE.splitlines() if re.match(r"\| \d+ \|", line) and "%" in line]
    assert [row[0] for row in rows] == ["4"] * 3 + ["6"] * 3 + ["12"] * 3
    for _, skill, _, *cells in rows:
        wide, open_wide, narrow, open_narrow = (float(cell.strip("%")) for cell in cells)
        if skill == "0.9":
            assert wide <= 5.5 and narrow <= 2.2
        if skill == "0":
            assert wide + open_wide >= 99.9 and narrow + open_narrow >= 99.9


def commands(text: str) -> list[list[str]]:
    """Return the words of every ``empa`` command in a workflow."""
    return [shlex.split(found) for found in re.findall(r"empa (?:run|gate) [^\n&']+", text)]


@pytest.mark.parametrize("name", ["github-workflow.yml", "pre-commit.yaml"])
def test_the_commands_of_the_ready_files_exist(name: str):
    text = (DOCS / "ci" / name).read_text(encoding="utf-8")
    assert yaml.safe_load(text)
    found = commands(text)
    assert {words[1] for words in found} == {"run", "gate"}
    for words in found:
        known = empa(words[1], "--help").out
        assert [word for word in words if word.startswith("--") and word not in known] == []


def test_the_pull_request_workflow_plays_and_compares(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    steps = yaml.safe_load((DOCS / "ci" / "github-workflow.yml").read_text(encoding="utf-8"))["jobs"]["gate"]["steps"]
    named = {step["name"]: step for step in steps if "name" in step}
    for folder in ("baseline", "candidate"):
        (tmp_path / folder).mkdir()
    for step in named.values():
        monkeypatch.chdir(tmp_path / step.get("working-directory", "."))
        (line,) = re.findall(r"empa .+?(?= \|\||$)", step["run"], re.MULTILINE)
        line = line.replace("$AGENT", "scripted:template").replace("$GITHUB_STEP_SUMMARY", "summary.md")
        line = line.replace("run all", "run night_nurse exam_student").replace("--max-turns 12", "--max-turns 2")
        assert empa(*shlex.split(line)[1:]).code in (0, 4)
    assert (tmp_path / "summary.md").read_text(encoding="utf-8").startswith("## Gate ")
    assert (tmp_path / "gate.xml").is_file()


@pytest.mark.parametrize(("gate", "job", "warned"), [(0, 0, False), (4, 0, True), (100, 100, False), (1, 1, False)])
def test_the_workflow_warns_of_an_undecided_gate_and_stops_for_any_other(
    tmp_path: Path, gate: int, job: int, warned: bool
):
    jobs = yaml.safe_load((DOCS / "ci" / "github-workflow.yml").read_text(encoding="utf-8"))["jobs"]
    (compare,) = (step["run"] for step in jobs["gate"]["steps"] if step.get("name") == "Compare")
    command = tmp_path / "empa"
    command.write_text(f"#!/bin/sh\nexit {gate}\n", encoding="utf-8")
    command.chmod(command.stat().st_mode | stat.S_IXUSR)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "GITHUB_STEP_SUMMARY": "summary.md"}
    done = subprocess.run(["bash", "-e", "-c", compare], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, "::warning::" in done.stdout) == (job, warned)
