from __future__ import annotations

from pathlib import Path

import pytest

from empa_graph.content.library import load_rubric, scenarios
from empa_graph.distill.checks.records import CheckedScenario
from empa_graph.distill.checks.report import read_checks
from empa_graph.distill.checks.stage import VERDICTS, apart, checked_folder, keep, keep_apart, put_back, verdicts
from empa_graph.errors import UsageError
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


def interrupted(folder: Path, *, after: int) -> list[CheckedScenario]:
    """Check the folder, interrupted behind so many cards; return what was heard of them."""
    heard: list[CheckedScenario] = []

    def told(done: int, of: int) -> None:
        if done == after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        checked_folder(folder, RUBRIC, matters={EASY: "family"}, each=heard.extend, told=told)
    return heard


def test_an_interrupted_check_goes_on_and_ends_with_the_same_bytes(tmp_path: Path):
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    for place in (whole, cut):
        cards(place, EASY, OTHER, "farm_heir/talk_to_father")
    checked_folder(whole, RUBRIC, matters={EASY: "family"})
    heard = interrupted(cut, after=2)
    assert len(heard) == 2 and list(verdicts(cut)) == heard
    checked_folder(cut, RUBRIC, matters={EASY: "family"})
    assert names(cut) == names(whole) and VERDICTS not in names(cut)
    for name in ("checks.json", "checks.md"):
        assert (cut / name).read_bytes() == (whole / name).read_bytes()


def test_what_an_interrupted_check_found_is_not_played_again_and_kept_once(tmp_path: Path):
    cards(tmp_path, EASY, OTHER)
    (first,) = interrupted(tmp_path, after=1)
    (tmp_path / VERDICTS).unlink()
    keep(tmp_path, [first.model_copy(update={"disagreement": 0.123})])
    with (tmp_path / VERDICTS).open("a", encoding="utf-8") as file:
        file.write('\n{"id": "cut off by a ki')
    again = interrupted(tmp_path, after=2)
    assert again[0].disagreement == 0.123 and list(verdicts(tmp_path)) == again
    assert [one.disagreement == 0.123 for one in checked_folder(tmp_path, RUBRIC, seed=1).scenarios] == [False, False]


def test_verdicts_that_cannot_be_written_are_one_line(tmp_path: Path):
    cards(tmp_path, EASY)
    (tmp_path / VERDICTS).mkdir()
    with pytest.raises(UsageError, match=r"checked\.jsonl: cannot be written \(is a directory\)"):
        checked_folder(tmp_path, RUBRIC)
