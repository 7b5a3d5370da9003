from __future__ import annotations

import json
from pathlib import Path

import pytest

from empa_graph.content.library import content_folder
from empa_graph.distill.checks.check import check
from empa_graph.distill.checks.report import write_checks
from tests.command import empa, line_of, personas_with
from tests.distill.checks.cards import EASY, cards


def test_the_bundled_personas_have_no_fault():
    done = empa("validate")
    assert (done.code, done.out, done.err) == (0, "12 files, 0 faults\n", "")


def test_a_fault_has_file_line_field_and_the_nearest_name(tmp_path: Path):
    file = personas_with(tmp_path, "  age: 19", "  agge: 19") / "exam_student.yaml"
    done = empa("validate", file)
    assert done.code == 2
    line, missing = line_of(file, "agge"), line_of(file, "demographics:")
    assert f"{file}:{line}: demographics.agge: unknown field; did you mean 'age'?" in done.out.splitlines()
    assert f"{file}:{missing}: demographics.age: this field is missing" in done.out.splitlines()
    assert done.out.endswith("1 file, 2 faults\n")


def test_every_fault_of_several_places_is_listed(tmp_path: Path):
    one = personas_with(tmp_path / "one", "age: 19", "age: nineteen")
    two = personas_with(tmp_path / "two", "radius: {value: 0.20", "radius: {value: 0")
    done = empa("validate", one, two / "exam_student.yaml", "--json")
    found = json.loads(done.out)
    assert (done.code, found["files"]) == (2, 2)
    assert sum("demographics.age" in fault for fault in found["faults"]) == 1
    assert sum("radius.value: 0, allowed is above 0" in fault for fault in found["faults"]) == 1


def test_text_shared_between_two_files_is_a_fault(tmp_path: Path):
    personas_with(tmp_path, "id: exam_student", "id: exam_student")
    twin = tmp_path / "twin.yaml"
    twin.write_text((tmp_path / "exam_student.yaml").read_text().replace("id: exam_student", "id: twin"))
    done = empa("validate", tmp_path)
    assert done.code == 2 and "also stands in exam_student.yaml" in done.out


@pytest.mark.parametrize("words", [(), ("--json",), ("--coverage",), ("--rehearse",)])
def test_a_file_that_is_not_there_is_one_line_on_stderr(tmp_path: Path, words: tuple[str, ...]):
    done = empa("validate", tmp_path / "none.yaml", *words)
    assert done == (2, "", f"empa: {tmp_path}/none.yaml: cannot be read (no such file or directory)\n")


def test_a_folder_without_personas_and_an_unknown_rubric_are_one_line(tmp_path: Path):
    assert "no persona file (*.yaml) in this folder" in empa("validate", tmp_path).err
    done = empa("validate", "--rubric", "stdt")
    assert (done.code, done.err) == (2, "empa: unknown rubric 'stdt'. Did you mean 'sdt'?\n")


def test_control_characters_of_a_file_do_not_reach_the_terminal(tmp_path: Path):
    file = personas_with(tmp_path, "age: 19", r'age: "\e[31m19"') / "exam_student.yaml"
    done = empa("validate", file)
    assert done.code == 2 and "\x1b" not in done.out


def test_the_folder_of_the_bundled_personas_may_be_named():
    assert empa("validate", content_folder("personas")).code == 0


def test_hints_are_listed_beside_the_faults_and_are_none(tmp_path: Path):
    file = personas_with(tmp_path, "age: 19", "age: 19") / "exam_student.yaml"
    done = empa("validate", file, "--hints")
    assert done.code == 0 and "hint: exam_student: " in done.out
    shown = json.loads(empa("validate", file, "--hints", "--json").out)
    assert shown["faults"] == [] and shown["hints"]


def test_a_rehearsal_of_one_card_lists_what_was_never_said(tmp_path: Path):
    file = personas_with(tmp_path, "age: 19", "age: 19") / "exam_student.yaml"
    done = empa("validate", file, "--rehearse")
    assert done.code == 0
    assert "too few persons with two scenarios to be told apart by their words" in done.out
    assert done.out.endswith("27 episodes, 0 breaches\n")


def test_a_rehearsal_as_json_has_every_finding(tmp_path: Path):
    file = personas_with(tmp_path, "age: 19", "age: 19") / "exam_student.yaml"
    found = json.loads(empa("validate", file, "--rehearse", "--json").out)
    assert (found["episodes"], found["breaches"], found["voices"]["accuracy"]) == (27, [], None)
    assert set(found) == {"episodes", "breaches", "never_said", "never_felt", "ran_out", "voices"}


def test_the_coverage_of_cards_is_shown_written_and_given_as_json(tmp_path: Path):
    done = empa("validate", "--coverage", "--out", tmp_path / "coverage.md")
    assert (done.code, done.err) == (0, "")
    assert "36 scenarios of 12 persons" in done.out and "All scenarios have the same language: en." in done.out
    assert max(map(len, done.out.splitlines())) <= 120
    assert (tmp_path / "coverage.md").read_text(encoding="utf-8").startswith("# Coverage\n")
    found = json.loads(empa("validate", "--coverage", "--json").out)
    assert (found["scenarios"], found["personas"]) == (36, 12)
    assert {cell["aspect"] for cell in found["cells"]} >= {"need", "threshold", "context", "danger", "age"}


def test_a_card_that_cannot_be_read_has_no_coverage(tmp_path: Path):
    file = personas_with(tmp_path, "age: 19", "age: nineteen") / "exam_student.yaml"
    done = empa("validate", file, "--coverage")
    assert done.code == 2 and str(file) in done.err and len(done.err.splitlines()) == 1
    assert empa("validate", "--coverage", "--out", tmp_path / "no" / "c.md").code == 2


def test_a_check_beside_the_cards_says_how_difficult_they_are(tmp_path: Path):
    folder = cards(tmp_path, EASY)
    write_checks(check(folder, matters={EASY: "family"}), tmp_path)
    found = json.loads(empa("validate", folder, "--coverage", "--json").out)
    held = {(cell["aspect"], cell["value"]) for cell in found["cells"] if cell["scenarios"]}
    assert {("difficulty", "easy"), ("matter", "family")} <= held
