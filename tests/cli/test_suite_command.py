from __future__ import annotations

import json
from pathlib import Path

from empa_graph.cli.config_command import load_config
from empa_graph.content.library import find_scenarios
from tests.command import empa
from tests.distill.checks.cards import EASY, cards


def test_a_suite_is_written_and_can_be_played(tmp_path: Path):
    out = tmp_path / "few.yaml"
    done = empa("suite", "--size", "4", "--by", "context", "--out", out)
    assert (done.code, done.err) == (0, "") and f"publicpartwrittento{out}" in "".join(done.out.split())
    names = load_config(out).suite.scenarios
    assert len(find_scenarios(names)) == len(names) == 4
    check = empa("config", "check", out)
    assert check.code == 0 and "4 episodes of 4 scenarios" in check.out


def test_what_is_held_out_stands_in_a_file_of_its_own(tmp_path: Path):
    out = tmp_path / "suite.yaml"
    found = json.loads(empa("suite", "--size", "20", "--held-out", "0.4", "--out", out, "--json").out)
    assert found["files"] == {"public": str(out), "held-out": str(tmp_path / "suite.held-out.yaml")}
    public, held = (set(load_config(Path(file)).suite.scenarios) for file in found["files"].values())
    assert public and held and not public & held
    assert {one["id"] for one in found["scenarios"] if one["part"] == "held-out"} == held


def test_a_folder_is_named_in_the_file_and_its_cards_are_rehearsed_for_the_hardest(tmp_path: Path):
    folder, out = cards(tmp_path, EASY), tmp_path / "hard.yaml"
    done = empa("suite", folder, "--size", "1", "--adversarial", "1", "--out", out, "--json")
    (only,) = json.loads(done.out)["scenarios"]
    assert (only["id"], only["how"]) == (EASY, "adversarial")
    assert load_config(out).persona.folder == folder


def test_a_refused_scenario_is_left_out_and_said(tmp_path: Path):
    folder, out = cards(tmp_path, EASY, "exam_student/reduce_stress"), tmp_path / "suite.yaml"
    file = folder / "exam_student.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("I did", "I did\\n", 1), encoding="utf-8")
    (tmp_path / "graded" / "exam_student.jsonl").write_text("", encoding="utf-8")
    done = empa("suite", folder, "--size", "2", "--by", "difficulty", "--out", out)
    assert done.code == 0 and load_config(out).suite.scenarios == (EASY,)
    said = " ".join(done.out.split())
    assert "left out, since their check refuses them: 1" in said and "1 of 2 asked for" in said


def test_wrong_input_is_one_line(tmp_path: Path):
    out = tmp_path / "a.yaml"
    for words, told in (
        (("--by", "ned"), "unknown aspect 'ned'. Did you mean 'need'?"),
        (("--by", "need,need"), "an aspect stands twice"),
        (("--out", tmp_path / "a.txt"), "a suite is a YAML file"),
        (("--run", tmp_path / "none", "--adversarial", "1"), "none"),
        ((tmp_path / "nowhere",), "no such folder of personas"),
    ):
        done = empa("suite", *words, *(() if "--out" in words else ("--out", out)))
        assert done.code == 2 and told in done.err and len(done.err.splitlines()) == 1
        assert not out.exists()
    assert empa("suite", "--out", out).code == 0
    again = empa("suite", "--out", out)
    assert again.code == 2 and "nothing is written over it" in again.err
