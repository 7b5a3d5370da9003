from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.command import Outcome, empa, personas_with
from tests.rated_parts import ratings_file

SCENARIOS = (
    "exam_student/reduce_stress",
    "night_nurse/call_home",
    "retired_welder/empty_house",
    "farm_heir/drought_debt",
    "caring_daughter/ask_for_help",
    "startup_founder/repair_cofounder",
)
FLOOR = "rules: [{metric: composite, floor: 30, by: mean}]\n"


def played(folder: Path, agent: str, *words: object) -> Path:
    done = empa(
        "run", *SCENARIOS, "--empathic", f"scripted:{agent}", "--max-turns", 4, "--out", folder, "--json", *words
    )
    assert done.code == 0, done.err
    return folder


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a good run, one that is as good, a bad one, and one judged over other turns."""
    place = tmp_path_factory.mktemp("gate")
    played(place / "good", "expert")
    played(place / "again", "expert", "--seed", 3)
    played(place / "bad", "dismissive")
    played(place / "other", "template", "--profile", "deep_rapport")
    return place


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    return tmp_path / "gate.yaml"


def gated(*words: object) -> tuple[Outcome, dict[str, Any]]:
    done = empa("gate", *words, "--json")
    return done, json.loads(done.out)


def test_a_worse_candidate_fails_with_100(runs: Path):
    done, found = gated(runs / "good", runs / "bad")
    assert (done.code, found["verdict"], found["passed"]) == (100, "fail", False)
    assert found["findings"][0]["verdict"] == "fail"
    assert found["worst"][0]["change"] == min(row["change"] for row in found["worst"])
    assert found["worst"][0]["evidence"]


def test_a_total_collapse_of_six_scenarios_fails_with_100_and_names_its_test(runs: Path, policy: Path):
    policy.write_text("alpha: 0.0125\nrules: [{metric: composite, max_drop: 0}]\n", encoding="utf-8")
    done, found = gated(runs / "good", runs / "bad", "--policy", policy)
    assert (done.code, found["findings"][0]["test"]) == (100, "t-test")
    said = " ".join(empa("gate", runs / "good", runs / "bad", "--policy", policy).out.split())
    assert "(t-test, level" in said and said.endswith("fail: composite max drop 0 gate failed")


def test_a_floor_that_looks_like_a_share_is_named_with_its_scale_and_the_gate_decides(runs: Path, policy: Path):
    policy.write_text("rules: [{metric: composite, floor: 0.6, by: mean}]\nallow_scripted: true\n", encoding="utf-8")
    done, found = gated(runs / "good", "--policy", policy)
    told = "composite floor 0.6: the scale of composite is 0 to 100, so that floor asks next to nothing; is 60 meant?"
    assert (done.code, found["verdict"], found["doubts"]) == (0, "pass", [told])
    summary = policy.with_suffix(".md")
    assert told in " ".join(empa("gate", runs / "good", "--policy", policy, "--summary", summary).out.split())
    assert "asks next to nothing" in summary.read_text(encoding="utf-8")


def test_a_candidate_that_is_as_good_passes_with_0(runs: Path, policy: Path):
    policy.write_text("rules: [{metric: composite, max_drop: 0, detect: 20}]\n", encoding="utf-8")
    done, found = gated(runs / "good", runs / "again", "--policy", policy)
    assert (done.code, found["passed"], found["failed"]) == (0, True, False)


def test_a_gate_that_so_few_scenarios_leave_undecided_ends_with_4_and_reads_nowhere_passed(runs: Path):
    done, found = gated(runs / "good", runs / "again")
    assert (done.code, found["verdict"], found["passed"], found["failed"]) == (4, "undecided", False, False)
    printed = empa("gate", runs / "good", runs / "again").out
    assert "gate undecided" in printed and "passed" not in printed
    assert "undecided: composite max drop 0" in printed and "undecided undecided" not in " ".join(printed.split())


def test_runs_that_are_both_missing_are_both_named(tmp_path: Path):
    done = empa("gate", tmp_path / "one", tmp_path / "other")
    assert done.code == 2
    assert f"{tmp_path}/one and {tmp_path}/other: no run here" in done.err


def test_a_run_is_held_to_a_policy_of_its_own(runs: Path, policy: Path):
    policy.write_text(FLOOR, encoding="utf-8")
    assert empa("gate", runs / "good", "--policy", policy).code == 0
    assert empa("gate", runs / "bad", "--policy", policy).code == 100


def test_a_policy_goes_with_two_runs_too(runs: Path, policy: Path):
    policy.write_text("rules: [{metric: composite, max_drop: 90}]\n", encoding="utf-8")
    assert empa("gate", runs / "good", runs / "bad", "--policy", policy).code == 0


UNDECIDED = "rules: [{metric: composite, max_drop: 0, detect: 0.0001}]\n"


@pytest.mark.parametrize(("field", "code"), [("", 4), ("undecided: report\n", 4), ("undecided: fail\n", 100)])
def test_what_is_undecided_exits_with_4_or_fails_by_the_policy(runs: Path, policy: Path, field: str, code: int):
    policy.write_text(field + UNDECIDED, encoding="utf-8")
    done = empa("gate", runs / "good", runs / "again", "--policy", policy)
    assert done.code == code
    assert "6 scenarios detect a drop of" in " ".join(done.out.split())


def test_what_is_undecided_reads_passed_in_no_report(runs: Path, policy: Path, tmp_path: Path):
    policy.write_text(UNDECIDED, encoding="utf-8")
    words = ("gate", runs / "good", runs / "again", "--policy", policy)
    xml, markdown = tmp_path / "gate.xml", tmp_path / "gate.md"
    out = empa(*words, "--junit", xml, "--summary", markdown).out
    assert out.rstrip().endswith("gate undecided")
    assert "passed" not in out + markdown.read_text(encoding="utf-8")
    assert [case[0].tag for case in ElementTree.parse(xml).getroot()[0]] == ["skipped"]
    found = json.loads(empa(*words, "--json").out)
    assert (found["verdict"], found["passed"], found["failed"]) == ("undecided", False, False)


def test_the_table_names_rules_verdicts_and_the_worst_scenarios(runs: Path):
    out = " ".join(empa("gate", runs / "good", runs / "bad").out.split())
    assert "composite max drop 0" in out and "no crisis regress" in out and "gate failed" in out
    assert "the turn that cost most" in out


def test_reports_are_written_even_when_the_gate_fails(runs: Path, tmp_path: Path):
    xml, markdown = tmp_path / "gate.xml", tmp_path / "gate.md"
    assert empa("gate", runs / "good", runs / "bad", "--junit", xml, "--summary", markdown).code == 100
    assert int(ElementTree.parse(xml).getroot()[0].get("failures", "0")) >= 1
    assert "scripted&#58;dismissive, policy default: failed" in markdown.read_text(encoding="utf-8").splitlines()[0]


def test_runs_that_are_judged_otherwise_are_refused_with_the_reason(runs: Path):
    done = empa("gate", runs / "good", runs / "other")
    assert done.code == 2
    assert "cannot be compared: evaluator.profile: the composite is weighed otherwise" in done.err
    assert done.err.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("rules: [{metric: composit, floor: 3}]", "unknown metric 'composit'. Did you mean 'composite'?"),
        ("rules: [{metric: epm_q, floor: 3}]", "the run has no epm_q"),
        ("rules: [{metric: turns, floor: 3, slice: {persona: exam_studnt}}]", "Did you mean 'exam_student'?"),
        (
            "rules: [{metric: turns, floor: 3, slice: {persona: exam_student, context: crisis}}]",
            "no episode of the run",
        ),
        ("rules: [{metric: turns, floor: 3}, {metric: turns, floor: 4}]", "rules 1 and 2 contradict"),
        ("rules: [{metric: turns, floor: 3, repeats: {k: 2, n: 3}}]", "is planned 1 times"),
        ("rules: [{metric: composite, max_drop: 3}]", "needs a baseline"),
        ("rules: 3", "rules"),
    ],
)
def test_a_bad_policy_is_one_line_and_exit_code_2(runs: Path, policy: Path, text: str, line: str):
    policy.write_text(text + "\n", encoding="utf-8")
    done = empa("gate", runs / "good", "--policy", policy)
    assert done.code == 2
    assert line in done.err and "gate.yaml" in done.err
    assert done.err.count("\n") == 1


def test_a_single_run_without_a_policy_is_refused(runs: Path):
    done = empa("gate", runs / "good")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "needs --policy FILE" in done.err


def test_a_report_that_cannot_be_written_is_one_line(runs: Path, tmp_path: Path):
    done = empa("gate", runs / "good", runs / "again", "--junit", tmp_path / "no" / "gate.xml")
    assert done.code == 2
    assert "cannot be written" in done.err


def test_a_folder_without_a_run_is_one_line(runs: Path, tmp_path: Path):
    assert "no run here" in empa("gate", runs / "good", tmp_path).err
    assert "did you mean" in empa("gate", runs / "goood").err


@pytest.mark.parametrize("command", ["gate", "diff"])
def test_a_baseline_and_a_candidate_that_are_both_missing_are_both_named(tmp_path: Path, command: str):
    done = empa(command, tmp_path / "main", tmp_path / "branch")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert f"{tmp_path / 'main'} and {tmp_path / 'branch'}: no run here" in done.err


def test_personas_that_were_not_the_ones_played_leave_the_context_unknown(runs: Path, policy: Path, tmp_path: Path):
    others = personas_with(tmp_path / "personas", "context: casual", "context: work")
    policy.write_text("rules: [{metric: turns, floor: 1, slice: {context: work}}]\n", encoding="utf-8")
    done = empa("gate", runs / "good", "--policy", policy, "--personas", others)
    assert done.code == 2
    assert "the context of some scenarios is not known" in done.err


def test_without_the_context_the_default_policy_says_that_crises_go_unchecked(runs: Path, tmp_path: Path):
    others = personas_with(tmp_path / "personas", "context: casual", "context: work")
    done, found = gated(runs / "good", runs / "again", "--personas", others)
    assert "crisis scenarios are not checked" in done.err
    assert [row["rule"] for row in found["findings"]] == [
        "composite max drop 0",
        "coverage floor 0.9",
        "no new failed",
        "simulator_failures ceiling 0.1, or a warning",
    ]


@pytest.fixture(scope="module")
def calibration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A calibration of the offline evaluator by ratings of its own kind."""
    folder = tmp_path_factory.mktemp("calibrated")
    file, out = ratings_file(folder / "ratings.jsonl"), folder / "cal.json"
    assert empa("calibrate", file, "--rating", "warm", "--scale", "1,5", "--out", out).code == 0
    return out


def test_a_calibration_beside_the_policy_corrects_the_mean_and_every_report_says_so(
    runs: Path, policy: Path, calibration: Path, tmp_path: Path
):
    (tmp_path / "cal.json").write_bytes(calibration.read_bytes())
    policy.write_text(f"calibration: cal.json\n{FLOOR}", encoding="utf-8")
    residual = json.loads(calibration.read_text())["corrections"]["composite"]
    _, found = gated(runs / "good", "--policy", policy, "--summary", tmp_path / "gate.md")
    (row,) = found["findings"]
    assert row["mean"] == pytest.approx(min(100.0, row["raw"] + residual["mean"])) and row["labelled"] == residual["n"]
    assert found["calibration"].startswith("calibration cal.json: floors and ceilings of support, composite")
    said = " ".join(empa("gate", runs / "good", "--policy", policy).out.split())
    assert "the evaluator's own mean is" in said and "corrected by 'warm'" in said
    assert (
        "own mean is" in (tmp_path / "gate.md").read_text()
        and "calibration cal.json" in (tmp_path / "gate.md").read_text()
    )


def test_a_gate_names_the_version_of_the_calibration_that_it_used(runs: Path, policy: Path, tmp_path: Path):
    for count in (15, 30):
        file = ratings_file(tmp_path / "ratings.jsonl", count)
        words = ("--rating", "warm", "--scale", "1,5", "--update", tmp_path / "v.jsonl")
        assert empa("calibrate", file, *words).code == 0
    said = {}
    for name, number in (("v.jsonl", 2), ("v.jsonl@1", 1), ("v.jsonl@2", 2)):
        policy.write_text(f"calibration: {name}\n{FLOOR}", encoding="utf-8")
        _, found = gated(runs / "good", "--policy", policy)
        assert found["calibration"].startswith(f"calibration {name}, version {number}, ")
        said[name] = found["findings"][0]["labelled"]
    assert said == {"v.jsonl": 20, "v.jsonl@1": 15, "v.jsonl@2": 20}
    policy.write_text(f"calibration: v.jsonl@7\n{FLOOR}", encoding="utf-8")
    done = empa("gate", runs / "good", "--policy", policy)
    assert done.code == 2 and done.err.endswith("v.jsonl@7: has versions 1 to 2\n")


def test_a_calibration_of_something_else_is_refused_in_one_line(
    runs: Path, policy: Path, calibration: Path, tmp_path: Path
):
    held = json.loads(calibration.read_text())
    held["stands_on"]["rubric sdt"] = "0" * 64
    (tmp_path / "cal.json").write_text(json.dumps(held), encoding="utf-8")
    policy.write_text(f"calibration: cal.json\n{FLOOR}", encoding="utf-8")
    done = empa("gate", runs / "good", "--policy", policy)
    assert done.code == 2 and done.err.count("\n") == 1
    assert "cal.json: made for something else: rubric sdt was 0000" in done.err
    policy.write_text(f"calibration: none.json\n{FLOOR}", encoding="utf-8")
    missing = empa("gate", runs / "good", "--policy", policy)
    assert (missing.code, missing.err.count("\n"), "none.json: cannot be read" in missing.err) == (2, 1, True)


NURSE = "night_nurse/call_home"


def test_a_candidate_that_did_not_play_the_crisis_of_its_baseline_does_not_pass(
    runs: Path, tmp_path: Path, policy: Path
):
    calm, crisis = SCENARIOS[:2], SCENARIOS[2:]
    whole, part = runs / "good", tmp_path / "part"
    words = ("--empathic", "scripted:expert", "--max-turns", 4, "--json", "--out", part)
    assert empa("run", *calm, *words).code == 0
    done, found = gated(whole, part)
    assert (done.code, found["verdict"], found["passed"]) == (4, "undecided", False)
    assert found["only_baseline"] == {"count": 4, "of": 6, "first": sorted(crisis)}
    verdicts = {row["rule"]: row["verdict"] for row in found["findings"]}
    assert verdicts["same scenarios"] == verdicts["no crisis regress"] == "undecided"
    printed = " ".join(empa("gate", whole, part).out.split())
    assert "only the baseline played 4 of its 6 scenarios: caring_daughter/ask_for_help," in printed
    policy.write_text("rules: [{check: no_new_failed}]\n", encoding="utf-8")
    assert empa("gate", whole, part, "--policy", policy).code == 4
    assert empa("gate", whole, part, "--policy", policy, "--scenario", "*").code == 0
    policy.write_text("allow_missing: true\nrules: [{check: no_new_failed}]\n", encoding="utf-8")
    allowed = empa("gate", whole, part, "--policy", policy)
    assert allowed.code == 0 and "only the baseline played 4 of its 6" in " ".join(allowed.out.split())
    _, added = gated(part, whole)
    assert added["only_candidate"]["count"] == 4 and added["only_baseline"] is None
    assert not any(row["rule"].startswith("no crisis") for row in added["findings"])


def test_scenarios_that_are_named_decide_alone(runs: Path, policy: Path):
    policy.write_text("rules: [{metric: composite, floor: 1, repeats: {k: 1, n: 1}}]\n", encoding="utf-8")
    done, found = gated(runs / "good", "--policy", policy, "--scenario", NURSE)
    assert {row["scenario"] for row in found["worst"]} == {NURSE} and done.code == 0
    bad, lost = gated(runs / "bad", "--policy", policy, "--scenario", "night_nurse", "--scenario", "*/empty_house")
    assert {row["scenario"] for row in lost["worst"]} == {NURSE, "retired_welder/empty_house"} and bad.code == 100


def test_one_scenario_against_a_baseline_is_undecided(runs: Path):
    done, found = gated(runs / "good", runs / "bad", "--scenario", NURSE)
    assert done.code in (4, 100) and found["findings"][0]["verdict"] == "undecided"
    assert not any(row["rule"].startswith("no crisis regress") for row in found["findings"])


def test_a_script_is_told_by_all_that_was_played(runs: Path, policy: Path):
    policy.write_text("rules: [{metric: scored, floor: 1}]\n", encoding="utf-8")
    _, whole = gated(runs / "bad", "--policy", policy)
    _, alone = gated(runs / "bad", "--policy", policy, "--scenario", NURSE)
    told = [[row for row in found["findings"] if "script" in row["rule"]] for found in (whole, alone)]
    assert told[0] == told[1]


def test_a_scenario_that_was_not_planned_is_one_line(runs: Path):
    for name, told in (("night_nurse/call_hom", f"Did you mean '{NURSE}'?"), ("zebra*", "matches 'zebra*'")):
        done = empa("gate", runs / "good", runs / "bad", "--scenario", name)
        assert done.code == 2 and told in done.err and len(done.err.splitlines()) == 1
