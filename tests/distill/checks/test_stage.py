from __future__ import annotations

from pathlib import Path

from empa_graph.content.library import load_rubric, scenarios
from empa_graph.distill.checks.report import read_checks
from empa_graph.distill.checks.stage import apart, checked_folder, keep_apart, put_back
from tests.distill.checks.cards import EASY, cards

RUBRIC = load_rubric("sdt")
OTHER = "exam_student/reduce_stress"


def names(folder: Path) -> list[str]:
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())


def spoiled(folder: Path) -> str:
    """Give the card of the exam student an age that is none, and return its sound text."""
    file = folder / "scenarios" / "exam_student.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("age: 19", "age: nineteen"), encoding="utf-8")
    return text


def test_what_is_refused_is_set_apart_with_its_replies(tmp_path: Path):
    cards(tmp_path, EASY, OTHER)
    spoiled(tmp_path)
    found = checked_folder(tmp_path, RUBRIC)
    assert [one.id for one in found.kept] == [EASY] == [one.id for one in scenarios(tmp_path / "scenarios")]
    assert names(tmp_path / "refused") == ["graded/exam_student.jsonl", "scenarios/exam_student.yaml"]
    assert read_checks(tmp_path) == found and len(found.scenarios) == 2
    assert not any(str(tmp_path) in refusal.detail for one in found.scenarios for refusal in one.refused)


def test_a_card_that_was_mended_comes_back(tmp_path: Path):
    cards(tmp_path, EASY, OTHER)
    sound = spoiled(tmp_path)
    first = checked_folder(tmp_path, RUBRIC)
    assert checked_folder(tmp_path, RUBRIC) == first
    (tmp_path / "refused" / "scenarios" / "exam_student.yaml").write_text(sound, encoding="utf-8")
    again = checked_folder(tmp_path, RUBRIC)
    assert {one.id for one in again.kept} == {EASY, OTHER} and names(tmp_path / "refused") == []
    assert sorted(one.name for one in (tmp_path / "graded").iterdir()) == ["exam_student.jsonl", "night_nurse.jsonl"]


def test_what_was_refused_stays_out_until_it_is_written_otherwise(tmp_path: Path):
    cards(tmp_path, EASY, OTHER)
    sound = spoiled(tmp_path)
    checked_folder(tmp_path, RUBRIC)
    refused = apart(tmp_path)
    put_back(tmp_path)
    assert (keep_apart(tmp_path, refused), list(apart(tmp_path))) == (1, ["exam_student"])
    assert [one.id for one in scenarios(tmp_path / "scenarios")] == [EASY]
    put_back(tmp_path)
    (tmp_path / "scenarios" / "exam_student.yaml").write_text(sound, encoding="utf-8")
    assert (keep_apart(tmp_path, refused), apart(tmp_path)) == (0, {})
