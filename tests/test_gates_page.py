"""docs/gates.md and docs/ci: the policy loads, the commands exist, the figures keep to what is promised."""

from __future__ import annotations

import re
import shlex
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
        line = step["run"].replace("$AGENT", "scripted:skilled").replace("$GITHUB_STEP_SUMMARY", "summary.md")
        line = line.replace("run all", "run night_nurse exam_student").replace("--max-turns 12", "--max-turns 2")
        words, _, rest = line.partition(" || ")
        assert empa(*shlex.split(words)[1:]).code == (4 if rest else 0)
    assert (tmp_path / "summary.md").read_text(encoding="utf-8").startswith("## Gate ")
    assert (tmp_path / "gate.xml").is_file()
